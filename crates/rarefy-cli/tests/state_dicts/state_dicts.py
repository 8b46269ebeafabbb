#!/usr/bin/env python3
"""Makes state dicts of many kinds in a folder, and cases.json: what PyTorch computes with each, or
why it must be refused. Run with torch 2.x, numpy and safetensors (tests/state_dicts.rs does):

    python3 state_dicts.py FOLDER
"""

import argparse
import collections
import datetime
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune

warnings.simplefilter("ignore")
torch.manual_seed(3)
torch.set_num_threads(1)
FOLDER = Path(sys.argv[1])
TOKENS, WIDTH, HIDDEN, CLASSES, CHANNELS = 128, 6, 7, 3, 4
CASES = []

# Texts of different lengths, padded with 0, and series.
LENGTHS = torch.tensor([3, 9, 5, 1, 7, 9, 2, 6])
TEXTS = torch.zeros(len(LENGTHS), 9, dtype=torch.long)
for row, length in enumerate(LENGTHS):
    TEXTS[row, :length] = torch.randint(97, 123, (length,))
SERIES = torch.randn(8, 9, CHANNELS)


class Net(nn.Module):
    """An embedding or none, a recurrent module and a linear layer, called as one likes."""

    def __init__(self, kind=nn.GRU, names=("embedding", "rnn", "fc"), classes=CLASSES, layers=1,
                 bias=True, out_bias=True, rows=TOKENS, padding_idx=None, extra=None, **options):
        super().__init__()
        self.names = names
        inputs = WIDTH if names[0] else CHANNELS
        if names[0]:
            self.put(names[0], nn.Embedding(rows, WIDTH, padding_idx=padding_idx))
        self.put(names[1], kind(inputs, HIDDEN, layers, bias=bias, batch_first=True, **options))
        width = options.get("proj_size") or HIDDEN * (2 if options.get("bidirectional") else 1)
        self.put(names[2], nn.Linear(width, classes, bias=out_bias))
        for name, module in (extra or {}).items():
            self.put(name, module)

    def put(self, name, module):
        *path, last = name.split(".")
        parent = self
        for part in path:
            if part not in dict(parent.named_children()):
                parent.add_module(part, nn.Module())
            parent = parent.get_submodule(part)
        parent.add_module(last, module)

    def part(self, at):
        return self.get_submodule(self.names[at])

    def forward(self, readout):
        inputs = self.part(0)(TEXTS) if self.names[0] else SERIES.to(self.part(2).weight.dtype)
        outputs = self.part(1)(inputs)[0]
        at = LENGTHS - 1 if readout == "last" and self.names[0] else torch.full((8,), 8)
        return self.part(2)(outputs[torch.arange(8), at])


class Wide(Net):
    """In both directions or one, with hidden linear layers, or all steps flattened."""

    def __init__(self, *args, head=(), activation=nn.ReLU, flat=False, step=False, **options):
        super().__init__(*args, **options)
        self.flat, self.step = flat, step
        width, classes = self.part(2).in_features * (9 if flat else 1), self.part(2).out_features
        layers = []
        for size in head:
            layers += [nn.Linear(width, size), activation()]
            width = size
        layers.append(nn.Linear(width, classes))
        self.put(self.names[2], nn.Sequential(*layers) if head else layers[0])

    def forward(self, readout):
        outputs, last = self.part(1)(SERIES)
        last = last[0] if isinstance(last, tuple) else last
        if self.flat:
            read = outputs.flatten(1)
        elif self.step or not self.part(1).bidirectional:
            read = outputs[:, -1]
        else:
            read = torch.cat([last[-2], last[-1]], 1)
        return self.part(2)(read)


def case(name, net, content=None, args="", readout=None, refused=None, save=torch.save):
    """`content` is what is saved, the network's state dict unless told."""
    readout = readout or ("padded" if net.names[0] else "last")
    if content is None:
        content = net.state_dict()
    save(content, FOLDER / name)
    logits = None
    if refused is None:
        with torch.no_grad():
            logits = net.float()(readout)
        if logits.shape[1] == 1:
            logits = torch.cat([torch.zeros_like(logits), logits], 1)
        logits = logits.tolist()
    assert name not in {made["file"] for made in CASES}, name
    CASES.append({
        "file": name,
        "data": "texts.csv" if net.names[0] else "series.npz",
        "args": args.split(),
        "refused": refused,
        "logits": logits,
    })


def legacy(content, path):
    torch.save(content, path, _use_new_zipfile_serialization=False)


def safetensors(content, path):
    save_file({name: tensor.contiguous() for name, tensor in content.items()}, path)


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())


