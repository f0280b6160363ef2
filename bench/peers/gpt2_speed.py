"""Times the training of a GPT-2 in PyTorch: the peer of `datapipeline device speed`, with the same shape, batch, optimizer and precision.

Prints one JSON object. With --compile the step's forward and loss go through torch.compile (2.x). Fused attention and the fused AdamW are used where
they are there. Time is wall time between synchronised ends, warm-up left out.
"""
import argparse
import contextlib
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cuda")
parser.add_argument("--compile", action="store_true")
parser.add_argument("--precision", choices=["float32", "bfloat16"], default="bfloat16")
for name, value in dict(layers=12, heads=12, width=768, context=1024, vocabulary=50304, batch=16, steps=20, warmup=5, threads=1).items():
    parser.add_argument(f"--{name}", type=int, default=value)
settings = parser.parse_args()


def attend(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    later = torch.ones(q.size(-2), q.size(-2), dtype=torch.bool, device=q.device).triu(1)
    return F.softmax(scores.masked_fill(later, float("-inf")), dim=-1) @ v


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        width = settings.width
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        rows, length, width = x.shape
        q, k, v = (part.view(rows, length, settings.heads, -1).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, dim=-1))
        x = x + self.out(attend(q, k, v).transpose(1, 2).reshape(rows, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(settings.vocabulary, settings.width), nn.Embedding(settings.context, settings.width)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(settings.layers)), nn.LayerNorm(settings.width)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.size(1), device=ids.device))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.float().view(-1, logits.size(-1)), targets.view(-1))


torch.set_num_threads(settings.threads)
torch.manual_seed(1)
device = torch.device(settings.device)
on_card = device.type == "cuda"
model = Gpt2().to(device)
step_loss = torch.compile(model) if settings.compile else model
matrices, vectors = [p for p in model.parameters() if p.dim() >= 2], [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}], lr=6e-4, betas=(0.9, 0.95), **({"fused": True} if on_card else {}))
batches = torch.randint(settings.vocabulary, (settings.warmup + settings.steps, settings.batch, settings.context + 1))
half = (lambda: torch.autocast(device.type, torch.bfloat16)) if settings.precision == "bfloat16" else contextlib.nullcontext
started = 0.0
for number, batch in enumerate(batches):
    if number == settings.warmup:
        if on_card:
            torch.cuda.synchronize()
        started = time.perf_counter()
    batch = batch.to(device)
    with half():
        loss = step_loss(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    # A training that shows its loss waits for it; ours does in each step.
    shown = loss.item()
if on_card:
    torch.cuda.synchronize()
seconds = (time.perf_counter() - started) / settings.steps
print(json.dumps({
    "name": f"PyTorch {torch.__version__}, {'torch.compile' if settings.compile else 'eager'}", "parameters": sum(p.numel() for p in model.parameters()),
    "seconds_per_step": seconds, "tokens_per_second": settings.batch * settings.context / seconds, "loss": shown,
}))
