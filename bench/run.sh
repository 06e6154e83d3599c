#!/usr/bin/env bash
# ShowTell against TorchSharp, PyTorch and NumPy on the same work. See bench/run.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly models=artifacts/bench/models

source bench/peers.sh

usage() {
    cat <<'USAGE'
Usage: bench/run.sh [ROUNDS] [OPTION ...]

Times training steps and decoding with ShowTell, TorchSharp, PyTorch and NumPy, in turn, and prints a table in Markdown:
captions a second of each side, their ratio (median of the rounds, least, greatest), and the percentage of the machine's
multiply-add peak, measured in the same run.

Each peer is at its best: a short first pass tries the variants and kernels of OpenBLAS and numbers of threads, and each
workload gets the fastest. Before, each peer proves that it does the same work: the same losses over five steps of
training, gradients and captions, from the same weights.

What is missing is installed by apt-get (python3-torch, python3-numpy); variants of OpenBLAS are unpacked under
artifacts/, and the system's choice stays. TorchSharp is a NuGet package (400 MB). It needs the libstdc++ of GCC 13 or
later; where that is missing, as on Debian 12, its columns are left out. Measure on a quiet machine: a busy one hurts
threads that wait for each other, PyTorch's most of all.

  ROUNDS, --rounds N   how often each side runs (3)
  --threads N          the most threads that a side may use (all processors)
  --only PATTERN       only workloads whose name matches this regular expression
  --quick              one round of short measurements with few settings, to see that all works
  --out FILE           write the table to a file, too
  --help               this

Work on real captions needs a folder in the exercises' layout: data/flickr8k-cs231n below the folder that
SHOWTELL_SHARED names, else below ../shared. Without it that work is skipped. SHOWTELL_LIBSTDCXX names a folder with a
libstdc++.so.6 for TorchSharp where the system's is too old. Models to check the peers by are kept in
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

# run_peer PEER SETTING OPTION ...; a setting is a variant of OpenBLAS, its kernels, and a number of threads;
# TorchSharp's is "MKL" and a number of threads.
run_peer() {
    local peer=$1 setting=$2 count=${2##*,} variant kernels
    count=${count% threads}
    shift 2
    local -a variables=(OMP_NUM_THREADS="$count" MKL_NUM_THREADS="$count" OPENBLAS_NUM_THREADS="$count")
    local -a command=("$python" "bench/${peer}_peer.py")
    if [[ $peer == torchsharp ]]; then
        command=(with_libstdcxx dotnet "$torchsharp")
    else
        IFS=, read -r variant kernels _ <<<"$setting"
        variables+=(LD_LIBRARY_PATH="$(openblas "$variant")")
        [[ $kernels == "its own kernels" ]] || variables+=(OPENBLAS_CORETYPE="$kernels")
    fi
    (
        export "${variables[@]}"
        "${command[@]}" --threads "$count" --models "$models" "$@"
    )
}

# Runs a command with the libstdc++ that SHOWTELL_LIBSTDCXX names, if it does.
with_libstdcxx() {
    env ${SHOWTELL_LIBSTDCXX:+LD_LIBRARY_PATH="$SHOWTELL_LIBSTDCXX${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"} "$@"
}

# Adds TorchSharp to the peers if it can run here: before 400 MB are restored for it, its newest symbol is looked for.
find_torchsharp() {
    local symbol=_ZSt21ios_base_library_initv problem
    if ! with_libstdcxx "$python" -c "import ctypes; ctypes.CDLL('libstdc++.so.6').$symbol" 2>/dev/null; then
        problem="libstdc++.so.6 is missing or older than GCC 13's (GLIBCXX_3.4.32)."
        problem+=" SHOWTELL_LIBSTDCXX may name a folder with a newer one."
    elif ! build bench/TorchSharpPeer; then
        problem="it cannot be built."
    else
        torchsharp=$(target bench/TorchSharpPeer)
        problem=$(with_libstdcxx dotnet "$torchsharp" --can-load 2>&1) && problem=''
    fi
    if [[ -n $problem ]]; then
        say "TorchSharp is left out: $problem"
    else
        peers=(torchsharp "${peers[@]}")
    fi
}

# Settings to try: threads in powers of two, and all.
settings() {
    local peer=$1 variant kernels count
    if [[ $peer == torchsharp ]]; then
        for ((count = 1; count < threads; count *= 2)); do
            echo "MKL,$count threads"
        done
        echo "MKL,$threads threads"
        return
    fi
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
            --only "$tried" </dev/null >"$results/$peer.setting.$setting"
    done
    "$python" bench/report.py choose "$peer" "$results" >"$results/choice.$peer"
    sed "s/^/run.sh: $peer: /" "$results/choice.$peer" >&2
}

prepare() {
    local data=${SHOWTELL_SHARED:-../shared}/data/flickr8k-cs231n peer setting
    with_data=()
    if [[ -d $data ]]; then
        with_data=(--data "$data")
    else
        say "no $data: work on real captions is skipped. Set SHOWTELL_SHARED to the folder with the shared data."
    fi
    say "training models to check the peers by, where they are missing"
    dotnet "$benchmarks" prepare --threads "$threads" --models "$models" ${with_data[@]+"${with_data[@]}"} >&2
    for peer in "${peers[@]}"; do
        say "$peer: checking that it does the same work"
        setting="openmp,its own kernels,$threads threads"
        [[ $peer != torchsharp ]] || setting="MKL,$threads threads"
        run_peer "$peer" "$setting" --check --only "$tried" >&2
    done
}

measure_round() {
    local round=$1 kind
    local -a brief=()
    [[ $round -eq 1 ]] || brief=(--brief)
    say "round $round of $rounds: peak"
    dotnet "$benchmarks" peak --threads "$threads" ${brief[@]+"${brief[@]}"} >"$results/peak.$round"
    # A kind of work at a time, so that a slow moment of the machine meets all sides.
    for kind in {train,greedy}\ {rnn,lstm,gru,attention,transformer} {real,ending}\ {rnn,lstm}; do
        measure_kind "$round" "$kind"
    done
}

measure_kind() {
    local round=$1 kind=$2 peer setting workloads found
    found=$(dotnet "$benchmarks" steps --threads "$threads" --seconds "$seconds" --only "^(?=.*(?:$only))$kind" \
        --models "$models" ${with_data[@]+"${with_data[@]}"} 2> >(grep -v '^skipped' >&2))
    [[ -n $found ]] || return 0
    say "round $round of $rounds: $kind"
    echo "$found" >>"$results/showtell.$round"
    for peer in "${peers[@]}"; do
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
install_python_modules torch numpy
say "building"
build bench/ShowTell.Benchmarks
# The workloads of the first pass, which stand for all that are asked for.
tried=$("$python" bench/report.py tried "$only")
peers=(torch numpy)
find_torchsharp
prepare
for peer in "${peers[@]}"; do
    choose_settings "$peer"
done
for ((round = 1; round <= rounds; round++)); do
    measure_round "$round"
done
"$python" bench/report.py table "$results" "$threads" "$rounds" | tee ${out:+"$out"}
