#!/bin/sh
# Installs the pinned npm packages that tests compare with into .tools/npm; does nothing where they are already there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target="$here/../../.tools/npm"
if [ -f "$target/.installed" ] && cmp -s "$here/package-lock.json" "$target/.installed"; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "npm is missing: install Node.js 20 or later (Debian: apt-get install nodejs npm) to compare with DuckDB and hyparquet" >&2
    exit 4
fi
mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target/"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error
cp "$here/package-lock.json" "$target/.installed"
