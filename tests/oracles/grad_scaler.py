"""Steps of AdamW under torch.cuda.amp.GradScaler, for comparison with our loss scaling; run with -O, since its asserts want a card.

Standard input: {"weights": [...], "coefficients": [[...], ...], "initial", "interval", "clip_norm", "learning_rate"}; the loss of a step is the sum of
coefficients times weights, and numbers may be NaN. The two kernels that PyTorch has for cards alone are replaced by what its documentation says of them.
Prints a list of [scale, weights] behind each step.
"""
import json
import sys

import torch


def unscale(gradients, found, inverse):
    for gradient in gradients:
        if not torch.isfinite(gradient).all():
            found.fill_(1.0)
        gradient.mul_(inverse)


def update(scale, tracker, found, growth, backoff, interval):
    if found.item():
        scale.mul_(backoff)
        tracker.zero_()
    elif tracker.item() + 1 == interval:
        scale.mul_(growth)
        tracker.zero_()
    else:
        tracker.add_(1)


torch.cuda.is_available = lambda: True
torch._amp_foreach_non_finite_check_and_unscale_ = unscale
torch._amp_update_scale_ = update
case = json.load(sys.stdin)
weights = torch.tensor(case["weights"], requires_grad=True)
optimizer = torch.optim.AdamW([weights], lr=case["learning_rate"], betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
scaler = torch.cuda.amp.GradScaler(init_scale=case["initial"], growth_interval=case["interval"])
steps = []
for coefficients in case["coefficients"]:
    optimizer.zero_grad()
    scaler.scale((torch.tensor(coefficients) * weights).sum()).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_([weights], case["clip_norm"])
    scaler.step(optimizer)
    scaler.update()
    steps.append([scaler.get_scale(), weights.tolist()])
print(json.dumps(steps))
