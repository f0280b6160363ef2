"""A GPT in PyTorch with nanoGPT's CPU settings for Tiny Shakespeare, as a side of the training contest.

Arguments: TEXT STEPS SEED. Operators are those an eager PyTorch 1.13 model uses: no fused attention exists there. Training alone is timed.
"""
import json
import math
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

LAYERS, HEADS, WIDTH, CONTEXT, ROWS = 4, 4, 128, 64, 12
RATE, LEAST, WARMUP, DECAY_STEPS = 1e-3, 1e-4, 100, 2000


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.Parameter(torch.ones(WIDTH)), nn.Parameter(torch.ones(WIDTH))
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)
        self.register_buffer("seen", torch.tril(torch.ones(CONTEXT, CONTEXT)).view(1, 1, CONTEXT, CONTEXT))

    def forward(self, x):
        rows, time_, _ = x.size()
        q, k, v = self.qkv(F.layer_norm(x, (WIDTH,), self.norm1)).split(WIDTH, dim=2)
        q, k, v = (part.view(rows, time_, HEADS, WIDTH // HEADS).transpose(1, 2) for part in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.seen[:, :, :time_, :time_] == 0, float("-inf"))
        mixed = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(rows, time_, WIDTH)
        x = x + self.out(mixed)
        return x + self.down(F.gelu(self.up(F.layer_norm(x, (WIDTH,), self.norm2))))


class Gpt(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.Parameter(torch.ones(WIDTH))
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * LAYERS) if name.endswith(("out.weight", "down.weight")) else 0.02)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.size(1)))
        for block in self.blocks:
            x = block(x)
        return F.linear(F.layer_norm(x, (WIDTH,), self.norm), self.tokens.weight)


def loss_of(model, data, starts):
    inputs = torch.stack([torch.from_numpy(data[at:at + CONTEXT]) for at in starts])
    targets = torch.stack([torch.from_numpy(data[at + 1:at + 1 + CONTEXT]) for at in starts])
    logits = model(inputs)
    return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


def rate_at(step):
    if step < WARMUP:
        return RATE * (step + 1) / (WARMUP + 1)
    return LEAST + 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (DECAY_STEPS - WARMUP))) * (RATE - LEAST)


def run(path, steps, seed):
    started = time.process_time()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    ranks = {character: rank for rank, character in enumerate(sorted(set(text)))}
    ids = numpy.array([ranks[character] for character in text], dtype=numpy.int64)
    training, validation = ids[:int(len(ids) * 0.9)], ids[int(len(ids) * 0.9):]
    torch.manual_seed(seed)
    model = Gpt(len(ranks))
    matrices, vectors = [p for p in model.parameters() if p.dim() >= 2], [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], lr=RATE, betas=(0.9, 0.99))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step)
        loss = loss_of(model, training, torch.randint(len(training) - CONTEXT, (ROWS,)).tolist())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    seconds = time.process_time() - started
    windows = list(range(0, (len(validation) - 1) // CONTEXT * CONTEXT, CONTEXT))
    with torch.no_grad():
        total = sum(loss_of(model, validation, windows[at:at + 128]).item() * len(windows[at:at + 128]) for at in range(0, len(windows), 128))
    return {"training CPU s": seconds, "validation loss": total / len(windows), "tokens per CPU s": steps * ROWS * CONTEXT / seconds}


torch.set_num_threads(1)
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() != "run":
        break
    start = time.perf_counter()
    figures = run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"seconds": time.perf_counter() - start, "figures": figures}), flush=True)
