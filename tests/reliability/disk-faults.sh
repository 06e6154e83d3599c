#!/usr/bin/env bash
# Real errors of the kernel while files are written, injected by strace. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ "${1:-}" == --help ]]; then
    cat <<'USAGE'
Usage: tests/reliability/disk-faults.sh [page] [model] [dataset]

Lets every write (pwrite64), flush (fsync) and rename of a command fail, once and from then on, and checks that
  - the previous file is there, byte for byte (a folder's flush comes after the rename: then the old or the new one),
  - the command exits with 1 and one line that names the path,
  - no partial file stays.
Prints how many of how many held, and exits with 1 if one did not.

Needs strace, and the command built: dotnet build src/ShowTell.Cli. SHOWTELL names another one.
USAGE
    exit
fi

showtell=${SHOWTELL:-dotnet $(ls -t src/ShowTell.Cli/bin/Release/net10.0/*/ShowTell.Cli.dll | head -1)}
[[ "$showtell" == dotnet\ src/* ]] && showtell="dotnet $PWD/${showtell#dotnet }"
overwrite=$($showtell train --help | grep -o -m 1 -- '--overwrite' || true)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
held=0 all=0

# The commands write OUT in the current folder; $1 tells the old version from the new one.
page() { $showtell data sample scenes --count "$1" --out OUT; }
model() {
    rm -rf log
    $showtell train scenes --max-train 64 --epochs 1 --hidden 8 --wordvec 8 --seed "$1" --out OUT --log log $overwrite
}
dataset() {
    mkdir -p photos && touch photos/{a,b}.jpg
    printf 'image,caption,split\na.jpg,version %s,train\nb.jpg,version %s,val\n' "$1" "$1" > captions.csv
    $showtell data import captions.csv --photos photos --out OUT --replace
}

# The content of OUT: of a model what it says, since each training has another run id.
content() {
    case $1 in
        page) sha256sum < OUT ;;
        model) $showtell sample OUT scenes --count 3 --json | sha256sum ;;
        dataset) $showtell verify OUT > /dev/null && sha256sum < OUT/dataset.json ;;
    esac
}

traced() { # what version strace-options...
    local what=$1 version=$2
    shift 2
    showtell="strace -f -qq -o trace -e trace=pwrite64,fsync,rename $* $showtell" $what "$version" > out 2> err
}

for what in ${@:-page model dataset}; do
    rm -rf "$folder/$what" && mkdir "$folder/$what" && pushd "$folder/$what" > /dev/null
    $what 3 > /dev/null && cp -r OUT old && old=$(content $what)
    traced $what 4 && new=$(content $what)
    for call in pwrite64 fsync rename; do
        count=$(grep -c "$call(" trace.ok 2> /dev/null || grep -c "$call(" trace || true)
        [[ -f trace.ok ]] || cp trace trace.ok
        for ((n = 1; n <= count; n++)); do
            for when in "$n" "$n+"; do
                rm -rf OUT && cp -r old OUT && all=$((all + 1))
                code=0
                traced $what 4 -e "inject=$call:error=ENOSPC:when=$when" || code=$?
                found=$(content $what)
                partial=$(find . -name '*.partial' | head -1)
                if [[ ("$found" == "$old" && $code == 1 || "$found" == "$new" && ($code == 0 || $call != pwrite64)) \
                    && -z "$partial" && ($code == 0 || "$(wc -l < err)" == 1 && "$(< err)" == *"cannot be written"*) ]]
                then
                    held=$((held + 1))
                else
                    echo "FAILED: $what, $call $when: exit code $code, $([[ $found == "$old" ]] && echo old ||
                        echo "not old"), partial: ${partial:-none}, $(< err)"
                fi
            done
        done
    done
    popd > /dev/null
done
echo "$held of $all faults left the previous file, or the complete new one, and an error that names the path"
[[ $held == "$all" ]]
