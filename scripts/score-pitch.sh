#!/usr/bin/env bash
# Scores a pitch extractor, and the F0 estimator that taught it, on speech that neither was tuned on, clean and in noise of 10 dB.
#   scripts/score-pitch.sh <run> <out> [--generated <voices> <text> <sentences> <first>] [--held-out <dataset>] [--human <recordings>]...
# <run>         run folder of kanade pretrain pitch
# <out>         where the judged speech is put; what is there is used again
# --generated   speaks <sentences> lines of <text> from line <first> on, with each .htsvoice below <voices> in turn, and judges by the F0 that they
#               were spoken with (see scripts/generated-corpus.sh; needs its packages)
# --held-out    of the recordings of every --human after it, only those count that this dataset does not have for training or validation
# --human       judges recordings (WAV, FLAC, Ogg, MP3) by Praat's To Pitch (ac), with Praat's own defaults but for the range of 65 to 800 Hz
#               (needs Debian's praat and ffmpeg)
# Prints a table for each: gross pitch error (more than 20 %), voicing error, their sum, the mean fine error in cents, and how
# far the sound's noise moved what is heard (gross and voicing error by the listener's own contour of the clean sound) and its speed.
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"

usage() { sed -n 's/^#   //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
need() { command -v "$1" >/dev/null || { say "$1 is missing: apt-get install $1"; exit 2; }; }
[ $# -ge 4 ] || usage
run=$1 out=$2
shift 2
held_out=()
build_program
mkdir -p "$out"

table() {
  printf '\n%s\n' "$1"
  "$program" evaluate pitch "$2" --pitch "$run" "${@:3}"
  printf '\nthe same, against what the estimator hears without noise\n'
  "$program" evaluate pitch "$2" --pitch "$run" --judge teacher "${@:3}"
}

# judge <recordings> <folder>: WAV of one channel at 24 kHz, and Praat's F0 in rows of seconds TAB Hz. Its frames do not reach the ends.
judge() {
  local recording name
  need praat
  need ffmpeg
  mkdir -p "$2"
  cat >"$2/judge.praat" <<'PRAAT'
form Judge
  sentence Sound
  sentence Result
endform
Read from file: sound$
pitch = noprogress To Pitch (ac): 0.0125, 65, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, 800
frames = Get number of frames
for i to frames
  time = Get time from frame number: i
  hz = Get value in frame: i, "Hertz"
  if hz = undefined
    hz = 0
  endif
  appendFile: result$, fixed$ (time, 4), tab$, fixed$ (hz, 2), newline$
endfor
PRAAT
  find -L "$1" -type f \( -iname '*.wav' -o -iname '*.flac' -o -iname '*.ogg' -o -iname '*.mp3' \) | LC_ALL=C sort | while IFS= read -r recording; do
    name=$(basename "$recording")
    name=$2/${name%.*}
    [ ! -e "$name.f0" ] || continue
    ffmpeg -nostdin -hide_banner -loglevel error -y -i "$recording" -ac 1 -ar 24000 "$name.wav"
    rm -f "$name.part"
    # What is too short for Praat is left out, and with it what it says of it.
    if praat --run "$2/judge.praat" "$(readlink -f "$name.wav")" "$(readlink -f "$2")/$(basename "$name").part" 2>/dev/null && [ -e "$name.part" ]; then
      mv "$name.part" "$name.f0"
    fi
  done
}

while [ $# -gt 0 ]; do
  case $1 in
    --generated)
      [ $# -ge 5 ] || usage
      "$root/scripts/generated-corpus.sh" "$2" "$3" "$out/generated" "$4" "$5"
      table "generated speech, against the F0 that it was spoken with" "$out/generated"
      shift 5
      ;;
    --held-out)
      [ $# -ge 2 ] || usage
      held_out=(--held-out "$2")
      shift 2
      ;;
    --human)
      [ $# -ge 2 ] || usage
      [ -d "$2" ] || { say "$2: there is no such folder"; exit 4; }
      judged=$out/human-$(basename "$(dirname "$(readlink -f "$2")")")-$(basename "$2")
      judge "$2" "$judged"
      table "$2, against Praat" "$judged" "${held_out[@]}"
      shift 2
      ;;
    *) usage ;;
  esac
done
