#!/usr/bin/env bash
# Branch coverage of the parsers of untrusted input and of the checkpoint code, file by file, by the tests of their
# folders: coverage.sh [FOLDER]. Builds in a folder of its own, since instrumented assemblies replace the built ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${1:-$(mktemp -d)}
tests=-noColor
for name in Files Hdf5 Data Datasets Datasets.Import Datasets.Features Photos Backbones ModelFiles Evaluation Reporting \
    Metrics Fuzz Properties Cli Training; do
    tests+=" -namespace ShowTell.Tests.$name"
done

# Killed processes report no branches, and these tests of training read no files.
for name in Cli.KillTests Training.CaptioningSolverTests Training.OverfitTests Training.PinnedTrainingTests \
    Training.TrainingPrecisionTests Training.TrainingThreadsTests; do
    tests+=" -class- ShowTell.Tests.$name"
done
build=(-c Release --disable-build-servers -v q -p:MeasureCoverage=true -p:RunAnalyzersDuringBuild=false
    --artifacts-path "$work/built")
dotnet build tests/ShowTell.Tests "${build[@]}"
dotnet build tests/ShowTell.Tests "${build[@]}" -v m --no-restore -t:MeasureBranches "-p:CoveredTests=$tests" \
    '-p:Include=[ShowTell*]*' '-p:Exclude="[ShowTell.Tests]*,[ShowTell.Fuzz]*"' \
    -p:CoverletOutputFormat=json "-p:CoverletOutput=$work/coverage.json" >"$work/log" 2>&1 \
    || { tail -n 30 "$work/log" >&2; exit 2; }
grep -E 'Total:|\[FAIL\]' "$work/log" || true

# JSON of modules, files, classes, methods, with the branches of each.
dotnet run tests/reliability/branches.cs -- "$work/coverage.json" "$PWD"
