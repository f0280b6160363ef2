#!/usr/bin/env bash
# `make build` copies this file to ./datapipeline: it starts the Release build from anywhere, also through a symbolic link.
self=$(readlink -f -- "${BASH_SOURCE[0]}")
program=${self%/*}/src/Cli/bin/Release/net10.0/datapipeline.dll
if [[ ! -f $program ]]; then
    echo "datapipeline: $program is missing; run: make -C ${self%/*} build" >&2
    exit 4
fi
if ! command -v dotnet >/dev/null; then
    echo "datapipeline: dotnet is missing; install the .NET 10 SDK (https://dotnet.microsoft.com/download) and put it on PATH" >&2
    exit 4
fi
# OpenMP threads that spin while they wait make training many times slower on a machine that does anything else.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-PASSIVE}
# exec, so that SIGINT and SIGTERM sent to this process reach the program.
exec dotnet "$program" "$@"
