"""Five training steps by other optimisers than Adam, and by clipped values: the files of this
folder.

    python optimizers.py

Run with PyTorch 2.15, in double precision. Network, sequences and starting weights are those of
`../stack_gru_pruned60.safetensors`; the steps are torch.optim's and torch.nn.utils's. Each file
has `step{1..5}.loss`, `step{1..5}.grad_norm` (before clipping) and `step5.*`, the parameters after
the last step. The limits are chosen such that clipping acts in every step.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

FOLDER = Path(__file__).parent
NETWORK = "stack_gru_pruned60"
LAYERS = range(3)

RUNS = {
    "adam_value": (torch.optim.Adam, dict(lr=0.001), dict(clip=0.02, clip_by="value")),
    "adamw_norm": (
        torch.optim.AdamW,
        dict(lr=0.01, weight_decay=0.1),
        dict(clip=0.25, clip_by="norm"),
    ),
    "adamw_value": (
        torch.optim.AdamW,
        dict(lr=0.01, weight_decay=0.1),
        dict(clip=0.02, clip_by="value"),
    ),
    "sgd_norm": (
        torch.optim.SGD,
        dict(lr=0.1, weight_decay=0.01, momentum=0.9),
        dict(clip=0.25, clip_by="norm"),
    ),
    "sgd_value": (
        torch.optim.SGD,
        dict(lr=0.1, weight_decay=0.01, momentum=0.9),
        dict(clip=0.02, clip_by="value"),
    ),
}
MASKS = {"weight_ih": "mask_i2h", "weight_hh": "mask_h2h"}

golden = load_file(FOLDER.parent / f"{NETWORK}.safetensors")
tokens, targets = golden["tokens"], golden["targets"]
start = {
    name.removeprefix("param."): value
    for name, value in golden.items()
    if name.startswith("param.") and "mask" not in name
}
masks = {}
for layer in LAYERS:
    block = f"recurrent.recurrent_layers.{layer}"
    for weight, mask in MASKS.items():
        masks[f"{block}.{weight}"] = golden[f"param.{block}.{mask}"].double()


def logits(parameters):
    x = parameters["embedding.weight"][tokens]
    for layer in LAYERS:
        names = [
            f"recurrent.recurrent_layers.{layer}.{name}"
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        weights = [parameters[name] * masks.get(name, 1.0) for name in names]
        state = torch.zeros(1, x.shape[1], weights[1].shape[1], dtype=torch.float64)
        # has_biases, num_layers, dropout, train, bidirectional, batch_first
        x, _ = torch.gru(x, state, weights, True, 1, 0.0, True, False, False)
    return x[-1] @ parameters["out.weight"].T + parameters["out.bias"]


for name, (optimizer, settings, limit) in RUNS.items():
    parameters = {
        name: (value * masks.get(name, 1.0)).clone().requires_grad_()
        for name, value in start.items()
    }
    values = list(parameters.values())
    assert torch.allclose(logits(parameters), golden["logits"], atol=1e-12)
    steps = optimizer(values, **settings)
    found = {}
    for step in range(1, 6):
        steps.zero_grad()
        loss = functional.cross_entropy(logits(parameters), targets)
        loss.backward()
        if limit["clip_by"] == "norm":
            norm = clip_grad_norm_(values, limit["clip"])
            assert norm > limit["clip"]
        else:
            gradient = torch.cat([value.grad.ravel() for value in values])
            norm = gradient.norm()
            assert 3 < (gradient.abs() > limit["clip"]).sum() < len(gradient) / 2
            clip_grad_value_(values, limit["clip"])
        steps.step()
        found[f"step{step}.loss"] = loss.detach().reshape(1)
        found[f"step{step}.grad_norm"] = norm.detach().reshape(1)
    found |= {f"step5.{name}": value.detach() for name, value in parameters.items()}
    metadata = {"network": NETWORK, "optimizer": optimizer.__name__.lower()}
    metadata |= {key: str(value) for key, value in (settings | limit).items()}
    save_file(found, FOLDER / f"{name}.safetensors", metadata)
    print(name, [round(found[f"step{step}.loss"].item(), 4) for step in range(1, 6)],
          [round(found[f"step{step}.grad_norm"].item(), 4) for step in range(1, 6)])
