#!/usr/bin/env bash
# Trains the built-in language model with our own trainer, the same bytes on any number of threads:
#   train_default_model.sh LANGID_DATA WORK_DIR OUT.ftz [THREADS]
# Needs python3 and ./datapipeline (make build). Prints its accuracy on lines that it was not trained on, by language for sentences.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
program=$here/../../../datapipeline
data=$1 work=$2 out=$3 threads=${4:-$(nproc)}
python3 "$here/prepare_default_model.py" "$data" "$work"
"$program" classifier train --input "$work/train.txt" --output "$out" --threads "$threads" \
    --dim 16 --minn 1 --maxn 4 --min-count 5 --bucket 1000000 --lr 0.4 --epoch 5 --qnorm --cutoff 108000 --retrain-epochs 4 --retrain-lr 0.2
for set in sentences word-pairs single-words; do
    echo "$set"
    "$program" classifier test --model "$out" --input "$work/heldout.$set.txt" $([[ $set == sentences ]] && echo --labels)
done
