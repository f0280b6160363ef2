#!/usr/bin/env bash
# Gathers real text for benchmarks into .cache/bench: en (books and articles), zh, code, html (pages). Takes what lies in ../shared/data where that is there, and this
# machine's own Python library and C headers as code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=../shared/data
target=.cache/bench
[[ -d $data ]] || { echo "bench: no $data: put text files into $target/en, zh and code yourself" >&2; [[ -d $target/en && -d $target/zh && -d $target/code ]] && exit 0; exit 4; }
mkdir -p $target/{en,zh,code}
# Latin-1 files become UTF-8; a file that is there already is left.
gather() {
    local kind=$1 file name
    shift
    for file; do
        [[ -f $file ]] || continue
        name=$target/$kind/$(basename "$(dirname "$file")")-$(basename "$file")
        [[ -e $name ]] || iconv -f UTF-8 -t UTF-8 "$file" >"$name" 2>/dev/null || iconv -f ISO-8859-1 -t UTF-8 "$file" >"$name"
    done
}
gather en $data/books/gutenberg/*.txt $data/lm/{wikitext2,tinyshakespeare,llamafactory}/*.txt $data/lm/cs336/{corpus.en,tinystories_sample.txt} $data/lm/sentencepiece/botchan.txt
gather zh $data/books/gutenberg-zh/*.txt $data/lm/{peoples-daily,thucnews-titles}/*.txt
gather code /usr/lib/python3*/*.py /usr/lib/python3*/*/*.py /usr/include/*.h /usr/include/{linux,x86_64-linux-gnu/bits}/*.h
mkdir -p $target/sentences
[[ -e $target/sentences/lingua.txt || ! -f $data/langid/lingua/sentences.tsv ]] || cut -f2 $data/langid/lingua/sentences.tsv >$target/sentences/lingua.txt
if [[ ! -d $target/html && -f $data/extraction.tar.xz ]]; then
    mkdir -p $target/html.new
    tar xf $data/extraction.tar.xz -C $target/html.new --wildcards '*/html/*' '*/source.html'
    find $target/html.new -name '*.gz' -exec gunzip {} +
    mv $target/html.new $target/html
fi
du -sh $target/*
