#!/bin/sh
# Compiles torch_binding.cpp against the libtorch of this machine: build.sh OUTPUT.so
# Looks in $LIBTORCH, then /usr/include/ATen (Debian), then Python's torch. No cmake: find_package(Torch) demands a CUDA
# toolkit even for CPU builds. Skips when the output is newer than the source and was built against the same libtorch.
set -eu
output=$1
here=$(cd "$(dirname "$0")" && pwd)
need="sudo apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-pthread g++"

include="" lib=""
if [ -n "${LIBTORCH:-}" ]; then
  include="$LIBTORCH/include" lib="$LIBTORCH/lib"
elif [ -e /usr/include/ATen/ATen.h ]; then
  include=/usr/include
  for d in /usr/lib/*-linux-gnu /usr/lib /usr/lib64; do [ -e "$d/libtorch_cpu.so" ] && lib=$d && break; done
elif [ -x /usr/bin/python3 ]; then
  root=$(/usr/bin/python3 -c "import torch, os; print(os.path.dirname(torch.__file__))" 2>/dev/null || true)
  if [ -n "$root" ]; then include="$root/include" lib="$root/lib"; fi
fi
if [ -z "$include" ] || [ -z "$lib" ] || [ ! -e "$include/ATen/ATen.h" ]; then
  if [ -n "${LIBTORCH:-}" ]; then echo "LIBTORCH=$LIBTORCH has no include/ATen/ATen.h: point it to a libtorch, or unset it to look elsewhere."; fi
  echo "libtorch is not here: built without the trainer. To have it: $need"
  exit 0
fi
if ! command -v "${CXX:-g++}" > /dev/null; then
  echo "no C++ compiler: built without the trainer. To have it: $need"
  exit 0
fi

# The compiler reads the version: the header that holds it has moved between releases.
version=$(echo 'TORCH_VERSION_MAJOR TORCH_VERSION_MINOR' | "${CXX:-g++}" -E -P -x c++ -include "$include/torch/csrc/api/include/torch/version.h" -I"$include" - | tail -n 1)
major=${version%% *} minor=${version#* }
# Wheels before 2.6 were built with the old std::string.
abi=""
if ! grep -q __cxx1112basic_string "$lib/libc10.so"; then abi=-D_GLIBCXX_USE_CXX11_ABI=0; fi
std=14
if [ "$major" -ge 2 ]; then std=17; fi
if [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 12 ]; }; then std=20; fi
std=${TORCH_CXX_STANDARD:-$std}

libs="-ltorch -ltorch_cpu -lc10"
# Nothing calls into libtorch_cuda by name, so the linker would drop it and CUDA would look absent.
if [ -e "$lib/libtorch_cuda.so" ]; then libs="-Wl,--no-as-needed -ltorch_cuda -lc10_cuda $libs"; fi

# Process groups need headers that libtorch does not always bring: gloo's, and for cards NCCL's and CUDA's.
packages=$(dirname "$(dirname "$lib")")/nvidia
find_header() { # NAME FOLDER...: prints the first folder that has the header
  name=$1
  shift
  for d in "$@"; do [ -e "$d/$name" ] && echo "$d" && return 0; done
  return 1
}
distributed=""
if gloo=$(find_header gloo/context.h "$include" /usr/include /usr/local/include) && [ -e "$include/torch/csrc/distributed/c10d/ProcessGroupGloo.hpp" ]; then
  distributed="-DUSE_C10D_GLOO -idirafter $gloo"
  if [ -e "$lib/libtorch_cuda.so" ] && nccl=$(find_header nccl.h "$include" /usr/include /usr/local/cuda/include "$packages/nccl/include") &&
     cuda=$(find_header cuda_runtime_api.h "${CUDA_HOME:-/usr/local/cuda}/include" /usr/include "$packages"/cuda_runtime/include "$packages"/cu*/include); then
    distributed="$distributed -DUSE_C10D_NCCL -idirafter $nccl -idirafter $cuda"
  fi
fi

build="${CXX:-g++} -std=c++$std -O2 -fPIC -shared -fvisibility=hidden -w $abi -I$include -I$include/torch/csrc/api/include $here/torch_binding.cpp -L$lib -Wl,-rpath,$lib $libs -ldl"
stamp="$build $distributed $(ls -l --time-style=full-iso "$lib/libtorch_cpu.so" "$(readlink -f "$lib/libtorch_cpu.so")" 2>/dev/null | cksum)"
if [ -e "$output" ] && [ "$output" -nt "$here/torch_binding.cpp" ] && [ "$output" -nt "$here/process_group.h" ] && [ "$output" -nt "$here/recompute.h" ] && [ "$(cat "$output.stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi

mkdir -p "$(dirname "$output")"
# Headers of another release than libtorch's may not fit it, and graph nodes change between releases: what does not compile is left out.
: > "$output.log"
compile() { $build "$@" -o "$output.$$" 2>> "$output.log"; }
built=""
for recompute in "" -DWITHOUT_RECOMPUTE; do
  for groups in "$distributed" ""; do
    if compile $groups $recompute; then built=yes; break 2; fi
    if [ -z "$distributed" ]; then break; fi
  done
done
if [ -z "$built" ]; then
  cat "$output.log" >&2
  exit 1
fi
if [ "$groups" != "$distributed" ]; then echo "process groups do not compile with the headers found: built without them ($output.log says why)"; fi
if [ -n "$recompute" ]; then echo "activation checkpointing does not compile with this libtorch: built without it ($output.log says why)"; fi
mv -f "$output.$$" "$output"
printf '%s' "$stamp" > "$output.stamp"
echo "libtorch $major.$minor found in $lib: built $(basename "$output")"
