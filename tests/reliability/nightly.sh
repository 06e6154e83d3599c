#!/usr/bin/env bash
# What takes too long for every change: training killed 1,000 times (SHOWTELL_KILLS), memory over 30 minutes
# (SHOWTELL_MEMORY_SECONDS), properties on 10,000 cases each (SHOWTELL_PROPERTY_COUNT), 50,000 mutations per parser with a
# new seed each night (SHOWTELL_FUZZ_COUNT, SHOWTELL_FUZZ_SEED), faults of the disk and opens of files outside (strace).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export SHOWTELL_KILLS=${SHOWTELL_KILLS:-1000} SHOWTELL_MEMORY_SECONDS=${SHOWTELL_MEMORY_SECONDS:-1800}
export SHOWTELL_PROPERTY_COUNT=${SHOWTELL_PROPERTY_COUNT:-10000}
export SHOWTELL_FUZZ_COUNT=${SHOWTELL_FUZZ_COUNT:-50000} SHOWTELL_FUZZ_SEED=${SHOWTELL_FUZZ_SEED:-$(date +%j)}
status=0
dotnet build -c Release --disable-build-servers -v q || exit 2
dotnet test --no-build --filter-class '*.KillTests' --filter-class '*.MemoryTests' || status=1
dotnet test --no-build --filter-namespace ShowTell.Tests.Properties || status=1
dotnet run -c Release --no-build --project fuzz/ShowTell.Fuzz -- \
    mutate --count "$SHOWTELL_FUZZ_COUNT" --seed "$SHOWTELL_FUZZ_SEED" || status=1
tests/reliability/disk-faults.sh || status=1
tests/reliability/canary.sh || status=1
exit $status
