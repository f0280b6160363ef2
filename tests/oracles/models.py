"""Small models in Hugging Face's files with the logits they give, for tests/DataPipeline.Train.Tests/Models.

/usr/bin/python3 tests/oracles/models.py tests/DataPipeline.Train.Tests/Models      (Debian's python3-torch)

Written from the published architectures (transformers is not needed): random weights under the names and layouts of the named class, a forward
pass in float64 with plain loops over heads, and safetensors written by hand; one model is in shards.
"""
import json
import math
import os
import struct
import sys

import torch

V, T = 40, 14
torch.manual_seed(7)


def rand(*shape, scale=0.3):
    return (torch.randn(*shape) * scale).to(torch.float32)


def norm_weight(n):
    return (1 + torch.randn(n) * 0.2).to(torch.float32)


def write(path, tensors):
    header, at = {}, 0
    for name, tensor in tensors.items():
        n = tensor.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + n]}
        at += n
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)))
        f.write(text)
        for tensor in tensors.values():
            f.write(tensor.contiguous().numpy().tobytes())


def save(folder, config, tensors, logits, tokens, shards=1):
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(os.path.join(folder, "config.json"), "w"), indent=1)
    names = list(tensors)
    if shards == 1:
        write(os.path.join(folder, "model.safetensors"), tensors)
    else:
        index = {"metadata": {"total_size": sum(t.numel() * 4 for t in tensors.values())}, "weight_map": {}}
        for i in range(shards):
            name = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
            part = {n: tensors[n] for n in names[i::shards]}
            write(os.path.join(folder, name), part)
            index["weight_map"].update({n: name for n in part})
        json.dump(index, open(os.path.join(folder, "model.safetensors.index.json"), "w"), indent=1)
    json.dump({"tokens": tokens, "logits": [[float(f"{x:.8g}") for x in row] for row in logits.tolist()]}, open(os.path.join(folder, "expected.json"), "w"))


def attend(q, k, v, allowed, bias=None):
    """One head: q, k, v [T, D]."""
    scores = q @ k.T / math.sqrt(q.shape[1])
    if bias is not None:
        scores = scores + bias
    return torch.softmax(scores.masked_fill(~allowed, float("-inf")), -1) @ v


def layer_norm(x, w, b, eps):
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(((x - mean) ** 2).mean(-1, keepdim=True) + eps) * w + b


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def gpt2(first):
    """GPT2LMHeadModel with norms before the parts; OpenAIGPTLMHeadModel (`first`) with norms behind."""
    d, heads, layers, context, eps = 16, 2, 2, 20, 1e-5
    emb, pos = ("tokens_embed", "positions_embed") if first else ("wte", "wpe")
    w = {f"{emb}.weight": rand(V, d), f"{pos}.weight": rand(context, d)}
    for i in range(layers):
        for n in ("ln_1", "ln_2"):
            w[f"h.{i}.{n}.weight"], w[f"h.{i}.{n}.bias"] = norm_weight(d), rand(d)
        for n, (a, b) in {"attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d), "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}.items():
            w[f"h.{i}.{n}.weight"], w[f"h.{i}.{n}.bias"] = rand(a, b), rand(b)  # Conv1D: [in, out]
    if not first:
        w["ln_f.weight"], w["ln_f.bias"] = norm_weight(d), rand(d)
    tokens = torch.randint(0, V, (T,)).tolist()
    D = {k: v.double() for k, v in w.items()}
    x = D[f"{emb}.weight"][tokens] + D[f"{pos}.weight"][:T]
    causal = torch.ones(T, T).tril().bool()
    for i in range(layers):
        g = lambda n: D[f"h.{i}.{n}"]
        ln = lambda y, n: layer_norm(y, g(n + ".weight"), g(n + ".bias"), eps)

        def attention(y):
            q, k, v = (y @ g("attn.c_attn.weight") + g("attn.c_attn.bias")).split(d, -1)
            s = d // heads
            out = torch.cat([attend(q[:, h * s:h * s + s], k[:, h * s:h * s + s], v[:, h * s:h * s + s], causal) for h in range(heads)], -1)
            return out @ g("attn.c_proj.weight") + g("attn.c_proj.bias")

        def mlp(y):
            return gelu_tanh(y @ g("mlp.c_fc.weight") + g("mlp.c_fc.bias")) @ g("mlp.c_proj.weight") + g("mlp.c_proj.bias")

        if first:
            x = ln(x + attention(x), "ln_1")
            x = ln(x + mlp(x), "ln_2")
        else:
            x = x + attention(ln(x, "ln_1"))
            x = x + mlp(ln(x, "ln_2"))
    if not first:
        x = layer_norm(x, D["ln_f.weight"], D["ln_f.bias"], eps)
    logits = x @ D[f"{emb}.weight"].T
    base = {"vocab_size": V, "n_embd": d, "n_layer": layers, "n_head": heads, "n_positions": context, "layer_norm_epsilon": eps, "resid_pdrop": 0.1}
    if first:
        # These files name tensors without the prefix of the class with a head.
        return {**base, "model_type": "openai-gpt", "afn": "gelu"}, w, logits, tokens
    # As published: no prefix, and the causal masks among the weights.
    for i in range(layers):
        w[f"h.{i}.attn.bias"] = torch.ones(context, context).tril().view(1, 1, context, context)
    return {**base, "model_type": "gpt2", "n_inner": None, "activation_function": "gelu_new"}, w, logits, tokens


