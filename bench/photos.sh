#!/usr/bin/env bash
# From photos to features: ShowTell against the network alone, plain decoding, and PyTorch. See bench/photos.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/peers.sh

usage() {
    cat <<'USAGE'
Usage: bench/photos.sh [ROUNDS] [OPTION ...]

Times the way from JPEG files to features by SqueezeNet 1.1 and prints a table in Markdown, medians of the rounds:
  - 224 x 224: bytes to features, against ONNX Runtime alone on ready tensors in the best of several settings (threads
    of the session, callers at once, batch), PyTorch on ready tensors, and Pillow with PyTorch
  - 12 megapixels: scaled decoding against decoding whole and then resizing, with the same libraries
  - peak memory of a process over 1,000 and 7,000 photos

Before, PyTorch proves that it computes the same features. Measure on a quiet machine.

  ROUNDS, --rounds N   how often each side runs (3)
  --threads N          threads of each side (all processors)
  --quick              one round of short measurements, to see that all works
  --out FILE           write the medians to a file, as JSON
  --help               this

Needs data/squeezenet1_1 and data/flickr8k below the folder that SHOWTELL_SHARED names, else below ../shared. What is
missing of PyTorch and Pillow is installed by apt-get.
USAGE
}

parse() {
    rounds='' threads=$(nproc) out='' seconds=3 large=12 memory=(1000 7000) quick=false
    while [[ $# -gt 0 ]]; do
        case $1 in
            --help | -h) usage && exit ;;
            --quick) quick=true ;;
            --rounds | --threads | --out)
                [[ $# -gt 1 ]] || fail "$1 needs a value. See --help."
                printf -v "${1#--}" %s "$2"
                shift
                ;;
            [0-9]*) rounds=$1 ;;
            *) fail "there is no option $1. See --help." ;;
        esac
        shift
    done
    ! "$quick" || seconds=0.3 large=4 memory=(200 400)
    rounds=${rounds:-$("$quick" && echo 1 || echo 3)}
    [[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "ROUNDS is \"$rounds\"; a number from 1 was expected."
    [[ $threads =~ ^[1-9][0-9]*$ ]] || fail "--threads is \"$threads\"; a number from 1 was expected."
}

find_data() {
    local data=${SHOWTELL_SHARED:-../shared}/data
    photos=$data/flickr8k/images network=$data/squeezenet1_1/squeezenet1_1_features
    if [[ ! -d $photos || ! -e $network.onnx ]]; then
        say "SKIPPED: no $photos or no $network.onnx. Set SHOWTELL_SHARED to the folder with the shared data."
        exit 0
    fi
}

# run_torch SETTING OPTION ...; a setting is a variant of OpenBLAS and its kernels.
run_torch() {
    local variant=${1%,*} kernels=${1#*,}
    shift
    env LD_LIBRARY_PATH="$(openblas "$variant")" ${kernels:+OPENBLAS_CORETYPE="$kernels"} OMP_NUM_THREADS="$threads" \
        OPENBLAS_NUM_THREADS="$threads" "$python" bench/photos_peer.py "$@"
}

# The variant and the kernels of OpenBLAS with which PyTorch is fastest.
choose_setting() {
    local variant kernels speed best=0 all_kernels=('')
    ! grep -q -m 1 avx512vl /proc/cpuinfo || all_kernels+=(SkylakeX)
    for variant in openmp pthread; do
        openblas "$variant" >/dev/null || continue
        for kernels in "${all_kernels[@]}"; do
            speed=$(run_torch "$variant,$kernels" speed "$network.safetensors" "$photos" "$threads" 0.5 8 | cut -f2 | head -1)
            if awk "BEGIN { exit !($speed > $best) }"; then
                best=$speed setting=$variant,$kernels
            fi
        done
    done
    say "PyTorch is fastest with OpenBLAS $setting"
}

parse "$@"
find_data
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
cut -d' ' -f1 /proc/loadavg >"$results/load"
say_if_busy
install_python_modules torch numpy h5py PIL
say "building"
dotnet build -c Release --disable-build-servers -v quiet bench/ShowTell.Benchmarks </dev/null >&2
mkdir "$results/large"
"$python" bench/photos_peer.py large "$photos" "$results/large" "$large"
setting=openmp,
choose_setting
run_torch "$setting" check "$network.safetensors" "$photos" "${network%/*}/reference_features.h5"
echo "$setting" >"$results/setting"
for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds"
    dotnet "$benchmarks" photos --threads "$threads" --seconds "$seconds" --network "$network.onnx" \
        --photos "$photos" --large "$results/large"
    run_torch "$setting" speed "$network.safetensors" "$photos" "$threads" "$seconds" 1 8 32
    for count in "${memory[@]}"; do
        dotnet "$benchmarks" photos --threads "$threads" --network "$network.onnx" --photos "$photos" --count "$count"
    done
done >"$results/all"
"$python" bench/photos_report.py "$results" "$threads" "$rounds" ${out:+"$out"}
