#!/bin/sh
# Trains the default language model: train_default_model.sh LANGID_DATA WORK_DIR OUT.ftz
# Needs python3 and fastText's command line program (apt-get install fasttext). One thread, so that a second run gives the same bytes.
set -eu
here=$(dirname "$0")
data=$1 work=$2 out=$3
python3 "$here/prepare_default_model.py" "$data" "$work"
fasttext supervised -input "$work/train.txt" -output "$work/model" -dim 16 -minn 1 -maxn 5 -minCount 5 -bucket 1000000 \
    -loss softmax -lr 0.4 -epoch 8 -thread 1 -verbose 0
fasttext quantize -input "$work/train.txt" -output "$work/model" -qnorm -cutoff 110000 -retrain -lr 0.2 -epoch 5 -thread 1 -verbose 0
cp "$work/model.ftz" "$out"
for set in sentences word-pairs single-words; do
    echo "$set"
    fasttext test "$out" "$work/heldout.$set.txt"
done
