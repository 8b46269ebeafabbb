#!/usr/bin/env python3
"""Makes the state dicts beside it of networks around PyTorch's recurrent modules, and
expected.json, what PyTorch computes with them. Run with torch 2.15 and safetensors 0.8:

    python3 modules.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import prune

FOLDER = Path(__file__).parent
TOKENS, WIDTH, HIDDEN, CLASSES = 20, 5, 4, 3


class Network(nn.Module):
    def __init__(self, kind, layers=1, names=("embedding", "rnn", "out"), bias=True,
                 width=WIDTH, **options):
        super().__init__()
        self.names = names
        embedding, rnn, out = names
        self.add_module(embedding, nn.Embedding(TOKENS, width))
        self.add_module(rnn, kind(width, HIDDEN, layers, bias=bias, **options))
        outputs = HIDDEN * (2 if options.get("bidirectional") else 1)
        self.add_module(out, nn.Linear(options.get("proj_size", outputs), CLASSES, bias=bias))

    def forward(self, tokens):
        embedding, rnn, out = (self.get_submodule(name) for name in self.names)
        states, last = rnn(embedding(tokens))
        # Where both directions end.
        both = rnn.bidirectional
        return out(torch.cat([last[-2], last[-1]], 1) if both else states[-1])


def main():
    torch.manual_seed(7)
    texts = torch.randint(1, TOKENS, (9, 6))
    expected = {"texts": texts.T.tolist(), "logits": {}}

    def save(name, network):
        with torch.no_grad():
            expected["logits"][name] = network(texts).tolist()
        if name.endswith(".pt"):
            torch.save(network.state_dict(), FOLDER / name)
        else:
            save_file(network.state_dict(), FOLDER / name)

    save("gru.pt", Network(nn.GRU, 2))
    save("lstm_named.pt", Network(nn.LSTM, 3, ("tokens", "memory", "answer")))
    save("rnn_without_bias.pt", Network(nn.RNN, bias=False))
    save("relu.safetensors", Network(nn.RNN, 2, nonlinearity="relu"))
    save("double.safetensors", Network(nn.GRU).double())
    # Halves are exact in single precision, in which the logits are computed.
    half = Network(nn.LSTM).half()
    save_file(half.state_dict(), FOLDER / "half.safetensors")
    with torch.no_grad():
        expected["logits"]["half.safetensors"] = half.float()(texts).tolist()

    pruned = Network(nn.GRU, 2)
    for weight in ["weight_ih_l0", "weight_hh_l0", "weight_hh_l1"]:
        prune.l1_unstructured(pruned.rnn, weight, amount=0.6)
    save("pruned.pt", pruned)
    expected["kept"] = {
        name: int(buffer.sum()) for name, buffer in pruned.named_buffers() if "mask" in name
    }

    # All three matrices beside the recurrent ones have as many columns.
    save("unclear.pt", Network(nn.GRU, names=("a", "b", "c"), width=HIDDEN))

    save("bidirectional.pt", Network(nn.GRU, 2, bidirectional=True))

    # What is refused.
    integers = Network(nn.GRU).state_dict()
    integers["rnn.weight_hh_l0"] = integers["rnn.weight_hh_l0"].int()
    torch.save(integers, FOLDER / "integers.pt")
    values = Network(nn.GRU).state_dict()
    values["rnn.weight_hh_l0"] = values["rnn.weight_hh_l0"].to(torch.complex64)
    torch.save(values, FOLDER / "complex.pt")
    more = Network(nn.GRU)
    more.norm = nn.LayerNorm(HIDDEN)
    torch.save(more.state_dict(), FOLDER / "more.pt")
    wrong = Network(nn.GRU, 2).state_dict()
    wrong["rnn.weight_ih_l1"] = wrong["rnn.weight_ih_l1"][:, 1:].clone()
    torch.save(wrong, FOLDER / "wrong_shape.pt")
    torch.save(Network(nn.GRU).rnn.state_dict(), FOLDER / "alone.pt")
    torch.save(Network(nn.LSTM, proj_size=2).state_dict(), FOLDER / "projected.pt")
    for file in FOLDER.glob("*.safetensors"):
        file.chmod(0o644)
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
