#!/usr/bin/env bash
# Shows two things of training on this machine:
#   resume   a run of 400 steps that is killed (kill -9) at three random points and goes on each time gives the losses, weights, optimizer
#            state and every other file of one that was not killed, by SHA-256
#   memory   10,000 steps of pretraining and 1,000 of preference optimisation keep their memory: the growth of the resident set behind step
#            500 (100 of the latter) is under 20 MB
# usage: scripts/verify-training.sh [resume|memory]      default: both
# DATAPIPELINE names another program than ./datapipeline, which is built first otherwise. RANDOM_SEED (7) draws the points.
# Exit codes: 0 all is so, 1 it is not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${DATAPIPELINE:-./datapipeline}
[[ -n ${DATAPIPELINE:-} ]] || make --no-print-directory build >/dev/null
what=${1:-both}
work=runs/verify-training
rm -rf "$work"
mkdir -p "$work"
RANDOM=${RANDOM_SEED:-7}
most=20
wrong=0
process=
trap '[[ -z $process ]] || kill -9 "$process" 2>/dev/null || true' EXIT

# Arguments: name, steps of pretraining, its checkpoint interval, steps of preference optimisation.
pipeline() {
    cat >"$work/$1.yaml" <<END
name: $1
seed: 3
sources:
  books: { read: { books: { files: samples/books/*.txt } } }
  dialogue: { read: { messages: { files: samples/dialogue/*.jsonl } } }
  preference: { read: { preference: { files: samples/preference/*.jsonl } } }
tokenizer: { train: { vocabulary_size: 512 } }
shards: {}
mix: { weights: { books: 0.5, dialogue: 0.5 }, validation: 0.05, max_epochs: 1000 }
train:
  pretrain:
    model: { gpt2: { layers: 2, heads: 4, width: 64, context: 64, dropout: 0.1 } }
    batch: 4
    run: { steps: $2, eval_interval: $(($2 / 8)), checkpoint_interval: $3 }
  dpo:
    run: { steps: $4, batch: 4, eval_interval: $(($4 / 4)), checkpoint_interval: $3 }
END
}

# Steps in the log of a step at work; 0 while there is none.
steps_of() { { tail -q -n 2 "$work/$1/$2"/.scratch-*/log.jsonl 2>/dev/null || true; } | sed -n 's/^{"step":\([0-9]*\),.*/\1/p' | sort -n | tail -n 1; }

start() { "$program" run "$work/$1.yaml" --output "$work/$1" >>"$work/$1.out" 2>&1 & process=$!; }

finish() { wait "$process" || { tail -n 5 "$work/$1.out"; exit 1; }; process=; }

digest() { (cd "$work/$1" && find train.pretrain train.dpo -maxdepth 1 -type f ! -name manifest.json -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

resume() {
    local points point at
    pipeline whole 400 25 40
    sed 's/^name: .*/name: whole/' "$work/whole.yaml" >"$work/killed.yaml"
    start whole
    finish whole
    points=$(for _ in 1 2 3; do echo $((RANDOM % 380 + 10)); done | sort -n)
    for point in $points; do
        start killed
        while at=$(steps_of killed train.pretrain) && [[ ${at:-0} -lt $point ]] && kill -0 "$process" 2>/dev/null; do sleep 0.02; done
        kill -9 "$process" 2>/dev/null || { echo "resume: the run was over before step $point"; wrong=1; }
        wait "$process" 2>/dev/null || true
        process=
        echo "resume: killed at step $(steps_of killed train.pretrain) of 400 (drawn: $point)"
    done
    start killed
    finish killed
    grep 'goes on' "$work/killed.out" | sed 's/^/resume: /'
    if [[ $(digest whole) == "$(digest killed)" ]]; then
        echo "resume: equal: $(digest whole | wc -l) files, $(grep -c '"kind":"train"' "$work/whole/train.pretrain/log.jsonl") losses"
        digest killed | grep -E 'log.jsonl|safetensors' | sed 's/^/    /'
    else
        echo "resume: DIFFERENT: < undisturbed, > killed"
        diff <(digest whole) <(digest killed) | sed 's/^/    /' || true
        wrong=1
    fi
}

# Arguments: step of the run, steps from which memory is to be constant.
watch() {
    local step=$1 from=$2 at rss first= peak=0
    while kill -0 "$process" 2>/dev/null && [[ ! -f $work/long/$step/manifest.json ]]; do
        at=$(steps_of long "$step")
        rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)
        if [[ ${at:-0} -ge $from && -n $rss ]]; then
            first=${first:-$rss}
            ((rss <= peak)) || peak=$rss
        fi
        sleep 0.2
    done
    if [[ -z $first ]]; then echo "memory: $step was too short to be watched"; wrong=1; return; fi
    awk -v step="$step" -v from="$from" -v first="$first" -v peak="$peak" -v most="$most" 'BEGIN {
        grown = (peak - first) / 1024
        printf "memory: %s: %.1f MB resident at step %d, at most %.1f MB behind it: %+.1f MB (allowed %d)\n", step, first / 1024, from, peak / 1024, grown, most
        exit grown < most ? 0 : 1 }' || wrong=1
}

memory() {
    pipeline long 10000 2500 1000
    start long
    watch train.pretrain 500
    watch train.dpo 100
    finish long
}

[[ $what == memory ]] || resume
[[ $what == resume ]] || memory
exit $wrong
