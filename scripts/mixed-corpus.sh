#!/usr/bin/env bash
# Puts generated speech and recordings of people into one corpus, for kanade preprocess and then kanade pretrain pitch or aligner.
#   scripts/mixed-corpus.sh <out> <generated> [--unitychan <folder>] [--words <folder> [<every>]]...
# <out>         a new folder: metadata.tsv, and links to what is in the others
# <generated>   what scripts/generated-corpus.sh made, with the F0 that it was spoken with
# --unitychan   the Unity-chan recordings and their voice list
# --words       recordings that have their reading in 【】 in their names, as Tofugu's; each <every>-th of them (1 unless told)
# People's F0 is not known: kanade preprocess estimates it.
set -euo pipefail
say() { printf '%s\n' "$*" >&2; }
usage() { sed -n 's/^#   //p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
out=$1 generated=$2
shift 2
[ -e "$generated/metadata.tsv" ] || { say "$generated: no metadata.tsv in it: make it with scripts/generated-corpus.sh"; exit 4; }
[ ! -e "$out" ] || { say "$out: is there already: give a new folder"; exit 2; }
head -n 1 "$generated/metadata.tsv" | grep -q $'\tf0$' || { say "$generated: its metadata.tsv has no f0 column: run scripts/generated-corpus.sh again (nothing is spoken twice)"; exit 4; }
mkdir -p "$out"
ln -s "$(readlink -f "$generated/audio")" "$out/audio"
cp "$generated/metadata.tsv" "$out/metadata.tsv"

# row <path> <text> <speaker>
row() { printf '%s\t%s\t%s\tneutral\t\n' "$1" "$2" "$3" >>"$out/metadata.tsv"; }

while [ $# -gt 0 ]; do
  [ $# -ge 2 ] && [ -d "$2" ] || usage
  folder=$(readlink -f "$2")
  case $1 in
    --unitychan)
      shift 2
      ln -s "$folder" "$out/unitychan"
      while IFS= read -r found; do
        name=$(basename "$found") name=${name%.*}
        # Its stage directions stand behind the sentence, which is in 「」.
        text=$(tr -d '\r' <"$folder/unity-chan_voice_list.txt" | sed -nE "s/^$name(\.wav)?\t[^「]+「([^」]+)」.*/\2/p" | head -n 1)
        [ -z "$text" ] || row "unitychan/${found#"$folder/"}" "$text" unitychan
      done < <(find -L "$folder" -name '*.flac' | LC_ALL=C sort)
      ;;
    --words)
      shift 2
      every=1 speaker=$(basename "$folder")
      [ "$speaker" != audio ] || speaker=$(basename "$(dirname "$folder")")
      [[ ! ${1:-} =~ ^[1-9][0-9]*$ ]] || { every=$1; shift; }
      ln -s "$folder" "$out/$speaker"
      while IFS= read -r found; do
        row "$speaker/${found#"$folder/"}" "$(sed -nE 's/.*【([^】]+)】.*/\1/p' <<<"$found")" "$speaker"
      done < <(find -L "$folder" -type f -name '*【*】*' | LC_ALL=C sort | awk -v every="$every" 'NR % every == 0')
      ;;
    *) usage ;;
  esac
done
say "$(($(wc -l <"$out/metadata.tsv") - 1)) recordings in $out"
