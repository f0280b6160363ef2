#!/usr/bin/env bash
# Shows that outputs depend on neither threads, batch size nor interruptions: runs a pipeline with --threads 1, with --threads 2, with an odd
# --batch, and with a kill -9 in the middle of each step followed by another run; then compares the SHA-256 of every file of the runs.
# usage: scripts/verify-demo.sh [PIPELINE] [--separate]      default: pipelines/demo.yaml
#   --separate   a run of its own for each killed step, not one run that is killed in every step (slow)
# DATAPIPELINE names another program than ./datapipeline, which is built first otherwise.
# The digests stay in runs/verify/*.sha256. Exit codes: 0 all equal, 1 a difference or a step that could not be killed in its middle.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The catalog holds times, so it differs from run to run; everything else must be equal, the records of finished tasks included.
excluded=('catalog.db' 'catalog.db-*')

program=${DATAPIPELINE:-./datapipeline}
pipeline=pipelines/demo.yaml
separate=false
for argument; do
    if [[ $argument == --separate ]]; then separate=true; else pipeline=$argument; fi
done
work=runs/verify
tries=20
rm -rf "$work"
mkdir -p "$work"
different=0
process=

# A pipe that never says anything: reading it with a time limit sleeps without starting a process, which would take longer than a short step.
mkfifo "$work/silence"
exec {silence}<>"$work/silence"
pause() { read -rt "$1" -u "$silence" || true; }
trap '[[ -z $process ]] || kill -9 "$process" 2>/dev/null || true' EXIT

# Runs to the end; what it printed is shown only when it failed.
run_quietly() {
    local name=$1
    shift
    echo "running $name: ${*:-default settings}"
    if ! "$program" run "$pipeline" --output "$work/$name" "$@" >>"$work/$name.out" 2>&1; then
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
        echo "equal      $1: all $(wc -l <"$work/$1.sha256") files"
    else
        echo "DIFFERENT  $1: < reference, > $1"
        sed 's/^/    /' "$work/$1.diff"
        different=1
    fi
}

# Steps in the order in which they ended, each with a third of the seconds that it took: a step is a folder with a manifest.
steps() {
    (cd "$work/reference" && find . -mindepth 2 -maxdepth 2 -name manifest.json -printf '%T@ %h\n' | LC_ALL=C sort -n) | while read -r ended step; do
        began=$(stat -c %.3W "$work/reference/$step")
        awk -v ended="$ended" -v began="$began" -v step="${step#./}" 'BEGIN { printf "%s %.3f\n", step, (began > 0 && ended > began ? (ended - began) / 3 : 0) }'
    done
}

# True while a task of the step is at work: its folder for new files is there and the step's manifest is not.
in_task() { [[ ! -f $1/manifest.json ]] && compgen -G "$1/.work-*" >/dev/null; }

# Starts a run and kills it in the middle of a task of a step. The process is halted (SIGSTOP) before it is looked at, so that it cannot leave the
# task between the look and the kill; it runs on for a millisecond at a time until the moment has come. Returns 1 when the step was over before.
kill_in_step() {
    local name=$1 step=$2 delay=$3 folder=$work/$1/$2 hit=1
    # Not through a function: $! has to be the program itself, not a shell that waits for it. nice: the watcher has to be the quicker one.
    nice -n 10 "$program" run "$pipeline" --output "$work/$name" --threads 1 >>"$work/$name.out" 2>&1 &
    process=$!
    until [[ -d $folder ]] || ! kill -0 "$process" 2>/dev/null; do pause 0.001; done
    if [[ $delay != 0 ]]; then pause "$delay"; fi
    while kill -STOP "$process" 2>/dev/null; do
        if in_task "$folder"; then
            hit=0
            left=$(cd "$folder" && find . -type f ! -path './.tasks/*' | wc -l)
            records=$(find "$folder/.tasks" -name '*.json' | wc -l)
            break
        fi
        [[ ! -f $folder/manifest.json ]] || break
        kill -CONT "$process"
        pause 0.001
    done
    kill -9 "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    process=
    return $hit
}

[[ -n ${DATAPIPELINE:-} ]] || make --no-print-directory build >/dev/null
run_quietly reference --threads 1
digest reference
echo "digests of $(wc -l <"$work/reference.sha256") files (threads 1), in $work/reference.sha256:"
grep -v '/\.tasks/' "$work/reference.sha256" | sed 's/^\(.\{16\}\)[^ ]*/    \1/'

run_quietly threads2 --threads 2
compare threads2
run_quietly batch37 --threads 2 --batch 37
compare batch37

mapfile -t all < <(steps)
((${#all[@]} > 0)) || { echo "verify: no folder with a manifest.json below $work/reference"; exit 1; }
echo "steps to be killed: ${all[*]% *}"
killed=0
for line in "${all[@]}"; do
    step=${line% *} delay=${line##* }
    name=killed
    if $separate; then name=killed-${step//\//-}; fi
    for ((try = 1; try <= tries; try++)); do
        if kill_in_step "$name" "$step" "$delay"; then
            echo "killed     in step $step, $delay s after it began, within a task: $records tasks done before, $left files begun or done (try $try)"
            killed=$((killed + 1))
            break
        fi
        # Over too soon: the step is undone and tried again, earlier.
        rm -rf "${work:?}/$name/$step"
        delay=$(awk -v delay="$delay" 'BEGIN { print (delay > 0.01 ? delay / 2 : 0) }')
    done
    ((try <= tries)) || echo "MISSED     step $step: it was over before the kill in each of $tries tries"
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
