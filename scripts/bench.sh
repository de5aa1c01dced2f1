#!/usr/bin/env bash
# How fast it is here: a cold start, the frontend, preprocessing, decoders, and synthesis with the voice that scripts/quickstart.sh made.
#   scripts/bench.sh [<corpus>…]   preprocesses these too, one after the other (scripts/generated-corpus.sh makes hours of one)
# Preprocessing counts seconds of the processor, its own and the system's for it, start and compilation included: other programs do not change that.
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"
corpora=()
for corpus in "$@"; do corpora+=("$(readlink -f "$corpus")"); done
cd "$root"

build_program
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Seconds that a command takes, the best of so many runs: best <runs> <command…>
best() {
  local runs=$1 start
  shift
  for ((i = 0; i < runs; i++)); do
    start=$EPOCHREALTIME
    "$@" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; return 1; }
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
  done | sort -g | head -n 1
}
row() { awk -v name="$1" -v value="$2" -v unit="$3" 'BEGIN { printf "%-40s %10.2f  %s\n", name, value, unit }'; }
calculate() { awk "BEGIN { print $1 }"; }

cold=$(best 3 "$program" phonemize "今日はいい天気ですね。")
row 'phonemize: cold start' "$cold" s

sentences=$(($(wc -l <tests/Corpus/metadata.tsv) - 1))
for ((i = 0; i < 300; i++)); do tail -n +2 tests/Corpus/metadata.tsv | cut -f2; done >"$work/text"
warm=$(best 2 "$program" phonemize --json --file "$work/text")
row 'phonemize: one core' "$(calculate "300 * $sentences / ($warm - $cold)")" 'sentences/s'

# The sample corpus twenty times over: enough for the fixed cost of a start to vanish.
mkdir -p "$work/corpus/audio"
head -n 1 tests/Corpus/metadata.tsv >"$work/corpus/metadata.tsv"
for ((i = 0; i < 20; i++)); do
  for file in tests/Corpus/audio/*.flac; do ln "$file" "$work/corpus/audio/$i-${file##*/}" 2>/dev/null || cp "$file" "$work/corpus/audio/$i-${file##*/}"; done
  tail -n +2 tests/Corpus/metadata.tsv | sed "s|^audio/|audio/$i-|" >>"$work/corpus/metadata.tsv"
done
# preprocess <name> <corpus> [<flag>…]: sound that was read, over processor time; sound that was rejected was read too, but is not counted.
preprocess() {
  local name=$1 corpus=$2 processor
  shift 2
  rm -rf "$work/dataset"
  processor=$(TIMEFORMAT='%U %S'; { time "$program" preprocess "$corpus" --out "$work/dataset" --workers 1 --json "$@" >"$work/made" 2>"$work/log"; } 2>&1) ||
    { cat "$work/log" >&2; return 1; }
  row "preprocess $name: one core" "$(sed -n 's/.*"seconds":\([0-9.]*\).*/\1/p' "$work/made" | awk -v p="$processor" '{ split(p, t, " "); print $1 / (t[1] + t[2]) }')" 'times real time'
}
preprocess sample "$work/corpus" -o quality.duplicates=false
for corpus in "${corpora[@]}"; do preprocess "$(basename "$corpus")" "$corpus"; done

# The chunkwise mLSTM: 8 blocks of 256 channels over 1,024 and over 8,192 positions. KANADE_BENCH names the file for the figures.
dotnet build tests/Kanade.Tests -c "$configuration" -v quiet -nologo >&2
KANADE_BENCH="$work/mlstm" dotnet test tests/Kanade.Tests -c "$configuration" --no-build --nologo -v quiet --filter FullyQualifiedName~MLstmCost >&2 || true
if read -r few many small large <"$work/mlstm"; then
  row 'mLSTM: 1,024 positions' "$few" 's of processor'
  row 'mLSTM: 8,192 positions' "$(calculate "$many / $few")" 'times the time'
  row 'mLSTM: 8,192 positions' "$(calculate "$large / $small")" 'times the memory'
fi

# A second of sound through the decoders for small machines, forward and backward.
KANADE_BENCH="$work/decoders" dotnet test tests/Kanade.Tests -c "$configuration" --no-build --nologo -v quiet --filter FullyQualifiedName~DecoderCost >&2 || true
while read -r name _ _ exact _ mixed; do
  row "$name: a second's step, fp32" "$exact" 's of processor'
  row "$name: a second's step, bf16" "$mixed" 's of processor'
done <"$work/decoders"

voice=out/quickstart/second
if [ -d "$voice" ]; then
  text="吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
  start=$(best 3 "$program" synth "あ" --voice "$voice" --out "$work/a.wav")
  row 'synth: cold start' "$start" s
  long=$(best 3 "$program" synth "$text" --voice "$voice" --out "$work/long.wav")
  seconds=$(calculate "$(stat -c %s "$work/long.wav") / 48000")
  row 'synth: tiny voice, one thread' "$(calculate "$seconds / ($long - $start)")" 'times real time'
else
  say "no voice in $voice: run scripts/quickstart.sh to measure synthesis"
fi
