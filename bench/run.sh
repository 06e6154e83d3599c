#!/usr/bin/env bash
# Training steps and greedy decoding, ShowTell against PyTorch: both sides in turn, several times, and a table of
# captions a second with the ratio (median, least and greatest of the rounds).
#
#     bench/run.sh [ROUNDS]
#
# Installs Debian's PyTorch with the OpenMP variant of OpenBLAS, which is two to three times as fast under it as the
# variant with threads of its own, where apt-get is there. THREADS=N sets the threads of both sides (default: all cores).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-3}
threads=${THREADS:-$(nproc)}
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-torch libopenblas0-openmp >/dev/null
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for ((round = 1; round <= rounds; round++)); do
    printf 'round %d of %d\n' "$round" "$rounds" >&2
    OMP_NUM_THREADS=$threads /usr/bin/python3 bench/torch_peer.py "$threads" >"$results/torch.$round"
    dotnet run -c Release bench/showtell_steps.cs -- "$threads" >"$results/showtell.$round"
done

grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //' || true
printf '%s threads, %s rounds\n\n' "$threads" "$rounds"
/usr/bin/python3 - "$results" "$rounds" <<'EOF'
import statistics, sys

folder, rounds = sys.argv[1], int(sys.argv[2])


def read(side):
    rows = {}
    for round in range(1, rounds + 1):
        for line in open(f"{folder}/{side}.{round}"):
            workload, _, speed = line.rstrip("\n").split("\t")
            rows.setdefault(workload, []).append(float(speed))
    return rows


ours, theirs = read("showtell"), read("torch")
print("| workload | ShowTell, captions/s | PyTorch, captions/s | ratio (least, greatest) |")
print("|---|---|---|---|")
for workload in ours:
    ratios = [a / b for a, b in zip(ours[workload], theirs[workload])]
    print(f"| {workload} | {statistics.median(ours[workload]):,.0f} | {statistics.median(theirs[workload]):,.0f} "
          f"| {statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f}) |")
EOF
