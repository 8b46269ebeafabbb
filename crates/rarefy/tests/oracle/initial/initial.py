"""How PyTorch and Keras draw initial weights: quantiles of the weights of many networks.

Run by hand: KERAS_BACKEND=torch python initial.py (PyTorch 2.15, Keras 3.15, NumPy 2.4). See
../README.md.
"""

import json
import re
from pathlib import Path

import keras
import numpy
import torch
from keras import layers
from torch import nn

DRAWS = 1000
QUANTILES = [0, 0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 1]
VOCABULARY, EMBEDDING, UNITS, HEAD, CLASSES = 7, 6, 5, 4, 3
GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def pytorch(cell):
    """Names and values of a network's weights. The two biases of a gate are added."""
    embedding = nn.Embedding(VOCABULARY, EMBEDDING)
    kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
    rnn = kind(EMBEDDING, UNITS, 2, bidirectional=True)
    linears = [nn.Linear(2 * UNITS, HEAD), nn.Linear(HEAD, CLASSES)]
    yield "embedding", embedding.weight
    for layer in range(2):
        for direction in ["", "_reverse"]:
            part = lambda name: getattr(rnn, f"{name}_l{layer}{direction}")
            yield f"{layer}.weight_ih", part("weight_ih")
            yield f"{layer}.weight_hh", part("weight_hh")
            biases = (part("bias_ih") + part("bias_hh")).chunk(GATES[cell])
            for gate, bias in enumerate(biases):
                yield f"{layer}.bias.{gate}", bias
    for at, linear in enumerate(linears):
        yield f"linear.{at}.weight", linear.weight
        yield f"linear.{at}.bias", linear.bias


def as_keras(cell):
    """The same of Keras. Its gates have another order in the GRU, whose biases are all equal."""
    kind = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[cell]
    stack = [layers.Bidirectional(kind(UNITS, return_sequences=True)) for _ in range(2)]
    linears = [layers.Dense(HEAD), layers.Dense(CLASSES)]
    embedding = layers.Embedding(VOCABULARY, EMBEDDING)
    keras.Sequential([keras.Input((None,), dtype="int32"), embedding, *stack, *linears])
    yield "embedding", embedding.get_weights()[0]
    for layer, both in enumerate(stack):
        weights = both.get_weights()
        assert len(weights) == 6
        for kernel, recurrent, bias in [weights[:3], weights[3:]]:
            yield f"{layer}.weight_ih", kernel
            yield f"{layer}.weight_hh", recurrent
            numpy.testing.assert_allclose(recurrent @ recurrent.T, numpy.eye(UNITS), atol=1e-5)
            bias = bias.reshape(-1, GATES[cell] * UNITS).sum(0)
            for gate, bias in enumerate(numpy.split(bias, GATES[cell])):
                yield f"{layer}.bias.{gate}", bias
        assert not numpy.allclose(weights[1], weights[4])
    for at, linear in enumerate(linears):
        weight, bias = linear.get_weights()
        yield f"linear.{at}.weight", weight
        yield f"linear.{at}.bias", bias


def quantiles(network, cell):
    values = {}
    for _ in range(DRAWS):
        for name, part in network(cell):
            part = part.detach().numpy() if isinstance(part, torch.Tensor) else part
            values.setdefault(name, []).append(part.ravel())
    found = {name: numpy.quantile(numpy.concatenate(v), QUANTILES) for name, v in values.items()}
    return {name: [float(f"{q:.6g}") for q in numbers] for name, numbers in found.items()}


def main():
    keras.utils.set_random_seed(1)  # PyTorch's and NumPy's too.
    golden = {"draws": DRAWS, "quantiles": QUANTILES}
    for name, network in [("pytorch", pytorch), ("keras", as_keras)]:
        golden[name] = {cell: quantiles(network, cell) for cell in GATES}
    # One line for each list.
    text = re.sub(r"\s*\n\s*(?=[-0-9\]])", " ", json.dumps(golden, indent=1))
    (Path(__file__).parent / "initial.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
