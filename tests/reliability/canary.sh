#!/usr/bin/env bash
# Gives the command archives, caption files, manifests, networks and model files that name files outside of their own
# folders, and counts with strace how often one of those is opened: 0 times. Needs strace and GNU tar, and the built
# command and fuzzer (dotnet build -c Release). The last lines are controls: files that must be opened are counted.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
command -v strace >/dev/null || { echo "canary.sh: strace is missing" >&2; exit 2; }
find_built() { find "$root/$1/bin/Release" -name "$2" -not -path '*/publish/*' | head -n 1; }
showtell=$(find_built src/ShowTell.Cli ShowTell.Cli.dll)
fuzz=$(find_built fuzz/ShowTell.Fuzz ShowTell.Fuzz.dll)
[[ -n $showtell && -n $fuzz ]] || { echo "canary.sh: build first: dotnet build -c Release" >&2; exit 2; }
work=$(mktemp -d /tmp/canary-test.XXXXXX)
absolute=$(mktemp /tmp/cn.XXX) # As long as weights.bin, whose place it takes in a network below.
trap 'rm -rf "$work" "$absolute"' EXIT
runs=0 opened=0 failures=0

# Runs the command below strace; adds the opens of what is called canary.
run() {
    local expected=$1 name=$2 count
    shift 2
    (cd "$work/in" && strace -f -qq -e trace=open,openat,openat2 -o "$work/trace" \
        dotnet "$showtell" "$@" >"$work/output" 2>&1 </dev/null)
    local status=$?
    # Folders are listed, and files that are missing are not opened.
    count=$(grep -vE 'O_DIRECTORY|ENOENT' "$work/trace" | grep -cE "canary\.|${absolute//./\\.}")
    runs=$((runs + 1))
    if [[ $expected == never ]]; then
        opened=$((opened + count))
        [[ $count -eq 0 ]] || { failures=$((failures + 1)); grep -E 'canary\.' "$work/trace" | head -n 3; }
    elif [[ $count -eq 0 ]]; then
        failures=$((failures + 1))
    fi
    printf '%-44s exit %3d, opened %d: %s\n' "$name" "$status" "$count" "$(grep . "$work/output" | tail -n 1 | cut -c1-110)"
}

photo=$root/tests/golden/photos/rgb.png
mkdir -p "$work/in/photos" "$work/tar/a/b" "$work/in/net/deep"
for name in png jpg txt json onnx bin safetensors; do cp "$photo" "$work/canary.$name"; done
echo 'a secret' >"$work/canary.txt"
cp "$photo" "$work/in/photos/a.png"
cp "$photo" "$work/in/photos/b.png"
ln -s "$work/canary.png" "$work/in/photos/link.png"
ln -s "$work" "$work/in/photos/up"

# Archives. Each has an innocent photo too, so that something is there to import.
cp "$photo" "$work/tar/a/b/001.png"
echo 'a photo' >"$work/tar/a/b/001.txt"
cp "$photo" "$work/tar/a/b/002.png"
echo 'a photo' >"$work/tar/a/b/002.txt"
innocent=(001.png 001.txt 002.png 002.txt)
pack() {
    local file=$1
    shift
    tar -C "$work/tar/a/b" -P "$@" -cf "$work/in/$file" "${innocent[@]}" "${extra[@]}" 2>/dev/null
    run never "$file" data import "$file" --out "out-$file"
    rm -rf "$work/in/out-$file"
    [[ ! -e $work/in/pwned.png && ! -e $work/pwned.png && ! -e /tmp/pwned.png ]] || failures=$((failures + 1))
}
cp "$photo" "$work/tar/a/b/pwned.png"
echo 'x' >"$work/tar/a/b/pwned.txt"
ln -s ../../../canary.png "$work/tar/a/b/relative.png"
ln -s "$work/canary.png" "$work/tar/a/b/absolute.png"
ln "$work/tar/a/b/001.png" "$work/tar/a/b/hard.png"
mkfifo "$work/tar/a/b/pipe.png"
for format in ustar gnu pax; do
    extra=(pwned.png pwned.txt)
    pack "up-$format.tar" --format=$format --transform 's,^pwned,../../pwned,'
    pack "root-$format.tar" --format=$format --transform 's,^pwned,/tmp/pwned,'
    pack "inner-$format.tar" --format=$format --transform 's,^pwned,a/../../../pwned,'
    long=$(printf 'd%.0s' {1..90})
    pack "long-$format.tar" --format=$format --transform "s,^pwned,$long/$long/../../../../pwned,"
    extra=(relative.png absolute.png hard.png pipe.png)
    pack "links-$format.tar" --format=$format
    pack "canary-links-$format.tar.gz" --format=$format -z
