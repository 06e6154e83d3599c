#!/usr/bin/env bash
# Fetches ONNX Runtime's library for this system. See tools/get-onnxruntime.sh --help.
set -euo pipefail

readonly VERSION=1.30.0
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/showtell/onnxruntime

usage() {
    cat <<EOF
Usage: tools/get-onnxruntime.sh [--to DIR]

Takes ONNX Runtime's library for this system (Linux, macOS or Windows; x64 or Arm) from the npm package
onnxruntime-node $VERSION, about 110 MB, and puts it where ShowTell looks for it:
  $CACHE
or, with --to, into DIR: then set SHOWTELL_ONNXRUNTIME to the file's path. Runs no script of the package.
Prints the library's path. Does nothing where the library is there already.
EOF
}

fail() { printf 'get-onnxruntime.sh: %s\n' "$*" >&2; exit 1; }

folder=$CACHE
while [[ $# -gt 0 ]]; do
    case $1 in
        -h | --help) usage; exit ;;
        --to) [[ -n ${2:-} ]] || fail "--to needs a folder."; folder=$2; shift 2 ;;
        *) fail "unknown option $1; see --help." ;;
    esac
done

case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "the package has libraries for x64 and Arm, not for $(uname -m)." ;;
esac
case $(uname -s) in
    Linux) system=linux name=libonnxruntime.so.1 ;;
    Darwin) system=darwin name=libonnxruntime.1.dylib ;;
    MINGW* | MSYS* | CYGWIN*) system=win32 name=onnxruntime.dll ;;
    *) fail "the package has libraries for Linux, macOS and Windows, not for $(uname -s)." ;;
esac

library=$folder/$name
stamp=$folder/$name.version
if [[ -s $library && $(cat "$stamp" 2>/dev/null) == "$VERSION $system $machine" ]]; then
    echo "$library"
    exit
fi

command -v npm >/dev/null || fail "npm is needed to fetch onnxruntime-node (https://nodejs.org)."
mkdir -p "$folder" || fail "$folder cannot be made; choose another folder with --to."
work=$(mktemp -d "$folder/fetching.XXXXXX") || fail "$folder cannot be written to."
trap 'rm -rf "$work"' EXIT

# npm checks the archive against the registry's checksum.
if ! (cd "$work" && npm pack --silent --ignore-scripts "onnxruntime-node@$VERSION" >/dev/null 2>npm.log); then
    cat "$work/npm.log" >&2
    fail "npm could not fetch onnxruntime-node $VERSION."
fi
member=package/bin/napi-v6/$system/$machine/$name
tar -xzf "$work/onnxruntime-node-$VERSION.tgz" -C "$work" "$member" 2>/dev/null \
    || fail "onnxruntime-node $VERSION has no library for $system on $machine."
grep -q OrtGetApiBase "$work/$member" || fail "$member of onnxruntime-node $VERSION is not ONNX Runtime."

chmod 755 "$work/$member"
mv -f "$work/$member" "$library"
echo "$VERSION $system $machine" >"$stamp"
echo "$library"
