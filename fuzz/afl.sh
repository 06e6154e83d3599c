#!/usr/bin/env bash
# Coverage-guided fuzzing of a parser: fuzz/afl.sh TARGET [SECONDS], 3,600 by default. Needs AFL++ (Debian: afl++).
# Builds and instruments in a scratch folder, $SHOWTELL_AFL or one below /tmp, which keeps the corpus: a second run goes
# on from there. Prints the counts, and exits with 1 if an input failed; such inputs are in crashes/ and hangs/ there,
# shown by: dotnet run -c Release --project fuzz/ShowTell.Fuzz -- run TARGET FILE
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${1:?usage: fuzz/afl.sh TARGET [SECONDS]}
seconds=${2:-3600}
work=${SHOWTELL_AFL:-${TMPDIR:-/tmp}/showtell-afl}
command -v afl-fuzz >/dev/null || { echo "afl.sh: AFL++ is missing: apt-get install afl++" >&2; exit 2; }
mkdir -p "$work"

[[ -x $work/tools/sharpfuzz ]] \
    || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$work/tools" >/dev/null
project=$root/fuzz/ShowTell.Fuzz
dotnet build "$project" -c Release --disable-build-servers -v q >"$work/build.log" \
    || { cat "$work/build.log" >&2; exit 2; }
built=$project/bin/Release/net10.0/$(dotnet --info | sed -n 's/^ *RID: *//p')
[[ -d $built ]] || built=$(dirname "$(find "$project/bin/Release" -name ShowTell.Fuzz.dll | head -n 1)")

# The valid inputs, from code that is not instrumented.
rm -rf "$work/seeds/$target"
dotnet "$built/ShowTell.Fuzz.dll" seeds "$target" "$work/seeds/$target"
rm -rf "$work/$target.bin"
cp -r "$built" "$work/$target.bin"
for library in ShowTell.Metrics ShowTell.Core ShowTell ShowTell.Hdf5 ShowTell.Parquet CsvHelper; do
    "$work/tools/sharpfuzz" "$work/$target.bin/$library.dll"
done

export SHOWTELL_ROOT=$root AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_AUTORESUME=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
nice -n 15 afl-fuzz -i "$work/seeds/$target" -o "$work/$target.out" -t 5000 -m none -V "$seconds" -- \
    "$(command -v dotnet)" "$work/$target.bin/ShowTell.Fuzz.dll" afl "$target" >"$work/$target.log" 2>&1 \
    || { tail -n 20 "$work/$target.log" >&2; exit 2; }
found=$(find "$work/$target.out/default" -path '*/crashes/id*' -o -path '*/hangs/id*' | sort)
grep -E '^(run_time|execs_done|execs_per_sec|corpus_count|edges_found|saved_crashes|saved_hangs|peak_rss_mb)' \
    "$work/$target.out/default/fuzzer_stats"
[[ -z $found ]] || { echo "$found"; exit 1; }
