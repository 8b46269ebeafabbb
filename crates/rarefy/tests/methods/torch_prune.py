"""Masks of torch.nn.utils.prune, for the networks of criteria_*.safetensors: writes torch_prune.json.

    python torch_prune.py        # torch, numpy, safetensors
"""
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils import prune

HERE = Path(__file__).parent
torch.manual_seed(0)
goldens = {}
for cell in ["rnn_tanh", "rnn_relu", "gru", "lstm"]:
    tensors = load_file(HERE / f"criteria_{cell}.safetensors")
    own = goldens[cell] = {}
    for layer in range(2):
        for part in ["weight_ih", "weight_hh"]:
            name = f"layers.{layer}.{part}"
            weight = tensors[f"param.{name}"]

            def mask(method, **options):
                module = nn.Module()
                module.register_parameter("w", nn.Parameter(weight.clone()))
                method(module, "w", **options)
                return module.w_mask.flatten().to(torch.int).tolist()

            own[name] = {
                f"{amount}": {
                    "l1_unstructured": mask(prune.l1_unstructured, amount=amount),
                    "random_count": sum(mask(prune.random_unstructured, amount=amount)),
                    "ln_structured": mask(prune.ln_structured, amount=amount, n=2, dim=0),
                }
                for amount in [0.3, 0.5, 0.8]
            }
(HERE / "torch_prune.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
