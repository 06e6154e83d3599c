#!/usr/bin/env bash
# Checks the packages that the command is built of, and writes a list of them (an SBOM in CycloneDX's JSON form, with
# versions, hashes and licenses).
# Usage: tools/sbom.sh [FILE]    by default bom.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
file=$(realpath -m "${1:-bom.json}")

# Fails if a package, or one that it depends on, is not what the lock files say.
restored=$(dotnet restore ShowTell.slnx --locked-mode) || { echo "$restored"; exit 1; }

# Known vulnerabilities, as far as the package source knows any.
report=$(dotnet list ShowTell.slnx package --vulnerable --include-transitive)
if grep -q "has the following vulnerable packages" <<<"$report"; then
    echo "$report"
    exit 1
fi

dotnet tool restore >/dev/null
version=$(sed -n 's/.*<Version>\(.*\)<.*/\1/p' Directory.Build.props)
dotnet dotnet-CycloneDX src/ShowTell.Cli/ShowTell.Cli.csproj --set-name showtell --set-version "$version" \
    --output "$(dirname "$file")" --filename "$(basename "$file")" --output-format Json >/dev/null
echo "$file: $(grep -c '"bom-ref": "pkg:nuget' "$file") packages; none has a known vulnerability"
