#!/usr/bin/env bash
# From a fresh machine to a voice that speaks: installs, builds, runs every step of Kanade on the sample corpus, into out/quickstart.
# A step that is done is not done again; after an interrupt the same command goes on. Begin anew with: rm -r out/quickstart
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"
cd "$root"

out=out/quickstart
logs=$out/logs
mkdir -p "$logs"
rows=()
running=""
began=$SECONDS

table() {
  printf '\n%-16s %8s %9s  %s\n' step seconds 'peak MB' result
  printf '%-16s %8s %9s  %s\n' "${rows[@]}"
  printf '%-16s %8s\n' total "$((SECONDS - began))"
}

interrupt() {
  [ -z "$running" ] || kill -TERM "$running" 2>/dev/null || true
}
trap interrupt INT TERM

# Sets peak to the largest high-water mark, in KB, of a process and its children. It only grows, so that the last one read is the peak.
measure() {
  local key value child
  while read -r key value _; do
    if [ "$key" = VmHWM: ] && [ "$value" -gt "$peak" ]; then peak=$value; fi
  done <"/proc/$1/status"
  for child in $(cat "/proc/$1/task/$1/children"); do measure "$child"; done
} 2>/dev/null

# step <name> <command…>: shows the command's log, keeps it, and adds a row to the table; its result is the last line it printed.
step() {
  local name=$1 start=$EPOCHREALTIME peak=0 code=0 result
  shift
  say "== $name"
  "$@" >"$logs/$name.out" 2> >(tee "$logs/$name.log" >&2) &
  running=$!
  while kill -0 "$running" 2>/dev/null; do
    measure "$running" || true
    sleep 0.2
  done
  wait "$running" || code=$?
  running=""
  # What a verb prints last is its result; one that only logs ends with it, after the time of day.
  if [ "$code" -eq 0 ]; then
    result=$(tail -n 1 "$logs/$name.out")
    [ -n "$result" ] || result=$(sed -n 's/^[0-9][0-9]:[0-9][0-9]:[0-9][0-9] //p' "$logs/$name.log" | tail -n 1)
  else
    result="left with exit code $code, see $logs/$name.log"
  fi
  rows+=("$name" "$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" "$((peak / 1024))" "${result:-done}")
  if [ "$code" -ne 0 ]; then
    table
    [ "$code" -ne 75 ] || say "interrupted and saved: run scripts/quickstart.sh again to go on"
    exit "$code"
  fi
}

# The tiny networks are faster with one thread than with threads that wait for each other.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

step packages install_packages
step restore dotnet restore Kanade.Train.sln --locked-mode -v quiet
step build build_program
step doctor "$program" doctor
step preprocess "$program" preprocess tests/Corpus --out "$out/dataset" --config Configs/preprocess.yml
step aligner "$program" pretrain aligner --config Configs/tiny/aligner.yml
step pitch "$program" pretrain pitch --config Configs/tiny/pitch.yml
step plbert "$program" pretrain plbert --config Configs/tiny/plbert.yml
step train-first "$program" train-first --config Configs/tiny/first.yml
step train-second "$program" train-second --config Configs/tiny/second.yml
step synth "$program" synth "こんにちは、奏です。" --voice "$out/second" --out "$out/hello.wav" --plot "$out/hello.png"
table
printf '\n'
"$program" voice info "$out/second" | sed -n '1,/^$/p'   # without its whole configuration
say "hear $out/hello.wav, see $out/hello.png; curves: tensorboard --logdir $out"
