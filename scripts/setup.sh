#!/usr/bin/env bash
# Installs what `make demo` (no argument) or `make test` (argument: test) needs and this machine lacks.
# What is there already costs no call of apt. Exit codes: 0 all is there, 4 something is missing and cannot be installed here.
set -euo pipefail
purpose=${1:-demo}

fail() { echo "setup: $*" >&2; exit 4; }
has_library() { [[ -n $(/sbin/ldconfig -p 2>/dev/null | grep -m1 -F "$1" || true) ]]; }
has_libtorch() { [[ -d ${LIBTORCH:-/nonexistent}/include/ATen || -d /usr/include/ATen ]]; }
# A libtorch of ones own may have no gloo; everything but training in several processes works then.
has_gloo() { [[ -n ${LIBTORCH:-} || -d /usr/include/gloo ]]; }
# A BLAS built with pthreads; reference BLAS, the default of Debian, is more than ten times slower.
has_openblas() { compgen -G '/usr/lib/*/openblas-pthread/libblas.so.3' >/dev/null || { ! command -v dpkg >/dev/null && has_library libopenblas; }; }

if ! command -v dotnet >/dev/null; then
    fail "dotnet is missing: install the .NET 10 SDK (https://dotnet.microsoft.com/download), put it on PATH and run this again"
fi
if ! dotnet --list-sdks | grep -q '^10\.'; then
    fail "no .NET 10 SDK among those that dotnet lists ($(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ')): install it from https://dotnet.microsoft.com/download"
fi

missing=()
has_libtorch || missing+=(libtorch-dev)
has_gloo || missing+=(libgloo-dev)
has_openblas || missing+=(libopenblas0-pthread)
command -v g++ >/dev/null || missing+=(g++)
has_library libzstd.so.1 || missing+=(libzstd1)
if [[ $purpose == test ]]; then
    # NodeSource's nodejs brings npm along, Debian's does not.
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    command -v fasttext >/dev/null || missing+=(fasttext)
    # The tests call Debian's own Python: another one on PATH would not see these packages.
    [[ -x /usr/bin/python3 ]] && /usr/bin/python3 -c 'import sentencepiece' 2>/dev/null || missing+=(python3-sentencepiece)
    [[ -x /usr/bin/python3 ]] && /usr/bin/python3 -c 'import botocore' 2>/dev/null || missing+=(python3-botocore)
    [[ -d /usr/lib/python3/dist-packages/numpy ]] || missing+=(python3-numpy)
    [[ -d /usr/lib/python3/dist-packages/torch ]] || missing+=(python3-torch)
fi
if ((${#missing[@]} == 0)); then
    exit 0
fi

command -v apt-get >/dev/null || fail "missing: ${missing[*]} (names of Debian packages); there is no apt-get here, so install them by this system's own means and run this again"
if ((EUID == 0)); then
    as_root=(env)
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    as_root=(sudo)
else
    fail "missing: ${missing[*]}; neither root nor sudo is here, so ask someone who has it to run: apt-get install -y --no-install-recommends ${missing[*]}"
fi

echo "setup: installing with apt: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
    tail -n 15 "$log" >&2
    fail "apt could not install ${missing[*]}; its last lines are above. Mend that, or run: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
fi
echo "setup: done"
