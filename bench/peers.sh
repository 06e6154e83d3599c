# What the scripts that measure against peers share; they source it from the repository's root.

readonly python=/usr/bin/python3 unpacked=artifacts/bench/openblas

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Prints the path of what a project builds, which depends on the machine's runtime identifier.
target() { dotnet msbuild "$1" -p:Configuration=Release -getProperty:TargetPath; }

build() { dotnet build -c Release --disable-build-servers -v quiet "$1" </dev/null >&2; }

install_python_modules() {
    local missing=() module
    for module in "$@"; do
        "$python" -c "import $module" 2>/dev/null || missing+=("python3-${module/PIL/pil}")
    done
    if [[ ${#missing[@]} -gt 0 ]]; then
        command -v apt-get >/dev/null || fail "$python needs ${missing[*]}, and there is no apt-get to install them."
        say "installing ${missing[*]}"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
    fi
}

# Prints the folder of a variant of OpenBLAS: openmp, pthread or serial.
openblas() {
    local found
    found=$(compgen -G "/usr/lib/*/openblas-$1" || compgen -G "$PWD/$unpacked/usr/lib/*/openblas-$1") || {
        mkdir -p "$unpacked"
        (cd "$unpacked" && apt-get download -qq "libopenblas0-$1" && dpkg -x "libopenblas0-$1"_*.deb .) \
            2>/dev/null || return 1
        found=$(compgen -G "$PWD/$unpacked/usr/lib/*/openblas-$1") || return 1
    }
    echo "$found"
}

say_if_busy() {
    if awk '{ exit $1 <= 0.5 }' /proc/loadavg; then
        say "the machine is busy (load $(cut -d' ' -f1 /proc/loadavg)): the figures will tell less than on a quiet one."
    fi
}

benchmarks=$(target bench/ShowTell.Benchmarks)
readonly benchmarks
