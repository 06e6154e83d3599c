#!/usr/bin/env bash
# Builds ShowTell and runs its tests. See ./test.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'EOF'
Usage: ./test.sh [RUNNER OPTION ...]

Installs what the tests need where it is missing (libhdf5, libturbojpeg, libpng, WordNet, Python 3 with h5py, NumPy,
Pillow and PyTorch; by apt-get, where there is one; ONNX Runtime by npm, where there is one), builds the solution in
Release and runs the tests. The last line is the count: "N passed, N failed, N skipped". Exits with 0 if at least one test ran and
none failed. Safe to run again.

Options are those of the test runner, for instance:
  ./test.sh -class '*GemmTests'          the tests of one class
  ./test.sh -namespace '*.Numerics'      the tests of one folder
EOF
}

say() { printf 'test.sh: %s\n' "$*" >&2; }

has_libhdf5() {
    if command -v ldconfig >/dev/null; then
        ldconfig -p | grep -E 'libhdf5(_serial)?\.so' >/dev/null
    else
        compgen -G '/opt/homebrew/lib/libhdf5.*dylib' >/dev/null || compgen -G '/usr/local/lib/libhdf5.*dylib' >/dev/null
    fi
}

# A library of the system, by the beginning of its name; elsewhere than on Linux its test says what it lacks.
has_library() {
    ! command -v ldconfig >/dev/null || ldconfig -p | grep -F "$1.so" >/dev/null
}

# A Python from elsewhere may come before the system's, which is the one that packages install modules for.
has_modules() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c "import $1" 2>/dev/null && return
    done
    return 1
}

apt() {
    local sudo=()
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || return 1
        sudo=(sudo)
    fi
    # No element at all is an unbound variable to the bash of macOS, hence the form with +.
    ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=120 -qq "$@" </dev/null >/dev/null
}

# libhdf5's package carries its version in its name: libhdf5-103-1, libhdf5-103-1t64, libhdf5-310 ...
libhdf5_package() {
    apt-cache search --names-only '^libhdf5-[0-9]+(-[0-9]+)?(t64)?$' | cut -d' ' -f1 | sort -V | tail -n 1
}

# Debian has it as libturbojpeg0, Ubuntu as libturbojpeg.
turbojpeg_package() {
    grep -qs '^ID=ubuntu' /etc/os-release && echo libturbojpeg || echo libturbojpeg0
}

install_what_is_missing() {
    local missing=()
    has_libhdf5 || missing+=(libhdf5)
    has_modules 'h5py, numpy' || missing+=(python3-h5py python3-numpy)
    has_library libturbojpeg || missing+=("$(turbojpeg_package)")
    has_library libpng16 || missing+=(libpng16-16)
    has_modules PIL || missing+=(python3-pil)
    has_modules torch || missing+=(python3-torch)
    [[ -d /usr/share/wordnet ]] || ! command -v apt-get >/dev/null || missing+=(wordnet-base)
    [[ ${#missing[@]} -gt 0 ]] || return 0

    if command -v apt-get >/dev/null; then
        say "installing ${missing[*]}"
        if apt update; then
            [[ ${missing[0]} != libhdf5 ]] || missing[0]=$(libhdf5_package)
            apt install -y --no-install-recommends "${missing[@]}" && return 0
        fi
        say "apt-get could not install ${missing[*]}."
    else
        say "missing here: ${missing[*]}. Install it with"
        say "  macOS:    brew install hdf5 jpeg-turbo libpng python numpy && python3 -m pip install h5py pillow torch"
        say "  Fedora:   sudo dnf install hdf5 turbojpeg libpng python3-h5py python3-pillow"
        say "  Arch:     sudo pacman -S hdf5 libjpeg-turbo libpng python-h5py python-pillow"
        say "  Windows:  hdf5.dll from https://github.com/HDFGroup/hdf5/releases on PATH; py -m pip install h5py"
    fi
    say "Going on; the tests that need it will say that they were skipped."
}

get_onnxruntime() {
    [[ -z ${SHOWTELL_ONNXRUNTIME:-} ]] || return 0
    tools/get-onnxruntime.sh >/dev/null \
        || say "ONNX Runtime is missing here. Going on; the tests that need it will say that they were skipped."
}

run_tests() {
    local log status=0 summary
    log=$(mktemp)
    # shellcheck disable=SC2064 # The name is wanted as it is now.
    trap "rm -f '$log'" EXIT
    dotnet tests/ShowTell.Tests/bin/Release/net10.0/ShowTell.Tests.dll -noColor "$@" </dev/null | tee "$log" || status=$?

    summary=$(grep -E '^ +ShowTell\.Tests +Total: ' "$log" | tail -n 1 || true)
    if [[ ! $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
        say "the test runner counted no tests; it exited with $status."
        return 1
    fi

    # An error is a failure outside a test, in its cleanup for instance.
    local total=${BASH_REMATCH[1]} failed=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
    local skipped=${BASH_REMATCH[4]} not_run=${BASH_REMATCH[5]}
    local passed=$((total - BASH_REMATCH[3] - skipped - not_run))
    if [[ $((passed + failed)) -eq 0 ]]; then
        say "no test ran."
        status=1
    elif [[ $failed -gt 0 && $status -eq 0 ]]; then
        status=1
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    return "$status"
}

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
    usage
    exit
fi
if ! command -v dotnet >/dev/null; then
    say "the .NET 10 SDK is needed: https://dotnet.microsoft.com/download"
    exit 1
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
install_what_is_missing
get_onnxruntime
# No server stays behind that would hold the output open.
dotnet build ShowTell.slnx --configuration Release --disable-build-servers --verbosity quiet </dev/null
run_tests "$@"
