#!/usr/bin/env bash
# Speaks sentences with HTS voices into a corpus folder that kanade preprocess reads, until there is so much sound:
#   scripts/speech-corpus.sh <voices> <sentences> <out> [<hours>]
# <voices> is searched for .htsvoice files, which take turns; <sentences> has one a line, where "id:" before it, readings in (…) behind words and what
# follows a comma of the ASCII kind are left out, as in the ROHAN and ITA corpora. Needs Debian's open-jtalk and open-jtalk-mecab-naist-jdic.
# Same tools, same bytes; about 15 times real time on one core. What is there already is not spoken again.
set -euo pipefail
usage='usage: scripts/speech-corpus.sh <voices> <sentences> <out> [<hours>]'
voices=${1:?$usage} sentences=${2:?$usage} out=${3:?$usage} hours=${4:-2}
dictionary=${DICTIONARY:-/var/lib/mecab/dic/open-jtalk/naist-jdic}
mapfile -t models < <(find "$voices" -name '*.htsvoice' | LC_ALL=C sort)
[ ${#models[@]} -gt 0 ] || { echo "$voices: holds no .htsvoice files" >&2; exit 1; }
mkdir -p "$out/audio"
text=$(mktemp); trap 'rm -f "$text"' EXIT

wanted=$(awk -v h="$hours" 'BEGIN { printf "%d", h * 3600 * 96000 }')   # bytes at 48 kHz, 16 bits
spoken=0 number=0
printf 'audio\ttext\tspeaker\tstyle\n' >"$out/metadata.tsv"
while IFS= read -r sentence && [ "$spoken" -lt "$wanted" ]; do
  model=${models[number % ${#models[@]}]}
  number=$((number + 1))
  name=$(basename "$model" .htsvoice)
  file=$(printf 'audio/%s_%04d.wav' "$name" "$number")
  if ! [ -s "$out/$file" ]; then
    printf '%s\n' "$sentence" >"$text"
    # Six decibels less: some voices reach full scale.
    open_jtalk -x "$dictionary" -m "$model" -g -6 -ot "$out/$file.trace" -ow "$out/$file.part" "$text"
    mv "$out/$file.part" "$out/$file"
  fi
  spoken=$((spoken + $(stat -c %s "$out/$file")))
  printf '%s\t%s\t%s\t%s\n' "$file" "$sentence" "${name%[_-]*}" "${name##*[_-]}" >>"$out/metadata.tsv"
done < <(sed -E 's/^[A-Za-z0-9_]+://; s/,.*//; s/\([^)]*\)//g' "$sentences")
awk -v n="$number" -v b="$spoken" -v out="$out" 'BEGIN { printf "%d recordings, %.2f hours in %s\n", n, b / 96000 / 3600, out }' >&2
