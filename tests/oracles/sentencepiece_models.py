#!/usr/bin/env python3
"""Trains small SentencePiece models of every kind and writes what the library makes of texts: lines {"file", "cases"} with {"hex", "ids", "decoded"}.

usage: sentencepiece_models.py TEXTS_JSONL FOLDER OUT   (needs python3-sentencepiece)
"""
import json
import sys

import sentencepiece

texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
folder, out = sys.argv[2], open(sys.argv[3], "w", encoding="utf-8")
corpus = folder + "/corpus.txt"
with open(corpus, "w", encoding="utf-8") as file:
    for text in texts * 3:
        file.write(text.replace("\n", " ").replace("\r", " ") + "\n")

user = ["hello", "<mask>", "\u4e2d\u6587", "  "]
kinds = {
    "unigram": {}, "bpe": {}, "char": {}, "word": {},
    "unigram-bytes": {"byte_fallback": True, "character_coverage": 0.98}, "bpe-bytes": {"byte_fallback": True, "character_coverage": 0.98},
    "unigram-identity": {"normalization_rule_name": "identity"}, "unigram-nfkc": {"normalization_rule_name": "nfkc"},
    "unigram-nmt_nfkc_cf": {"normalization_rule_name": "nmt_nfkc_cf"}, "unigram-user": {"user_defined_symbols": user, "control_symbols": ["<c>"]},
    "bpe-user": {"user_defined_symbols": user}, "char-user": {"user_defined_symbols": user}, "unigram-suffix": {"treat_whitespace_as_suffix": True},
    "bpe-llama": {"byte_fallback": True, "normalization_rule_name": "identity", "remove_extra_whitespaces": False, "split_digits": True},
    "bpe-plain": {"add_dummy_prefix": False, "remove_extra_whitespaces": False},
}
for name, options in kinds.items():
    kind = name.split("-")[0]
    sentencepiece.SentencePieceTrainer.train(
        input=corpus, model_prefix=f"{folder}/{name}", model_type=kind, vocab_size=900, hard_vocab_limit=False, minloglevel=2, num_threads=1, **options)
    model = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/{name}.model")
    cases = []
    for index, text in enumerate(texts):
        data = text.encode()
        if index % 5 == 4:
            data = data[: max(1, len(data) - 2)]
        ids = model.encode(data, out_type=int)
        cases.append({"hex": data.hex(), "ids": ids, "decoded": model.decode(ids)})
    for index in range(40):
        ids = [(index * 7919 + at * 104729) % model.get_piece_size() for at in range(1 + index % 9)]
        cases.append({"ids": ids, "decoded": model.decode(ids)})
    out.write(json.dumps({"file": f"{folder}/{name}.model", "cases": cases}) + "\n")
