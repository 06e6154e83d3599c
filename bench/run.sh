#!/usr/bin/env bash
# ShowTell against PyTorch and NumPy on the same work. See bench/run.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly models=artifacts/bench/models

source bench/peers.sh

usage() {
    cat <<'USAGE'
Usage: bench/run.sh [ROUNDS] [OPTION ...]

Times training steps and decoding with ShowTell, PyTorch and NumPy, in turn, and prints a table in Markdown: captions a
second of each side, their ratio (median of the rounds, least, greatest), and the percentage of the machine's
multiply-add peak, measured in the same run.

Each peer is at its best: a short first pass tries the variants and kernels of OpenBLAS and numbers of threads, and each
workload gets the fastest. Before, each peer proves that it does the same work: the same losses over five steps of
training, gradients and captions, from the same weights.

What is missing is installed by apt-get (python3-torch, python3-numpy, python3-h5py); variants of OpenBLAS are unpacked
under artifacts/, and the system's choice stays. Measure on a quiet machine: a busy one hurts threads that wait for each
other, PyTorch's most of all.

  ROUNDS, --rounds N   how often each side runs (3)
  --threads N          the most threads that a side may use (all processors)
  --only PATTERN       only workloads whose name matches this regular expression
  --quick              one round of short measurements with few settings, to see that all works
  --out FILE           write the table to a file, too
  --help               this

Work on real captions needs a folder in the exercises' layout: data/flickr8k-cs231n below the folder that
SHOWTELL_SHARED names, else below ../shared. Without it that work is skipped. Models trained on it are kept in
artifacts/bench/models.
USAGE
}

parse() {
    rounds='' threads=$(nproc) only='' out='' seconds=3 quick=false
    while [[ $# -gt 0 ]]; do
        case $1 in
            --help | -h) usage && exit ;;
            --quick) quick=true ;;
            --rounds | --threads | --only | --out)
                [[ $# -gt 1 ]] || fail "$1 needs a value. See --help."
                printf -v "${1#--}" %s "$2"
                shift
                ;;
            [0-9]*) rounds=$1 ;;
            *) fail "there is no option $1. See --help." ;;
        esac
        shift
    done
    if "$quick"; then
        seconds=0.5
    fi
    rounds=${rounds:-$("$quick" && echo 1 || echo 3)}
    [[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "ROUNDS is \"$rounds\"; a number from 1 was expected."
    [[ $threads =~ ^[1-9][0-9]*$ ]] || fail "--threads is \"$threads\"; a number from 1 was expected."
}

# run_peer PEER SETTING OPTION ...; a setting is a variant of OpenBLAS, its kernels, and a number of threads.
run_peer() {
    local peer=$1 variant kernels count
    IFS=, read -r variant kernels count <<<"$2"
    shift 2
    [[ $kernels != "its own kernels" ]] || kernels=''
    count=${count// threads/}
    env LD_LIBRARY_PATH="$(openblas "$variant")" ${kernels:+OPENBLAS_CORETYPE="$kernels"} \
        OMP_NUM_THREADS="$count" OPENBLAS_NUM_THREADS="$count" \
        "$python" "bench/${peer}_peer.py" --threads "$count" ${with_data[@]+"${with_data[@]}"} "$@"
}

# Settings to try: threads in powers of two, and all.
settings() {
    local peer=$1 variant kernels count
    local variants=(openmp pthread serial) all_kernels=("its own kernels")
    ! "$quick" || variants=(openmp)
    # OpenBLAS may know a processor of another maker by kernels that leave its widest vectors unused.
    ! grep -q -m 1 avx512vl /proc/cpuinfo || all_kernels+=(SkylakeX)
    for variant in "${variants[@]}"; do
        openblas "$variant" >/dev/null || {
            say "no OpenBLAS $variant: not tried"
            continue
        }
        for kernels in "${all_kernels[@]}"; do
            for ((count = 1; count < threads; count *= 2)); do
                echo "$variant,$kernels,$count threads"
            done
            # NumPy has no threads but those of OpenBLAS.
            [[ $peer == numpy && $variant == serial && $threads -gt 1 ]] || echo "$variant,$kernels,$threads threads"
        done
    done
}

choose_settings() {
    local peer=$1 setting
    local -a all
    mapfile -t all < <(settings "$peer")
    say "$peer: trying ${#all[@]} settings"
    for setting in "${all[@]}"; do
        run_peer "$peer" "$setting" --seconds "$("$quick" && echo 0.05 || echo 0.4)" \
            --only '^(train (rnn|lstm) (25|128)|greedy .*)$' </dev/null >"$results/$peer.setting.$setting"
    done
    "$python" bench/report.py choose "$peer" "$results" >"$results/choice.$peer"
    sed "s/^/run.sh: $peer: /" "$results/choice.$peer" >&2
}

find_data() {
    local data=${SHOWTELL_SHARED:-../shared}/data/flickr8k-cs231n
    with_data=()
    if [[ ! -d $data ]]; then
        say "no $data: work on real captions is skipped. Set SHOWTELL_SHARED to the folder with the shared data."
        return
    fi
    with_data=(--data "$data" --models "$models")
    if [[ ! -e $models/lstm.expected.json ]]; then
        say "training models whose captions end"
        dotnet "$benchmarks" prepare --threads "$threads" "${with_data[@]}" >&2
    fi
    for peer in torch numpy; do
        say "$peer: checking that it does the same work"
        run_peer "$peer" "openmp,its own kernels,$threads threads" --check >&2
    done
}

measure_round() {
    local round=$1 kind
    local -a brief=()
    [[ $round -eq 1 ]] || brief=(--brief)
    say "round $round of $rounds: peak"
    dotnet "$benchmarks" peak --threads "$threads" ${brief[@]+"${brief[@]}"} >"$results/peak.$round"
    # A kind of work at a time, so that a slow moment of the machine meets all sides.
    for kind in {train,greedy,real,ending}\ {rnn,lstm}; do
        measure_kind "$round" "$kind"
    done
}

measure_kind() {
    local round=$1 kind=$2 peer setting workloads found
    found=$(dotnet "$benchmarks" steps --threads "$threads" --seconds "$seconds" --only "^(?=.*(?:$only))$kind" \
        ${with_data[@]+"${with_data[@]}"} 2> >(grep -v '^skipped' >&2))
    [[ -n $found ]] || return 0
    say "round $round of $rounds: $kind"
    echo "$found" >>"$results/showtell.$round"
    for peer in torch numpy; do
        while IFS=$'\t' read -r setting workloads; do
            # Not worth a start where the setting is for other work.
            if [[ $workloads == *"${kind% *}"*"${kind#* }"* ]]; then
                run_peer "$peer" "$setting" --seconds "$seconds" \
                    --only "^(?=.*(?:$only))(?=$kind)(?:$workloads)\$" </dev/null
            fi
        done <"$results/choice.$peer" >>"$results/$peer.$round"
    done
}

parse "$@"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
cut -d' ' -f1 /proc/loadavg >"$results/load"
say_if_busy
install_python_modules torch numpy h5py
say "building"
dotnet build -c Release --disable-build-servers -v quiet bench/ShowTell.Benchmarks </dev/null >&2
find_data
choose_settings torch
choose_settings numpy
for ((round = 1; round <= rounds; round++)); do
    measure_round "$round"
done
"$python" bench/report.py table "$results" "$threads" "$rounds" | tee ${out:+"$out"}
