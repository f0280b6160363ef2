#!/bin/sh
# Trains small models of every kind with fastText's own program (apt-get install fasttext) and writes what it predicts for sentences.txt:
# a line each, "label score" pairs best first, an empty line where it predicts nothing. A literal </s> ends a line for fastText, so the rest of
# line 8 is cut off here, and the prediction for its empty remainder (line 9) is taken out.
set -eu
cd "$(dirname "$0")"
sed 's/<\/s>.*/<\/s>/' sentences.txt | tr -d '\000' > /tmp/sentences.txt
train() { name=$1; shift; fasttext supervised -input train.txt -output "$name" -dim 4 -epoch 400 -lr 0.5 -minCount 1 -thread 1 -verbose 0 "$@"; rm -f "$name.vec"; }
train softmax -loss softmax -bucket 500 -minn 2 -maxn 4 -wordNgrams 1
train hs -loss hs -bucket 500 -minn 1 -maxn 3 -wordNgrams 2
train ns -loss ns -bucket 300 -wordNgrams 3
train ova -loss ova -bucket 300 -minn 3 -maxn 3
train plain -loss softmax -bucket 0
cp softmax.bin quantized.bin
fasttext quantize -input train.txt -output quantized -qnorm -cutoff 300 -retrain -thread 1 -verbose 0
cp hs.bin quantized-output.bin
fasttext quantize -input train.txt -output quantized-output -dsub 3 -thread 1 -verbose 0
rm -f quantized.bin quantized-output.bin quantized.vec quantized-output.vec
for model in softmax.bin hs.bin ns.bin ova.bin plain.bin quantized.ftz quantized-output.ftz; do
    fasttext predict-prob "$model" /tmp/sentences.txt 4 | sed "9d" > "$model.expected"
done