def bloom():
    d, heads, layers, eps = 18, 6, 2, 1e-5  # 6 heads: slopes of 4, then every second of 8
    w = {"word_embeddings.weight": rand(V, d)}
    norms = ["word_embeddings_layernorm", "ln_f"] + [f"h.{i}.{n}" for i in range(layers) for n in ("input_layernorm", "post_attention_layernorm")]
    for n in norms:
        w[n + ".weight"], w[n + ".bias"] = norm_weight(d), rand(d)
    for i in range(layers):
        for n, (a, b) in {"self_attention.query_key_value": (3 * d, d), "self_attention.dense": (d, d), "mlp.dense_h_to_4h": (4 * d, d), "mlp.dense_4h_to_h": (d, 4 * d)}.items():
            w[f"h.{i}.{n}.weight"], w[f"h.{i}.{n}.bias"] = rand(a, b), rand(a)
    slopes = [2 ** (-8 * k / 4) for k in range(1, 5)] + [2 ** (-8 * k / 8) for k in (1, 3)]
    tokens = torch.randint(0, V, (T,)).tolist()
    D = {k: v.double() for k, v in w.items()}
    ln = lambda y, n: layer_norm(y, D[n + ".weight"], D[n + ".bias"], eps)
    lin = lambda y, n: y @ D[n + ".weight"].T + D[n + ".bias"]
    x = ln(D["word_embeddings.weight"][tokens], "word_embeddings_layernorm")
    causal = torch.ones(T, T).tril().bool()
    place = torch.arange(T).double()
    for i in range(layers):
        qkv = lin(ln(x, f"h.{i}.input_layernorm"), f"h.{i}.self_attention.query_key_value").view(T, heads, 3, d // heads)
        # transformers adds slope * position of the key; softmax does not see the difference to slope * distance.
        out = torch.cat([attend(qkv[:, h, 0], qkv[:, h, 1], qkv[:, h, 2], causal, slopes[h] * place.view(1, T)) for h in range(heads)], -1)
        x = x + lin(out, f"h.{i}.self_attention.dense")
        x = x + lin(gelu_tanh(lin(ln(x, f"h.{i}.post_attention_layernorm"), f"h.{i}.mlp.dense_h_to_4h")), f"h.{i}.mlp.dense_4h_to_h")
    logits = ln(x, "ln_f") @ D["word_embeddings.weight"].T
    return {"model_type": "bloom", "vocab_size": V, "n_embed": d, "n_layer": layers, "num_attention_heads": heads, "layer_norm_epsilon": eps, "seq_length": 20}, w, logits, tokens


def llama(kind):
    d, heads, keys, layers, ff, eps, theta = 16, 4, 2, 2, 24, 1e-5, 10000.0
    size = 6 if kind == "qwen3" else d // heads
    experts = 4 if kind == "mixtral" else 0
    tied = kind == "llama3"
    w = {"model.embed_tokens.weight": rand(V, d)}
    for i in range(layers):
        at = f"model.layers.{i}"
        for n in ("input_layernorm", "post_attention_layernorm"):
            w[f"{at}.{n}.weight"] = norm_weight(d)
        for n, (a, b) in {"q": (heads * size, d), "k": (keys * size, d), "v": (keys * size, d), "o": (d, heads * size)}.items():
            w[f"{at}.self_attn.{n}_proj.weight"] = rand(a, b)
        if kind == "qwen3":
            w[f"{at}.self_attn.q_norm.weight"], w[f"{at}.self_attn.k_norm.weight"] = norm_weight(size), norm_weight(size)
        if experts:
            w[f"{at}.block_sparse_moe.gate.weight"] = rand(experts, d)
            for e in range(experts):
                for n, (a, b) in {"w1": (ff, d), "w2": (d, ff), "w3": (ff, d)}.items():
                    w[f"{at}.block_sparse_moe.experts.{e}.{n}.weight"] = rand(a, b)
        else:
            for n, (a, b) in {"gate": (ff, d), "up": (ff, d), "down": (d, ff)}.items():
                w[f"{at}.mlp.{n}_proj.weight"] = rand(a, b)
    w["model.norm.weight"] = norm_weight(d)
    if not tied:
        w["lm_head.weight"] = rand(V, d)
    tokens = torch.randint(0, V, (T,)).tolist()
    D = {k: v.double() for k, v in w.items()}
    rms = lambda y, weight: y / torch.sqrt((y ** 2).mean(-1, keepdim=True) + eps) * weight
    frequencies = [theta ** (-2 * j / size) for j in range(size // 2)]
    config = {"model_type": {"llama3": "llama", "linear": "llama"}.get(kind, kind), "vocab_size": V, "hidden_size": d, "intermediate_size": ff, "num_hidden_layers": layers,
              "num_attention_heads": heads, "num_key_value_heads": keys, "max_position_embeddings": 32, "rms_norm_eps": eps, "rope_theta": theta,
              "tie_word_embeddings": tied, "hidden_act": "silu", "rope_scaling": None}
    if kind == "llama3":
        factor, low, high, original = 4.0, 1.0, 4.0, 16
        config["rope_scaling"] = {"rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high, "original_max_position_embeddings": original}
        scaled = []
        for f in frequencies:
            wave = 2 * math.pi / f
            smooth = (original / wave - low) / (high - low)
            scaled.append(f if wave < original / high else f / factor if wave > original / low else (1 - smooth) * f / factor + smooth * f)
        frequencies = scaled
    if kind == "linear":
        config["rope_scaling"] = {"type": "linear", "factor": 2.0}
        frequencies = [f / 2 for f in frequencies]
    if kind == "qwen3":
        config["head_dim"] = size
    if kind == "mistral":
        config["sliding_window"] = 5
    if experts:
        config.update({"num_local_experts": experts, "num_experts_per_tok": 2, "sliding_window": None, "router_aux_loss_coef": 0.02})
    place = torch.arange(T).double()
    angle = torch.cat([torch.outer(place, torch.tensor(frequencies).double())] * 2, -1)

    def rotate(y):
        half = size // 2
        return y * torch.cos(angle) + torch.cat([-y[:, half:], y[:, :half]], -1) * torch.sin(angle)

    allowed = torch.ones(T, T).tril().bool()
    if kind == "mistral":
        allowed &= (place.view(T, 1) - place.view(1, T)) < 5
    x = D["model.embed_tokens.weight"][tokens]
    for i in range(layers):
        g = lambda n: D[f"model.layers.{i}.{n}.weight"]
        y = rms(x, g("input_layernorm"))
        out = []
        for h in range(heads):
            kv = h // (heads // keys)
            q = y @ g("self_attn.q_proj")[h * size:(h + 1) * size].T
            k = y @ g("self_attn.k_proj")[kv * size:(kv + 1) * size].T
            v = y @ g("self_attn.v_proj")[kv * size:(kv + 1) * size].T
            if kind == "qwen3":
                q, k = rms(q, g("self_attn.q_norm")), rms(k, g("self_attn.k_norm"))
            out.append(attend(rotate(q), rotate(k), v, allowed))
        x = x + torch.cat(out, -1) @ g("self_attn.o_proj").T
        y = rms(x, g("post_attention_layernorm"))
        silu = lambda z: z * torch.sigmoid(z)
        if experts:
            parts = []
            for t in range(T):
                p = torch.softmax(g("block_sparse_moe.gate") @ y[t], -1)
                top = torch.argsort(p, descending=True)[:2].tolist()
                z = 0
                for e in top:
                    m = lambda n: g(f"block_sparse_moe.experts.{e}.{n}")
                    z = z + p[e] / (p[top[0]] + p[top[1]]) * (m("w2") @ (silu(m("w1") @ y[t]) * (m("w3") @ y[t])))
                parts.append(z)
            x = x + torch.stack(parts)
        else:
            x = x + (silu(y @ g("mlp.gate_proj").T) * (y @ g("mlp.up_proj").T)) @ g("mlp.down_proj").T
    logits = rms(x, D["model.norm.weight"]) @ (D["model.embed_tokens.weight"] if tied else D["lm_head.weight"]).T
    return config, w, logits, tokens


root = sys.argv[1]
save(os.path.join(root, "gpt2"), *gpt2(False))
save(os.path.join(root, "openai-gpt"), *gpt2(True))
save(os.path.join(root, "bloom"), *bloom())
for name, parts in (("llama3", 1), ("linear", 1), ("mistral", 1), ("qwen3", 1), ("mixtral", 3)):
    save(os.path.join(root, name), *llama(name), shards=parts)