def main():
    series = (None, "rnn", "fc")
    # Modules, depths and biases.
    for kind in (nn.GRU, nn.LSTM):
        word = kind.__name__.lower()
        for layers in (1, 2, 3):
            case(f"{word}_{layers}.pt", Net(kind, layers=layers))
        case(f"{word}_series.pt", Net(kind, series, layers=2))
        case(f"{word}_no_bias.pt", Net(kind, bias=False, out_bias=False))
        case(f"{word}_last.pt", Net(kind), args="--readout last", readout="last")
    case("rnn_tanh_3.pt", Net(nn.RNN, layers=3))
    case("rnn_told.pt", Net(nn.RNN, nonlinearity="relu"), args="--cell rnn_relu")
    case("net_relu.pt", Net(nn.RNN, series, nonlinearity="relu"))
    case("rnn.pt", Net(nn.RNN), refused="--cell")
    case("one_bias.pt", Net(nn.LSTM, out_bias=False))
    case("dropout.pt", Net(nn.GRU, layers=2, dropout=0.5).eval())
    # Names.
    case("names_encoder.pt", Net(nn.LSTM, ("encoder", "rnn", "decoder")))
    case("names_unsaid.pt", Net(nn.GRU, ("a", "b", "c")))
    case("names_deep.pt", Net(nn.GRU, ("net.words.embed_tokens", "net.body.0", "net.head.1")))
    case("names_sequential.pt", Net(nn.GRU, ("0", "1", "3")))
    case("names_told.pt", Net(nn.GRU, ("x.linear", "b", "c")), args="--embedding-name x.linear")
    for prefix in ("module.", "model.", "_orig_mod.", "model._orig_mod.module."):
        net = Net(nn.LSTM, layers=2)
        name = "prefix_" + prefix.replace(".", "_") + ".pt"
        case(name, net, prefixed(net.state_dict(), prefix))
    swa = Net(nn.GRU)
    case("averaged.pt", swa, torch.optim.swa_utils.AveragedModel(swa).state_dict())
    # Types.
    for dtype, word in ((torch.float16, "f16"), (torch.bfloat16, "bf16"), (torch.float64, "f64")):
        for save, kind in ((torch.save, "pt"), (safetensors, "safetensors")):
            case(f"{word}.{kind}", Net(nn.GRU).to(dtype), save=save)
    case("f32.safetensors", Net(nn.LSTM), save=safetensors)
    # Containers.
    net = Net(nn.GRU, series)
    optimiser = torch.optim.Adam(net.parameters())
    net("last").sum().backward()
    optimiser.step()
    beside = {
        "epoch": 3, "loss": 0.5, "args": argparse.Namespace(lr=0.1, layers=[1, 2]),
        "best": np.float64(0.25), "history": np.arange(3.0), "when": datetime.datetime(2024, 1, 2),
        "seen": {1, 2}, "counts": collections.defaultdict(list, a=[1]), "raw": b"\xff\xfe",
        "device": torch.device("cpu"), "size": torch.Size([2, 3]), "path": Path("runs/1"),
        "optimizer_state_dict": optimiser.state_dict(), "rng": torch.get_rng_state(),
    }
    for key in ("state_dict", "model_state_dict", "model", "net", "weights"):
        case(f"checkpoint_{key}.ckpt", net, {**beside, key: net.state_dict()})
    case("checkpoint_legacy.tar", net, {**beside, "model": net.state_dict()}, save=legacy)
    case("checkpoint_deep.model", net, {"run": {"best": {"net": net.state_dict()}}, **beside})
    case("checkpoint_tuple.bin", net, (3, [net.state_dict()], optimiser.state_dict()))
    case("legacy.pth", net, save=legacy)
    case("plain_dict.bin", net, dict(net.state_dict()))
    case("parameters.pt", net, collections.OrderedDict(net.named_parameters()))
    both = {"model": net.state_dict(), "ema": {"shadow": net.state_dict()}}
    # Equal objects are one; a copy is another.
    both["ema"]["shadow"] = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    case("two.pt", net, both, refused="--state-dict")
    case("two_told.pt", net, both, args="--state-dict ema.shadow")
    # Pruned, and made permanent.
    net = Net(nn.LSTM, layers=2)
    for weight in ("weight_ih_l0", "weight_hh_l0", "weight_hh_l1"):
        prune.l1_unstructured(net.part(1), weight, 0.7)
    case("pruned.pt", net)
    prune.l1_unstructured(net.part(2), "weight", 0.5)
    prune.l1_unstructured(net.part(1), "bias_ih_l1", 0.5)
    case("pruned_more.pt", net)
    for weight in ("weight_ih_l0", "weight_hh_l0", "weight_hh_l1", "bias_ih_l1"):
        prune.remove(net.part(1), weight)
    case("pruned_removed.pt", net)
    case("padding_idx.pt", Net(nn.GRU, padding_idx=0))
    # One logit.
    case("one_logit.pt", Net(nn.LSTM, classes=1))
    case("one_logit_series.pt", Net(nn.GRU, series, classes=1, out_bias=False))
    # The thesis's naming.
    net = Net(nn.GRU)
    thesis = {}
    for name, tensor in net.state_dict().items():
        part, _, layer = name.removeprefix("rnn.").partition("_l")
        if name.startswith("rnn."):
            name = f"recurrent.recurrent_layers.{layer}.{part}"
        thesis[name.replace("fc.", "out.")] = tensor
    case("thesis.pt", net, thesis)
    case("thesis.safetensors", net, thesis, save=safetensors)
    case("thesis_parallel.pt", net, prefixed(thesis, "module."))
    # Refused for what they are.
    extra = lambda **modules: Net(nn.GRU, series, extra=modules)
    for kind in (nn.GRU, nn.LSTM):
        word = kind.__name__.lower()
        case(f"{word}_both.pt", Wide(kind, series, layers=2, bidirectional=True))
        case(f"{word}_mlp.pt", Wide(kind, series, head=[8, 5]))
    both = {"bidirectional": True}
    case("both_step.pt", Wide(nn.GRU, series, step=True, **both), args="--readout last-step")
    tanh = Wide(nn.GRU, series, head=[HIDDEN], activation=nn.Tanh)
    case("mlp_tanh.pt", tanh, args="--activation tanh")
    case("flat.pt", Wide(nn.LSTM, series, flat=True))
    case("flat_both_mlp.pt", Wide(nn.GRU, series, layers=2, flat=True, head=[6], **both))
    case("projection.pt", extra(proj=nn.Linear(5, CHANNELS, bias=False)), refused="proj.weight")
    case("square.pt", extra(a=nn.Linear(CHANNELS, CHANNELS, bias=False)), refused="--embedding-name")
    case("layer_norm.pt", extra(norm=nn.LayerNorm(HIDDEN)), refused="normalisation")
    case("batch_norm.pt", extra(bn=nn.BatchNorm1d(HIDDEN)), refused="batch normalisation")
    case("convolution.pt", extra(conv=nn.Conv1d(2, 2, 3)), refused="convolution")
    case("attention.pt", extra(mix=nn.MultiheadAttention(4, 2)), refused="attention")
    case("two_modules.pt", extra(second=nn.GRU(HIDDEN, HIDDEN)), refused="several recurrent")
    case("projected.pt", Net(nn.LSTM, series, proj_size=3), refused="projections")
    for kind in (nn.LSTMCell, nn.GRUCell, nn.RNNCell):
        cell = nn.ModuleDict({"cell": kind(4, 7), "fc": nn.Linear(7, 3)})
        case(f"{kind.__name__}.pt", Net(nn.GRU), cell.state_dict(), refused=f"nn.{kind.__name__}")
    net = Net(nn.LSTM, series)
    nn.utils.weight_norm(net.part(1), "weight_hh_l0")
    case("weight_norm.pt", net, refused="weight_norm")
    net = Net(nn.LSTM, series)
    parametrizations.weight_norm(net.part(2))
    case("weight_norm_new.pt", net, refused="weight_norm")
    net = Net(nn.LSTM, series)
    nn.utils.spectral_norm(net.part(2))
    case("spectral_norm.pt", net, refused="spectral_norm")
    net = Net(nn.LSTM, series)
    parametrizations.spectral_norm(net.part(2))
    case("spectral_norm_new.pt", net, refused="spectral_norm")
    net = Net(nn.GRU, series)
    case("module.pt", net, net, refused="state_dict()")
    case("module_in_checkpoint.pt", net, {"epoch": 1, "model": net}, refused="state_dict()")
    case("script.pt", net, torch.jit.script(nn.Linear(2, 2)), refused="TorchScript",
         save=lambda content, path: torch.jit.save(content, path))
    case("alone.pt", net, net.part(1).state_dict(), refused="only a recurrent module")
    case("linear.pt", net, net.part(2).state_dict(), refused="no recurrent module")
    broken = net.state_dict()
    broken["rnn.weight_hh_l0"][0, 0] = float("nan")
    case("nan.pt", net, broken, refused="NaN")

    text = lambda row: "".join(map(chr, TEXTS[row, :LENGTHS[row]]))
    rows = [f"{text(row)},{row % 2}" for row in range(len(LENGTHS))]
    (FOLDER / "texts.csv").write_text("string,valid\n" + "\n".join(rows) + "\n")
    np.savez(FOLDER / "series.npz", X=SERIES.numpy(), y=np.arange(8) % 2)
    (FOLDER / "cases.json").write_text(json.dumps(CASES))


main()
