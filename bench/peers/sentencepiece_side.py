"""The C++ library of SentencePiece, by Debian's python3-sentencepiece, as a side of the tokenizer contests.

Arguments: train CORPUS.txt MODEL-PREFIX VOCABULARY-SIZE, or encode MODEL LINES.jsonl. Only the calls of the library are timed.
"""
import hashlib
import json
import sys
import time
from array import array

import sentencepiece

if sys.argv[1] == "train":
    sentencepiece.SentencePieceTrainer.train(input=sys.argv[2], model_prefix=sys.argv[3], vocab_size=int(sys.argv[4]), model_type="unigram",
                                             max_sentence_length=1 << 20, minloglevel=2)
    sys.exit()

model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() != "run":
        break
    start = time.perf_counter()
    encoded = [model.encode(text) for text in texts]
    seconds = time.perf_counter() - start
    digest = hashlib.sha256()
    for ids in encoded:
        digest.update(array("i", [len(ids)]).tobytes())
        digest.update(array("i", ids).tobytes())
    print(json.dumps({"seconds": seconds, "digest": digest.hexdigest()[:16], "figures": {"tokens": sum(map(len, encoded))}}), flush=True)
