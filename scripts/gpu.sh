#!/usr/bin/env bash
# Checks and times the trainer on a machine with a GPU that has PyTorch and a C++ compiler, but needs neither .NET nor a network.
#   scripts/gpu.sh publish [FOLDER]    here: builds FOLDER/datapipeline-gpu.tar.gz (default .cache/gpu), the program with its .NET inside
#   gpu.sh check OUT [DEVICE]          there, in the unpacked archive: builds the native file against PyTorch's libtorch, compares training on
#                                      DEVICE (default cuda) with the CPU and with the numbers of the publishing machine, times a GPT-2 of 124M
#                                      parameters against PyTorch eager and compiled, runs the demo, and writes OUT/gpu.md. Under ten minutes.
# PYTHON (python3) is the Python with PyTorch, CXX (g++) the compiler, SPEED more arguments for the timing (--batch 8; --layers 2 on a CPU).
# Exit codes: 0 all is right, 1 a check failed, 4 something is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "gpu: $*" >&2; exit 4; }

publish() {
    local folder work
    cd "$here/.."
    folder=$(realpath -m "${1:-.cache/gpu}")
    work=$folder/datapipeline-gpu
    rm -rf "$work"
    mkdir -p "$work/native"
    dotnet publish src/Cli -c Release -r linux-x64 --self-contained --nologo -v quiet -o "$work/app"
    # The numbers that the other machine has to give: from this machine's libtorch, which the tests compare with PyTorch's recorded ones.
    "$work/app/datapipeline" device check --device cpu --output "$work/reference.json" >/dev/null
    rm -f "$work"/app/*.pdb "$work"/app/*.xml "$work"/app/libdatapipeline_torch.so
    cp src/Torch/native/build.sh src/Torch/native/torch_binding.cpp "$work/native/"
    cp scripts/gpu.sh bench/peers/gpt2_speed.py pipelines/demo.yaml "$work/"
    cp -r samples "$work/samples"
    rm -rf "$work/samples/sources"
    tar -C "$folder" -czf "$folder/datapipeline-gpu.tar.gz" datapipeline-gpu
    rm -rf "$work"
    echo "gpu: $folder/datapipeline-gpu.tar.gz, $(du -h "$folder/datapipeline-gpu.tar.gz" | cut -f1)"
}

# Where PyTorch is, and the folders of its own libraries and of those that NVIDIA's wheels bring.
libtorch() {
    "$python" - <<'END'
import glob, os, torch
root = os.environ.get("LIBTORCH") or os.path.dirname(torch.__file__)
print(root)
print(":".join([os.path.join(root, "lib")] + sorted(glob.glob(os.path.join(os.path.dirname(os.path.dirname(torch.__file__)), "nvidia", "**", "lib"), recursive=True))))
END
}

build() {
    local output=$here/app/libdatapipeline_torch.so
    rm -f "$output"
    # Newer headers may ask for a newer C++ than build.sh knows of.
    timeout 150 sh "$here/native/build.sh" "$output" || TORCH_CXX_STANDARD=20 timeout 150 sh "$here/native/build.sh" "$output" || return 1
    [[ -e $output ]] || return 1
    ldd "$output" | grep 'not found' || true
}

page() {
    "$python" - "$work" "$device" <<'END'
import json, os, platform, subprocess, sys
import torch
work, device = sys.argv[1:]
read = lambda name: open(os.path.join(work, name), encoding="utf-8").read() if os.path.exists(os.path.join(work, name)) else ""
card = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"], capture_output=True, text=True).stdout.strip() if device != "cpu" else "none"
sides = [json.loads(read(name)) for name in ("ours.json", "eager.json", "compile.json") if read(name).strip()]
print(f"# The trainer on {card or device}\n")
print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {os.cpu_count()} processors ({platform.machine()}).\n")
print(f"## Checks\n\n```\n{read('check.txt')}```\n")
print("## Speed\n")
ours = next((side for side in sides if "flops_per_token" in side), None)
if ours:
    ours["name"] = f"DataPipeline, libtorch {ours['torch']}"
    print(f"GPT-2 of {ours['parameters']:,} parameters, {ours['tokens_per_step']:,} tokens a step, {ours['steps']} steps; {ours['flops_per_token']:.4g} FLOPs a token with the whole square of attention.\n")
print("| side | tokens/s | ms a step | MFU | of PyTorch eager |\n|---|---|---|---|---|")
eager = next((side["tokens_per_second"] for side in sides if "eager" in side["name"]), None)
for side in sides:
    mfu = f"{side['tokens_per_second'] * ours['flops_per_token'] / ours['peak']:.1%}" if ours and ours["peak"] else "-"
    print(f"| {side['name']} | {side['tokens_per_second']:,.0f} | {1000 * side['seconds_per_step']:.1f} | {mfu} | {side['tokens_per_second'] / eager:.2f} |" if eager else f"| {side['name']} | {side['tokens_per_second']:,.0f} | {1000 * side['seconds_per_step']:.1f} | {mfu} | - |")
if read("demo.txt"):
    print(f"\n## Demo\n\n```\n{read('demo.txt')}```")
END
}

# Everything that training does around the model: batches in pinned memory, checkpoints, validation, samples.
demo() {
    cd "$here"
    rm -rf runs
    timeout 150 app/datapipeline run demo.yaml --threads "$(nproc)" >demo.out 2>&1 || { tail -n 5 demo.out >&2; return 1; }
    grep -E '^train\.[a-z]*: |validation loss' demo.out >"$work/demo.txt"
    cp runs/demo/train.pretrain/loss.svg "$out/"
}

check() {
    out=$(mkdir -p "${1:?usage: gpu.sh check OUT [DEVICE]}" && cd "$1" && pwd)
    device=${2:-cuda}
    python=${PYTHON:-python3}
    work=$here/work
    rm -rf "$work"
    mkdir "$work"
    local wrong=0 places speed
    places=$(libtorch 2>"$out/errors.txt") || { cat "$out/errors.txt" >&2; fail "$python has no PyTorch: name one that has by PYTHON"; }
    LIBTORCH=$(head -n 1 <<<"$places")
    LD_LIBRARY_PATH=$(tail -n 1 <<<"$places")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LIBTORCH LD_LIBRARY_PATH OMP_WAIT_POLICY=PASSIVE
    command -v "${CXX:-g++}" >/dev/null || fail "there is no C++ compiler: apt-get install g++, or conda install gxx_linux-64 and set CXX"
    date -u +'gpu: %T building the native file'
    build 2>&1 | tee "$out/build.txt" || { echo "gpu: the native file was not built: $out/build.txt says why" >&2; return 1; }
    date -u +'gpu: %T checks'
    timeout 150 "$here/app/datapipeline" device check --device "$device" --reference "$here/reference.json" 2>&1 | tee "$work/check.txt" || wrong=1
    read -ra speed <<<"${SPEED:-}"
    date -u +'gpu: %T speed of DataPipeline'
    timeout 100 "$here/app/datapipeline" device speed --device "$device" --json "${speed[@]}" >"$work/ours.json" 2>>"$out/errors.txt" || { wrong=1; rm -f "$work/ours.json"; }
    date -u +'gpu: %T speed of PyTorch'
    timeout 80 "$python" "$here/gpt2_speed.py" --device "$device" "${speed[@]}" >"$work/eager.json" 2>>"$out/errors.txt" || { wrong=1; rm -f "$work/eager.json"; }
    date -u +'gpu: %T speed of PyTorch, compiled'
    timeout 170 "$python" "$here/gpt2_speed.py" --device "$device" --compile "${speed[@]}" >"$work/compile.json" 2>>"$out/errors.txt" || { echo "gpu: torch.compile did not run" >&2; rm -f "$work/compile.json"; }
    page >"$out/gpu.md"
    date -u +'gpu: %T demo'
    (demo) || wrong=1
    page | tee "$out/gpu.md"
    ((wrong == 0)) || { tail -n 20 "$out/errors.txt" >&2; return 1; }
}

case ${1:-} in
    publish) publish "${2:-}" ;;
    check) check "${2:-}" "${3:-}" ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
