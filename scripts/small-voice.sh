#!/usr/bin/env bash
# Makes a voice that speaks on two cores: generates a corpus, trains every network that Configs/small needs, and scores the voice on sentences it never heard.
#   scripts/small-voice.sh <htsvoices> <text> <out> [<other text>...]
# <htsvoices>    a folder with .htsvoice files of one speaker, in it or below it; every style of theirs becomes a style of the voice
# <text>         a sentence a line, at least 4,360 of them, as scripts/generated-corpus.sh reads them (ROHAN has 4,600): lines 1 to 1200 are trained on,
#                lines 4301 to 4360 are held out
# <out>          a folder for everything: corpora, datasets, runs, the voice (second/voice), what it speaks (spoken), the times of the steps (times.tsv)
# <other text>   files or folders of text that PL-BERT learns from too; without them it has the 1,200 sentences alone
# A step that is done is not done again: after an interrupt (exit code 75) the same command resumes. Needs what scripts/generated-corpus.sh needs.
# Prints the time of each step, over all runs of the script, and at the end the table of kanade evaluate voice.
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"

explain() { sed -n "2,/^set/s/^# \\?//p" "${BASH_SOURCE[0]}"; }
[ "${1:-}" != --help ] || { explain; exit 0; }
[ $# -ge 3 ] || { explain | sed -n 2p >&2; exit 2; }
voices=$1 text=$2 out=$3
shift 3
[ -d "$voices" ] || { say "$voices: there is no such folder"; exit 4; }
[ -e "$text" ] || { say "$text: there is no such file"; exit 4; }
configs=$root/Configs/small
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(nproc)} GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
build_program
mkdir -p "$out/logs"
times=$out/times.tsv
running=""

interrupt() {
  [ -z "$running" ] || kill -TERM "$running" 2>/dev/null || true
}
trap interrupt INT TERM

# step <name> <command…>: shows what the command logs, keeps that and what it prints, and notes the seconds.
step() {
  local name=$1 start=$SECONDS code=0
  shift
  say "== $name"
  "$@" >"$out/logs/$name.out" 2> >(tee -a "$out/logs/$name.log" >&2) &
  running=$!
  # Not wait alone: a signal ends that while the command is still saving.
  while kill -0 "$running" 2>/dev/null; do sleep 0.2; done
  wait "$running" || code=$?
  running=""
  printf '%s\t%s\n' "$name" "$((SECONDS - start))" >>"$times"
  [ "$code" -eq 0 ] && return
  [ "$code" -ne 75 ] || say "interrupted and saved: run the same command again to resume"
  say "$name left with exit code $code, see $out/logs/$name.log"
  exit "$code"
}

# Where the processor only emulates bfloat16, it would take ten times as long.
precision=()
grep -qE 'avx512_bf16|amx_bf16|avx_ne_convert' /proc/cpuinfo || precision=(-o run.precision=fp32)

step corpus "$root/scripts/generated-corpus.sh" "$voices" "$text" "$out/corpus" 1200
step heldout-corpus "$root/scripts/generated-corpus.sh" "$voices" "$text" "$out/heldout-corpus" 60 4301
step dataset "$program" preprocess "$out/corpus" --out "$out/dataset"
step heldout "$program" preprocess "$out/heldout-corpus" --out "$out/heldout"

step aligner "$program" pretrain aligner --config "$configs/aligner.yml" --dataset "$out/dataset" --out "$out/aligner" -o run.steps=1800 \
  -o run.validate_every=300 -o run.save_every=300
if ! [ "$out/dataset/durations.parquet" -nt "$out/aligner/latest" ]; then
  step durations "$program" align "$out/dataset" --aligner "$out/aligner" --durations
fi

if [ $# -gt 0 ]; then
  tail -n +2 "$out/corpus/metadata.tsv" | cut -f2 >"$out/sentences.txt"
  read_from=(--text "$out/sentences.txt")
  for other in "$@"; do read_from+=(--text "$other"); done
else
  # So few sentences are soon known by heart.
  read_from=(--dataset "$out/dataset" -o run.patience=3)
fi
# A tenth of the configuration's steps: what they leave out costs hours, and this voice says single sentences.
step plbert "$program" pretrain plbert --config "$configs/plbert.yml" "${read_from[@]}" --out "$out/plbert" "${precision[@]}" \
  -o run.steps=700 -o run.warmup_steps=100

step first "$program" train-first --config "$configs/first.yml" --dataset "$out/dataset" --out "$out/first" "${precision[@]}"
speakers=$(tail -n +2 "$out/corpus/metadata.tsv" | cut -f3 | sort -u | wc -l)
several=()
[ "$speakers" -le 1 ] || several=(-o diffusion.with_reference=true)
step second "$program" train-second --config "$configs/second.yml" --dataset "$out/dataset" --first "$out/first" --bert "$out/plbert" \
  --aligner "$out/aligner" --out "$out/second" "${precision[@]}" "${several[@]}"
step evaluate "$program" evaluate voice "$out/second" --dataset "$out/heldout" --aligner "$out/aligner" --count 50 --out "$out/spoken"

printf '\n%-16s %10s\n' step seconds
awk -F '\t' '!($1 in sum) { order[++n] = $1 } { sum[$1] += $2; all += $2 } END { for (i = 1; i <= n; i++) printf "%-16s %10d\n", order[i], sum[order[i]]; printf "%-16s %10d\n", "total", all }' "$times"
printf '\n'
cat "$out/logs/evaluate.out"
say "hear $out/spoken; speak: scripts/kanade synth \"こんにちは。\" --voice $out/second --out hello.wav"