done
extra=(pwned.png pwned.txt)
pack "pax-path.tar" --format=pax --pax-option="path:=../../pwned.png"
pack "backslash.tar" --transform 's,^pwned,..\\..\\pwned,'
extra=(relative.png)
pack "sparse.tar" --sparse
(cd "$work" && printf 'PK\003\004' >"$work/in/captions.zip")
run never "captions.zip" data import captions.zip --out out

# Caption files.
for name in ../canary.png ../../canary.png "$work/canary.png" "file://$work/canary.png" photos/../../canary.png \
    '..\canary.png' '\\host\share\canary.png' link.png up/canary.png http://127.0.0.1:9/../canary.png 'C:\canary.png' \
    './/..//canary.png' '%2e%2e/canary.png' '~/canary.png'; do
    printf 'image,caption\na.png,a dog\nb.png,a dog\n%s,a dog\n' "$name" >"$work/in/c.csv"
    run never "csv: $name" data import c.csv --out out --photos photos
    rm -rf "$work/in/out"
    printf '{"image":"a.png","caption":"a"}\n{"image":"b.png","caption":"a"}\n{"image":"%s","caption":"a"}\n' \
        "${name//\\/\\\\}" >"$work/in/c.jsonl"
    run never "json: $name" data import c.jsonl --out out --photos photos
    rm -rf "$work/in/out"
done

# Manifests: names of photos.
printf 'image,caption\na.png,a dog\nb.png,a dog\n' >"$work/in/c.csv"
(cd "$work/in" && dotnet "$showtell" data import c.csv --out data --photos photos >/dev/null)
for name in ../../canary.png "$work/canary.png" '..\\..\\canary.png'; do
    rm -rf "$work/in/bad" && cp -r "$work/in/data" "$work/in/bad"
    sed -i "s,\"a.png\",\"$name\"," "$work/in/bad/captions.jsonl"
    grep -q canary "$work/in/bad/captions.jsonl" || failures=$((failures + 1))
    run never "manifest: $name" features bad --backbone "$root/tests/golden/backbone/two.onnx" \
        --preprocessing torchvision
    run never "manifest, info: $name" data info bad
done

# Networks whose weights are said to be elsewhere; model files whose network is.
dotnet "$fuzz" seeds onnx "$work/seeds" >/dev/null
network=$(grep -l 'weights\.bin' "$work"/seeds/* | head -n 1)
for location in ../c.canary "$absolute" '*/../c.bina' ./../c.bina; do
    mkdir -p "$work/in/net"
    sed "s,weights\.bin,$(printf '%s' "$location" | head -c 11)," "$network" >"$work/in/net/net.onnx"
    run never "network: $location" backbone net/net.onnx
done
cp "$network" "$work/in/net/net.onnx"
ln -s "$work/canary.bin" "$work/in/net/weights.bin"
run never "network: link to the weights" backbone net/net.onnx
rm "$work/in/net/weights.bin"
echo '{"image_processor_type":"../canary.json","size":"../canary.json"}' >"$work/in/net/preprocessor_config.json"
run never "preprocessing" backbone net/net.onnx
dotnet "$fuzz" seeds model-file "$work/models" >/dev/null
for model in "$work"/models/*; do
    sed 's,net\.onnx,../c.bin,' "$model" >"$work/in/m.safetensors"
    run never "model file" caption m.safetensors photos/a.png
done

# Controls.
cp "$photo" "$work/in/photos/canary.png"
printf 'image,caption\na.png,a dog\nb.png,a dog\ncanary.png,a dog\n' >"$work/in/c.csv"
(cd "$work/in" && dotnet "$showtell" data import c.csv --out seen --photos photos >/dev/null)
run always "control: a photo of the dataset" features seen --backbone "$root/tests/golden/backbone/two.onnx" \
    --preprocessing torchvision
cp "$work/in/c.csv" "$work/in/canary.csv"
run always "control: the captions themselves" data import canary.csv --out out --photos photos

echo "$runs runs, canary opened $opened times, $failures failures"
[[ $failures -eq 0 ]]
