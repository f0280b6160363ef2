"""Trains a GPT-2 or LLaMA checkpoint with PyTorch, for comparison with our trainer.

Arguments: a folder with config.json, model.safetensors, batches.bin (int64, [steps, rows, T + 1]) and run.json (steps, rows, columns, learning_rate,
least, warmup, beta1, beta2, eps, weight_decay, clip_norm). Where the folder has bottleneck.json and bottleneck.safetensors, those adapters are trained
and the weights stay. Prints the loss of every step as a JSON list.
"""
import json
import math
import os
import struct
import sys

import numpy
import torch
from torch.nn import functional as F

folder = sys.argv[1]
torch.set_num_threads(1)


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(numpy.frombuffer(data[slice(*entry["data_offsets"])], dtype=numpy.float32).reshape(entry["shape"]).copy()) for name, entry in header.items()}


def attend(q, k, v):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    hidden = torch.ones(q.size(-2), k.size(-2), dtype=torch.bool).triu(1)
    return F.softmax(scores.masked_fill(hidden, float("-inf")), dim=-1) @ v


def heads_of(x, heads):
    return x.view(x.size(0), x.size(1), heads, -1).transpose(1, 2)


def adapted(w, y, layer, part):
    at = f"adapters.{layer}.{part}."
    if at + "down.weight" not in w:
        return y
    inner = F.gelu(y @ w[at + "down.weight"].t() + w[at + "down.bias"])
    return y + inner @ w[at + "up.weight"].t() + w[at + "up.bias"]


def gpt2(w, config, ids):
    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w.get(name + ".bias"), config["layer_norm_epsilon"])

    def conv1d(x, name):
        y = x @ w[name + ".weight"]
        return y + w[name + ".bias"] if name + ".bias" in w else y

    x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][:ids.size(1)]
    for layer in range(config["n_layer"]):
        at = f"transformer.h.{layer}."
        q, k, v = (heads_of(part, config["n_head"]) for part in conv1d(norm(x, at + "ln_1"), at + "attn.c_attn").chunk(3, dim=-1))
        x = x + adapted(w, conv1d(attend(q, k, v).transpose(1, 2).reshape(x.shape), at + "attn.c_proj"), layer, "attention")
        hidden = conv1d(norm(x, at + "ln_2"), at + "mlp.c_fc")
        x = x + adapted(w, conv1d(F.gelu(hidden, approximate="tanh"), at + "mlp.c_proj"), layer, "feed_forward")
    return norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].t()


def llama(w, config, ids):
    def norm(x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]) * w[name]

    def turned(x):
        half = x.size(-1) // 2
        angle = torch.outer(torch.arange(x.size(-2), dtype=torch.float64), config["rope_theta"] ** (-torch.arange(half, dtype=torch.float64) / half)).repeat(1, 2)
        return x * angle.cos().float() + torch.cat([-x[..., half:], x[..., :half]], dim=-1) * angle.sin().float()

    x = w["model.embed_tokens.weight"][ids]
    groups = config["num_attention_heads"] // config["num_key_value_heads"]
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        h = norm(x, at + "input_layernorm.weight")
        q, k, v = (heads_of(h @ w[at + f"self_attn.{part}_proj.weight"].t(), config["num_attention_heads" if part == "q" else "num_key_value_heads"]) for part in "qkv")
        k, v = turned(k).repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        x = x + adapted(w, attend(turned(q), k, v).transpose(1, 2).reshape(x.shape) @ w[at + "self_attn.o_proj.weight"].t(), layer, "attention")
        h = norm(x, at + "post_attention_layernorm.weight")
        gate, up = (h @ w[at + f"mlp.{part}_proj.weight"].t() for part in ("gate", "up"))
        x = x + adapted(w, (F.silu(gate) * up) @ w[at + "mlp.down_proj.weight"].t(), layer, "feed_forward")
    return norm(x, "model.norm.weight") @ w["model.embed_tokens.weight"].t()


config, run = (json.load(open(f"{folder}/{name}.json", encoding="utf-8")) for name in ("config", "run"))
weights = read_safetensors(f"{folder}/model.safetensors")
trained = list(weights.values())
if os.path.exists(f"{folder}/bottleneck.json"):
    adapters = read_safetensors(f"{folder}/bottleneck.safetensors")
    trained = list(adapters.values())
    weights.update(adapters)
for weight in trained:
    weight.requires_grad_(True)
forward = {"gpt2": gpt2, "llama": llama}[config["model_type"]]
decayed, free = [w for w in trained if w.dim() >= 2], [w for w in trained if w.dim() < 2]
optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": run["weight_decay"]}, {"params": free, "weight_decay": 0.0}],
                              lr=run["learning_rate"], betas=(run["beta1"], run["beta2"]), eps=run["eps"])
batches = torch.from_numpy(numpy.fromfile(f"{folder}/batches.bin", dtype=numpy.int64).reshape(run["steps"], run["rows"], run["columns"]))
losses = []
for step, batch in enumerate(batches):
    if step < run["warmup"]:
        rate = run["learning_rate"] * (step + 1) / (run["warmup"] + 1)
    else:
        progress = (step - run["warmup"]) / (run["steps"] - run["warmup"])
        rate = run["least"] + 0.5 * (1 + math.cos(math.pi * progress)) * (run["learning_rate"] - run["least"])
    for group in optimizer.param_groups:
        group["lr"] = rate
    logits = forward(weights, config, batch[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, logits.size(-1)), batch[:, 1:].reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, run["clip_norm"])
    optimizer.step()
    losses.append(loss.item())
print(json.dumps(losses))
