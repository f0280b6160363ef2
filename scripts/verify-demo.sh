#!/usr/bin/env bash
# Shows that outputs depend on neither threads, batch size nor interruptions: runs a pipeline with --threads 1, with --threads 2, with an odd
# --batch, and once with a kill -9 in each step followed by another run; then compares the SHA-256 of every output file.
# usage: scripts/verify-demo.sh [PIPELINE] [--separate]      default: pipelines/demo.yaml
#   --separate   a run of its own for each killed step, not one run that is killed in every step (slow)
# The digests stay in runs/verify/*.sha256. Exit codes: 0 all equal, 1 a difference or a step that could not be killed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Files that may differ from run to run: they hold times, process ids or the order of writing.
excluded=('catalog.db' 'catalog.db-*' '*.log' 'timings*.json' 'progress*.json' 'run.json')

pipeline=pipelines/demo.yaml
separate=false
for argument; do
    if [[ $argument == --separate ]]; then separate=true; else pipeline=$argument; fi
done
work=runs/verify
rm -rf "$work"
mkdir -p "$work"
different=0

# Runs to the end; what it printed is shown only when it failed.
run_quietly() {
    local name=$1
    shift
    echo "running $name: ${*:-default settings}"
    if ! ./datapipeline run "$pipeline" --output "$work/$name" "$@" >>"$work/$name.out" 2>&1; then
        tail -n 20 "$work/$name.out"
        echo "verify: the run $name failed; all it printed is in $work/$name.out"
        exit 1
    fi
}

digest() {
    local pattern unwanted=()
    for pattern in "${excluded[@]}"; do unwanted+=(! -name "$pattern"); done
    (cd "$work/$1" && find . -type f "${unwanted[@]}" -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$work/$1.sha256"
}

compare() {
    digest "$1"
    if diff "$work/reference.sha256" "$work/$1.sha256" >"$work/$1.diff"; then
        echo "equal      $1"
    else
        echo "DIFFERENT  $1: < reference, > $1"
        sed 's/^/    /' "$work/$1.diff"
        different=1
    fi
}

# Steps in the order in which they ended, each with a third of the seconds that it took: a step is a folder with a manifest.
steps() {
    (cd "$work/reference" && find . -mindepth 2 -name manifest.json -printf '%T@ %h\n' | LC_ALL=C sort -n) | while read -r ended step; do
        began=$(stat -c %.3W "$work/reference/$step")
        awk -v ended="$ended" -v began="$began" -v step="${step#./}" 'BEGIN { print step, (began > 0 && ended > began ? (ended - began) / 3 : 0) }'
    done
}

# Starts a run and kills it in the middle of a step: its folder is there, its manifest is not. Returns 1 when the step was over before the kill.
kill_in_step() {
    local name=$1 step=$2 delay=$3 folder=$work/$1/$2 process
    # Not through a function: $! has to be the program itself, not a shell that waits for it.
    ./datapipeline run "$pipeline" --output "$work/$name" --threads 1 >>"$work/$name.out" 2>&1 &
    process=$!
    until [[ -d $folder ]] || ! kill -0 "$process" 2>/dev/null; do sleep 0.002; done
    sleep "$delay"
    kill -9 "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    [[ -d $folder && ! -f $folder/manifest.json ]]
}

make --no-print-directory build >/dev/null
run_quietly reference --threads 1
digest reference
echo "digests of $(wc -l <"$work/reference.sha256") files (threads 1), in $work/reference.sha256:"
sed 's/^\(.\{16\}\)[^ ]*/    \1/' "$work/reference.sha256"

run_quietly threads2 --threads 2
compare threads2
run_quietly batch37 --threads 2 --batch 37
compare batch37

mapfile -t all < <(steps)
((${#all[@]} > 0)) || { echo "verify: no folder with a manifest.json below $work/reference"; exit 1; }
echo "steps to be killed: ${all[*]% *}"
killed=0
for line in "${all[@]}"; do
    step=${line% *}
    name=killed
    if $separate; then name=killed-${step//\//-}; fi
    if kill_in_step "$name" "$step" "${line##* }"; then
        echo "killed     in step $step, ${line##* } s after it began"
        killed=$((killed + 1))
    else
        echo "MISSED     step $step: it was over before the kill"
    fi
    if $separate; then
        run_quietly "$name"
        compare "$name"
    fi
done
if ! $separate; then
    run_quietly killed
    compare killed
fi
echo "killed in $killed of ${#all[@]} steps"
((different == 0 && killed == ${#all[@]})) || exit 1
echo "all outputs are equal"
