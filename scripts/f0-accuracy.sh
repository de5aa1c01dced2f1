#!/usr/bin/env bash
# How well Kanade finds F0, against two judges: the F0 that hts_engine spoke generated sentences with, and Praat.
#   scripts/f0-accuracy.sh <voices> <sentences> [<count>]
# As scripts/generated-corpus.sh, whose recordings are the material: 80 unless told. Needs its packages, and praat.
# Prints gross errors (frames that both call voiced, more than 20 % apart) and voicing errors (frames that only one calls voiced), in per cent,
# of Kanade against each judge and of Praat against hts_engine.
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"
usage='usage: scripts/f0-accuracy.sh <voices> <sentences> [<count>]'
voices=$(readlink -f "${1:?$usage}") sentences=$(readlink -f "${2:?$usage}") count=${3:-80}
cd "$root"
build_program
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

scripts/generated-corpus.sh "$voices" "$sentences" "$work/corpus" "$count" 2>/dev/null
# Without the column that would make the true F0 the dataset's.
cut -f 1-4 "$work/corpus/metadata.tsv" >"$work/metadata.tsv"
mv "$work/metadata.tsv" "$work/corpus/metadata.tsv"
# Not trimmed and not levelled, so that times are those of the recording and nothing is left out.
"$program" preprocess "$work/corpus" --out "$work/dataset" --quiet -o trim.enabled=false -o level.target_lufs=null \
  -o quality.most_clipped_share=null -o quality.duplicates=false -o quality.most_unreadable=100 -o quality.most_silence_share=null
cat >"$work/pitch.script" <<'PRAAT'
form F0
  sentence in
  sentence out
endform
Read from file: in$
To Pitch (ac): 0.0125, 65, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, 800
n = Get number of frames
for i to n
  t = Get time from frame number: i
  f = Get value in frame: i, "Hertz"
  if f = undefined
    f = 0
  endif
  appendFileLine: out$, fixed$ (t, 6), tab$, fixed$ (f, 3)
endfor
PRAAT

tail -n +2 "$work/corpus/metadata.tsv" | cut -f1 | while read -r file; do
  name=${file##*/} name=${name%.wav}
  "$program" inspect "$work/dataset" --id "audio/$name" --frames "$work/$name.kanade" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; continue; }
  cp "$work/corpus/${file%.wav}.f0" "$work/$name.hts_engine"
  praat --run "$work/pitch.script" "$work/corpus/$file" "$work/$name.praat"
done

# compare <found> <judge>: at each frame of the found, the judge's value that holds at that time.
compare() {
  for found in "$work"/*."$1"; do
    awk -v OFS='\t' -v found="$1" -v judge="$2" '
      # The rows of both stand in the middle of their frames, and hold from its beginning.
      FNR == NR { time[NR] = $1 + (judge == "hts_engine" ? -0.0025 : -0.00625); f0[NR] = $2; n = NR; next }
      $1 + 0 != $1 { next }
      { while (at < n && time[at + 1] <= $1 + 1e-9) at++; if (at > 0) print $2, f0[at] }' "${found%."$1"}.$2" "$found"
  done | awk -v name="$1 against $2" '
    { frames++; if (($1 > 0) != ($2 > 0)) voicing++; else if ($1 > 0) { both++; d = $1 - $2; if (d < 0) d = -d; if (d > 0.2 * $2) gross++ } }
    END { printf "%-28s %8d frames   gross %5.2f %%   voicing %5.2f %%\n", name, frames, 100 * gross / both, 100 * voicing / frames }'
}
compare kanade hts_engine
compare kanade praat
compare praat hts_engine
