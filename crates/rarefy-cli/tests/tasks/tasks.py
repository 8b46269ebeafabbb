"""Models of PyTorch for other tasks than a class per sequence, with data and PyTorch's scores.

Run by hand: python tasks.py (PyTorch 2.15, NumPy 2.4, safetensors). The files are kept.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = Path(__file__).parent
SERIES, STEPS, CHANNELS = 20, 7, 3


class Net(nn.Module):
    def __init__(self, module, units, layers, outputs, **options):
        super().__init__()
        self.rnn = module(CHANNELS, units, layers, batch_first=True, **options)
        self.fc = nn.Linear(units, outputs)
        nn.init.normal_(self.fc.weight, std=3)

    def forward(self, series):
        return self.fc(self.rnn(series)[0])


def scores(outputs, targets):
    """Of numbers, with the R^2 of each output averaged."""
    error = outputs - targets
    spread = ((targets - targets.mean(0)) ** 2).sum(0)
    return {
        "mse": float((error**2).mean()),
        "mae": float(error.abs().mean()),
        "r2": float((1 - (error**2).sum(0) / spread).mean()),
        "count": len(targets),
    }


def main():
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    series = rng.normal(size=(SERIES, STEPS, CHANNELS)).astype(np.float32)
    lengths = rng.integers(2, STEPS + 1, SERIES)
    within = np.arange(STEPS) < lengths[:, None]
    expected = {}

    def keep(name, net, targets):
        save_file(net.state_dict(), HERE / f"{name}.safetensors")
        np.savez(HERE / f"{name}.npz", X=series, y=targets, lengths=lengths)
        with torch.no_grad():
            return net.double()(torch.from_numpy(series).double())

    # A class at most steps. Whatever is beyond a series' end is no target.
    targets = rng.integers(0, 4, (SERIES, STEPS))
    targets[rng.random((SERIES, STEPS)) < 0.2] = -100
    outputs = keep("steps", Net(nn.GRU, 8, 2, 4), targets)
    labelled = torch.from_numpy(within & (targets != -100))
    asked = torch.from_numpy(targets)[labelled]
    expected["steps"] = {
        "count": len(asked),
        "correct": int((outputs[labelled].argmax(1) == asked).sum()),
        "loss_mean": float(nn.functional.cross_entropy(outputs[labelled], asked)),
    }

    # Two numbers at the end of each series.
    targets = rng.normal(size=(SERIES, 2)).astype(np.float32)
    outputs = keep("end", Net(nn.LSTM, 6, 1, 2), targets)
    last = outputs[torch.arange(SERIES), torch.from_numpy(lengths - 1)]
    expected["end"] = scores(last, torch.from_numpy(targets).double())

    # One number at the end.
    targets = rng.normal(size=SERIES).astype(np.float32)
    outputs = keep("one", Net(nn.RNN, 5, 1, 1, nonlinearity="relu"), targets)
    last = outputs[torch.arange(SERIES), torch.from_numpy(lengths - 1)]
    expected["one"] = scores(last, torch.from_numpy(targets[:, None]).double())

    # Two numbers at each step, and one.
    for name, width in [("each", 2), ("each_one", 1)]:
        targets = rng.normal(size=(SERIES, STEPS, width)).astype(np.float32)
        stored = targets[:, :, 0] if width == 1 else targets
        outputs = keep(name, Net(nn.RNN, 5, 1, width), stored)
        there = torch.from_numpy(within)
        expected[name] = scores(outputs[there], torch.from_numpy(targets).double()[there])

    # A class at most steps, in both directions: the padding is not read.
    targets = rng.integers(0, 4, (SERIES, STEPS))
    targets[rng.random((SERIES, STEPS)) < 0.2] = -100
    net = Net(nn.GRU, 8, 2, 4, bidirectional=True)
    net.fc = nn.Linear(16, 4)
    nn.init.normal_(net.fc.weight, std=3)
    save_file(net.state_dict(), HERE / "both.safetensors")
    np.savez(HERE / "both.npz", X=series, y=targets, lengths=lengths)
    with torch.no_grad():
        inputs = torch.from_numpy(series).double()
        kept = torch.from_numpy(lengths)
        packed = pack_padded_sequence(inputs, kept, batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(net.double().rnn(packed)[0], batch_first=True)
        outputs = net.fc(outputs)
    # As far as the longest series goes.
    steps = outputs.shape[1]
    labelled = torch.from_numpy(within & (targets != -100))[:, :steps]
    asked = torch.from_numpy(targets)[:, :steps][labelled]
    expected["both"] = {
        "count": len(asked),
        "correct": int((outputs[labelled].argmax(1) == asked).sum()),
        "loss_mean": float(nn.functional.cross_entropy(outputs[labelled], asked)),
    }

    # A class for each series, through hidden linear layers.
    targets = rng.integers(0, 3, SERIES)
    net = Net(nn.LSTM, 6, 1, 3)
    net.fc = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 5), nn.ReLU(), nn.Linear(5, 3))
    outputs = keep("mlp", net, targets)
    last = outputs[torch.arange(SERIES), torch.from_numpy(lengths - 1)]
    asked = torch.from_numpy(targets)
    expected["mlp"] = {
        "count": SERIES,
        "correct": int((last.argmax(1) == asked).sum()),
        "loss_mean": float(nn.functional.cross_entropy(last, asked)),
    }

    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
