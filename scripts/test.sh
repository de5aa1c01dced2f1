#!/usr/bin/env bash
# Sets up a fresh Debian or Ubuntu, builds, runs every test (or those of a filter: scripts/test.sh FullyQualifiedName~Cli).
# The last line counts the runner's own result file: N passed, N failed, N skipped.
set -euo pipefail
# shellcheck source=scripts/prepare.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/prepare.sh"
cd "$root"

results=artifacts/TestResults
trx=$results/tests.trx
mkdir -p "$results"
rm -f "$trx"

report() {
  local outcomes=""
  [ ! -e "$trx" ] || outcomes=$(sed -n 's/.*<UnitTestResult .* outcome="\([A-Za-z]*\)".*/\1/p' "$trx")
  passed=$(grep -cx Passed <<<"$outcomes" || true)
  skipped=$(grep -cx NotExecuted <<<"$outcomes" || true)
  failed=$(grep -cvxE 'Passed|NotExecuted|' <<<"$outcomes" || true)
  echo "$passed passed, $failed failed, $skipped skipped"
}
trap report EXIT

install_packages ffmpeg   # makes recordings of every format, and reads those that libsndfile cannot
restore Kanade.Train.sln --locked-mode
build Kanade.Train.sln

# One thread: the tests' tensors are tiny, and libtorch's threads would only wait for each other.
export OMP_NUM_THREADS=1
code=0
dotnet test tests/Kanade.Tests -c "$configuration" --no-build --nologo -v quiet \
  --logger "trx;LogFileName=$root/$trx" --results-directory "$results" ${1:+--filter "$1"} || code=$?
[ -e "$trx" ] || { say "the test run left no result file"; exit 1; }
exit "$code"
