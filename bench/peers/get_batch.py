"""The reading of batches as nanoGPT does it, with numpy in place of torch: random windows of one file of 16-bit ids, mapped anew for each batch.

Arguments: FILE BATCHES ROWS CONTEXT.
"""
import json
import sys
import time

import numpy

path, batches, rows, context = sys.argv[1], *map(int, sys.argv[2:5])
random = numpy.random.default_rng(1)


def get_batch():
    # A map that lives on would count every page that was touched as memory of the process.
    tokens = numpy.memmap(path, dtype=numpy.uint16, mode="r")
    places = random.integers(len(tokens) - context, size=rows)
    inputs = numpy.stack([tokens[place:place + context].astype(numpy.int64) for place in places])
    targets = numpy.stack([tokens[place + 1:place + 1 + context].astype(numpy.int64) for place in places])
    return inputs, targets


numpy.fromfile(path, dtype=numpy.uint16).sum()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() != "run":
        break
    start, total = time.perf_counter(), 0
    for _ in range(batches):
        inputs, targets = get_batch()
        total += int(inputs[0, 0]) + int(targets[-1, -1])
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "figures": {"million tokens/s": batches * rows * context / seconds / 1e6}}), flush=True)
