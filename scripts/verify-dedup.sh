#!/usr/bin/env bash
# Shows that `dedup` gives the same bytes for any threads and memory, and after kill -9 at any moment: runs it on JSON lines with --threads 1 and 2 and with
# the memory settings 16 and 100000, then kills it KILLS times at random moments, each time going on with the same command, and compares every output.
# usage: scripts/verify-dedup.sh FILE.jsonl [KINDS] [KILLS] [SETTINGS.yaml]      defaults: minhash, 20
# DATAPIPELINE names another program than ./datapipeline. Exit codes: 0 all equal, 1 a difference.
set -euo pipefail
file=$(realpath "$1")
kinds=${2:-minhash}
kills=${3:-20}
settings=${4:+$(realpath "$4")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${DATAPIPELINE:-./datapipeline}
work=runs/verify-dedup
rm -rf "$work"
mkdir -p "$work"
RANDOM=7

# Arguments: name, memory, threads.
start() {
    { [[ -z $settings ]] || cat "$settings"; echo "memory: $2"; } >"$work/$1.yaml"
    exec "$program" dedup "$file" --kind "$kinds" --settings "$work/$1.yaml" --output "$work/$1" --threads "$3" >>"$work/$1.out" 2>&1
}

digest() { (cd "$work/$1" && find . -maxdepth 1 -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

compare() {
    if [[ $(digest "$1") == "$(digest reference)" ]]; then
        echo "equal      $1: $(digest "$1" | wc -l) files"
    else
        echo "DIFFERENT  $1"
        different=1
    fi
}

different=0
began=$(date +%s%N)
(start reference 100000 2)
length=$((($(date +%s%N) - began) / 1000000))
echo "reference: $length ms"
(start memory16 16 2)
compare memory16
(start threads1 16 1)
compare threads1

struck=0
for ((i = 0; i < kills; i++)); do
    (start killed 16 2) &
    # A task that was finished is not done again, so a random moment of what is left falls into every part of the run.
    moment=$(((RANDOM % 900 + 50) * length / 2000 + 150))
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    if kill -9 $! 2>/dev/null; then
        struck=$((struck + 1))
        wait $! 2>/dev/null || true
        # The last output stands where a run came to its end: begin anew, so that every kill has something to strike.
        [[ ! -e $work/killed/summary.json ]] || rm -rf "$work/killed"
    else
        wait $! || true
        compare killed
        rm -rf "$work/killed"
    fi
done
(start killed 16 2)
compare killed
echo "killed $struck times"
exit $different
