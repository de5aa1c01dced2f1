#!/usr/bin/env bash
# Speaks a corpus whose pitch and phoneme times are known exactly, because the synthesiser wrote down what it did.
#   scripts/generated-corpus.sh <voices> <text> <out> <sentences> [<first>]
# <voices>     a folder with .htsvoice files, in it or below it; sentence after sentence goes to the next of them, in the order of their names.
#              NAME_STYLE.htsvoice or NAME-STYLE.htsvoice becomes speaker NAME with that style ("normal" is "neutral").
# <text>       a sentence a line; "id:" before it, readings in (…) behind words and what follows a comma of the ASCII kind are left out, as in the ROHAN
#              and ITA corpora. <sentences> of them are taken from line <first> on (1 unless told), so that what is held out has other lines.
# <out>        a corpus folder for kanade preprocess: metadata.tsv (audio, text, speaker, style, f0) and, for each sentence, in audio/
#                NAME.wav   mono, 16 bit, at the voice's own rate; spoken again more softly where it reached full scale
#                NAME.f0    seconds TAB Hz, 0 = unvoiced, one row a frame of the synthesiser (5 ms), at the middle of the frame
#                NAME.lab   start, end (in 100 ns, as HTK counts) and phoneme
# What is there already is not spoken again. Needs Debian's open-jtalk, open-jtalk-mecab-naist-jdic and htsengine. Same tools, same bytes.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '3,4p' "$0" >&2
  exit 2
fi
voices=$1 text=$2 out=$3 sentences=$4 first=${5:-1}
dictionary=${DICTIONARY:-/var/lib/mecab/dic/open-jtalk/naist-jdic}
for program in open_jtalk hts_engine; do
  command -v "$program" >/dev/null || { echo "$program is missing: apt-get install open-jtalk open-jtalk-mecab-naist-jdic htsengine" >&2; exit 2; }
done
mapfile -t models < <(find -L "$voices" -name '*.htsvoice' | LC_ALL=C sort)
[ ${#models[@]} -gt 0 ] || { echo "$voices: there is no .htsvoice file" >&2; exit 2; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$out/audio"

# The value of a header key of a voice.
header() { LC_ALL=C grep -a -m 1 "^$2:" "$1" | cut -d : -f 2 | tr -d '\r'; }

# Whether a 16-bit WAV reaches full scale (its header of 44 bytes left out).
clips() { od -An -v -t d2 -w2 -j 44 "$1" | awk '$1 >= 32767 || $1 <= -32768 { found = 1 } END { exit !found }'; }

# speak <voice> <text> <path without ending>
speak() {
  local gain=0
  printf '%s\n' "$2" > "$work/text.txt"
  open_jtalk -x "$dictionary" -m "$1" -ot "$work/trace.txt" "$work/text.txt" 2>/dev/null
  # The labels without the times: hts_engine finds the same times again, and writes the pitch with them.
  sed -n '/^\[Output label\]/,/^$/p' "$work/trace.txt" | sed -n 's/^[0-9]* [0-9]* //p' > "$work/labels.txt"
  [ -s "$work/labels.txt" ] || return 1
  while :; do
    hts_engine -m "$1" -g "$gain" -ow "$work/sound.wav" -of "$work/lf0" -od "$work/times.txt" "$work/labels.txt"
    clips "$work/sound.wav" && [ "$gain" -gt -30 ] || break
    gain=$((gain - 6))
  done
  sed -E 's/^([0-9]+) ([0-9]+) [^-]*-([^+]*)\+.*/\1 \2 \3/' "$work/times.txt" > "$3.lab"
  od -An -v -t f4 -w4 "$work/lf0" | awk -v period="$(header "$1" FRAME_PERIOD)" -v rate="$(header "$1" SAMPLING_FREQUENCY)" \
    '{ printf "%.4f\t%.2f\n", (NR - 0.5) * period / rate, ($1 > -1e9 ? exp($1) : 0) }' > "$3.f0"
  mv "$work/sound.wav" "$3.wav"
}

printf 'audio\ttext\tspeaker\tstyle\tf0\n' > "$work/metadata.tsv"
number=$first
while IFS= read -r sentence; do
  model=${models[$(((number - 1) % ${#models[@]}))]}
  name=$(basename "$model" .htsvoice)
  speaker=$name style=neutral
  if [[ $name =~ ^(.+)[-_]([a-z]+)$ ]]; then speaker=${BASH_REMATCH[1]} style=${BASH_REMATCH[2]/#normal/neutral}; fi
  path=$(printf 'audio/%s_%05d' "$name" "$number")
  if [ -e "$out/$path.wav" ] || speak "$model" "$sentence" "$out/$path"; then
    printf '%s\t%s\t%s\t%s\t%s\n' "$path.wav" "$sentence" "$speaker" "$style" "$path.f0" >> "$work/metadata.tsv"
  else
    echo "line $number was left out, open_jtalk reads nothing in it: $sentence" >&2
  fi
  number=$((number + 1))
done < <(tail -n "+$first" "$text" | head -n "$sentences" | sed -E 's/^[A-Za-z0-9_]+://; s/,.*//; s/\([^)]*\)//g')
mv "$work/metadata.tsv" "$out/metadata.tsv"
echo "$(($(wc -l < "$out/metadata.tsv") - 1)) sentences of ${#models[@]} voices, $(du -sk "$out/audio" | cut -f1) KiB in $out" >&2
