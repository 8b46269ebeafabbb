#!/usr/bin/env python3
"""What exported models compute, by other programs than ours.

    python3 forward.py numpy FILE.pt TEXTS.json [last]    by the equations, in double precision
    python3 forward.py torch FILE.pt TEXTS.json [last]    by PyTorch's modules, loaded strictly
    python3 forward.py onnx  FILE.onnx TEXTS.json [READOUT]  by ONNX Runtime
    python3 forward.py has   MODULE...                    exits with 1 if one is not there

TEXTS.json is a list of sequences: of code points, of words, or of lists of numbers, as the
model reads them. They are padded at the end to the longest, with token 0 or each channel's
mean, and read after the padding unless it says `last`. Prints the logits as JSON.
"""

import importlib.util
import io
import json
import pickle
import sys
import zipfile
from collections import OrderedDict

import numpy as np

TYPES = {"FloatStorage": "<f4", "BoolStorage": "?"}


class Unpickler(pickle.Unpickler):
    """Takes what a state dict needs, and nothing else, as torch.load(weights_only=True) does."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *arguments: arguments[:4]
        if module == "torch" and name in TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, identity):
        kind, form, key, device, count = identity
        assert (kind, device) == ("storage", "cpu")
        return key, TYPES[form], count


def read_state_dict(path):
    """Arrays by name, and the settings beside them."""
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    state = Unpickler(io.BytesIO(archive.read("archive/data.pkl"))).load()
    arrays = OrderedDict()
    for name, ((key, form, count), offset, shape, strides) in state.items():
        values = np.frombuffer(archive.read(f"archive/data/{key}"), form)
        assert len(values) == count and offset == 0
        array = values.reshape(shape)
        assert tuple(stride // array.itemsize for stride in array.strides) == strides
        arrays[name] = array
    return arrays, json.loads(archive.read("archive/rarefy/settings.json"))


def blocks(architecture):
    """For each layer its size and, for each block, its cell, its sources and its name."""
    skips = 0
    for at, layer in enumerate(architecture["layers"]):
        found = []
        for number, block in enumerate(layer["blocks"]):
            name = f"recurrent.recurrent_layers.{at}"
            if number > 0:
                name = f"recurrent.skip_layers.{skips}"
                skips += 1
            sources = block["source"]
            sources = sources if isinstance(sources, list) else [sources]
            found.append((block["cell"], sources, name))
        yield layer["size"], found


def read_units(architecture, outputs, steps, concatenate):
    """The units that the readout reads, [B, H], each sequence's after its step of `steps`;
    outputs are [T, B, H]."""
    members, reads = list(range(len(steps))), architecture["reads"]
    if reads == "last_layer":
        return outputs[-1][steps, members]
    return concatenate([outputs[layer][steps, members][:, [unit]]
                        for layer, unit in reads["units"]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_block(cell, inputs, size, weight_ih, weight_hh, bias_ih, bias_hh):
    hidden = memory = np.zeros((inputs.shape[1], size))
    outputs = []
    for x in inputs:
        i, h = x @ weight_ih.T + bias_ih, hidden @ weight_hh.T + bias_hh
        if cell == "gru":
            (ir, iz, new), (hr, hz, hn) = np.split(i, 3, 1), np.split(h, 3, 1)
            r, z = sigmoid(ir + hr), sigmoid(iz + hz)
            hidden = (1 - z) * np.tanh(new + r * hn) + z * hidden
        elif cell == "lstm":
            i, f, g, o = np.split(i + h, 4, 1)
            memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(memory)
        else:
            hidden = np.tanh(i + h) if cell == "rnn_tanh" else np.maximum(i + h, 0)
        outputs.append(hidden)
    return np.stack(outputs)


def by_numpy(path, entering, steps):
    arrays, settings = read_state_dict(path)
    architecture = settings["architecture"]
    if "scaling" in settings:
        mean, factor = (np.array(settings["scaling"][part], np.float32).astype(np.float64)
                        for part in ["mean", "factor"])
        entering = (entering.astype(np.float64) - mean) * factor
    else:
        entering = arrays["embedding.weight"].astype(np.float64)[entering]
    outputs = []
    for size, found in blocks(architecture):
        output = 0
        for cell, sources, name in found:
            read = [entering if s == "input" else outputs[s["layer"]] for s in sources]
            weights = {
                part: arrays[f"{name}.{part}"].astype(np.float64)
                for part in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
            }
            for weight, mask in [("weight_ih", "mask_i2h"), ("weight_hh", "mask_h2h")]:
                keep = arrays[f"{name}.{mask}"]
                assert keep.dtype == bool and not weights[weight][~keep].any()
            output = output + run_block(cell, np.concatenate(read, 2), size, **weights)
        outputs.append(output)
    read = read_units(architecture, outputs, steps, lambda parts: np.concatenate(parts, 1))
    return read @ arrays["out.weight"].T.astype(np.float64) + arrays["out.bias"]


def by_torch(path, entering, steps):
    import torch
    from torch import nn

    state = torch.load(path, weights_only=True)
    settings = read_state_dict(path)[1]
    architecture = settings["architecture"]
    entering = torch.tensor(entering)
    if "scaling" in settings:
        # What no module of a series model has stands beside its weights.
        mean, factor = (torch.tensor(settings["scaling"][part]) for part in ["mean", "factor"])
        entering = (entering - mean) * factor
    width = architecture.get("embedding") or architecture["channels"]

    def embedding():
        if "channels" in architecture:
            return nn.Identity()
        return nn.Embedding(architecture["vocabulary"], width)

    modules = {"gru": nn.GRU, "lstm": nn.LSTM}

    def recurrent(cell, *sizes):
        if cell in modules:
            return modules[cell](*sizes)
        return nn.RNN(*sizes, nonlinearity=cell.removeprefix("rnn_"))

    class Block(nn.Module):
        """As the thesis's: weights, biases and masks."""

        def __init__(self, cell, inputs, size):
            super().__init__()
            self.cell, self.inputs, self.size = cell, inputs, size
            rows = {"gru": 3, "lstm": 4}.get(cell, 1) * size
            for part, shape in [("weight_ih", (rows, inputs)), ("weight_hh", (rows, size)),
                                ("bias_ih", (rows,)), ("bias_hh", (rows,))]:
                self.register_parameter(part, nn.Parameter(torch.zeros(shape)))
            self.register_buffer("mask_i2h", torch.zeros((rows, inputs), dtype=torch.bool))
            self.register_buffer("mask_h2h", torch.zeros((rows, size), dtype=torch.bool))

        def forward(self, x):
            rnn = recurrent(self.cell, self.inputs, self.size)
            state = dict(self.named_parameters())
            state["weight_ih"] = state["weight_ih"] * self.mask_i2h
            state["weight_hh"] = state["weight_hh"] * self.mask_h2h
            rnn.load_state_dict({f"{part}_l0": value for part, value in state.items()})
            return rnn(x)[0]

    class Thesis(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = embedding()
            self.recurrent = nn.Module()
            first, skips, sizes = nn.ModuleList(), nn.ModuleList(), []
            for size, found in blocks(architecture):
                for cell, sources, name in found:
                    inputs = sum(width if s == "input" else sizes[s["layer"]] for s in sources)
                    (first if "recurrent_layers" in name else skips).append(
                        Block(cell, inputs, size))
                sizes.append(size)
            self.recurrent.recurrent_layers = first
            if len(skips):
                self.recurrent.skip_layers = skips
            last = sizes[-1] if architecture["reads"] == "last_layer" else len(
                architecture["reads"]["units"])
            self.out = nn.Linear(last, architecture["classes"])

        def forward(self, entering):
            entering, outputs = self.embedding(entering), []
            for _, found in blocks(architecture):
                output = 0
                for _, sources, name in found:
                    read = [entering if s == "input" else outputs[s["layer"]] for s in sources]
                    output = output + self.get_submodule(name)(torch.cat(read, 2))
                outputs.append(output)
            read = read_units(architecture, outputs, steps, lambda parts: torch.cat(parts, 1))
            return self.out(read)

    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            layers = architecture["layers"]
            size, cell = layers[0]["size"], layers[0]["blocks"][0]["cell"]
            self.embedding = embedding()
            self.rnn = recurrent(cell, width, size, len(layers))
            self.out = nn.Linear(size, architecture["classes"])

        def forward(self, entering):
            outputs = self.rnn(self.embedding(entering))[0]
            return self.out(outputs[steps, list(range(len(steps)))])

    model = (Stack if "rnn.weight_ih_l0" in state else Thesis)()
    model.load_state_dict(state, strict=True)
    with torch.no_grad():
        return model(entering).numpy()


def encode(texts, vocabulary):
    """Token ids, [T, B]: the characters of a vocabulary are numbered from 1, its words from 2."""
    if isinstance(vocabulary, list):
        ids = {word: number for number, word in enumerate(vocabulary, 2)}
    else:
        ids = {ord(character): number for number, character in enumerate(vocabulary, 1)}
    tokens = np.zeros((max(map(len, texts)), len(texts)), np.int64)
    for column, text in enumerate(texts):
        # Words that are not known are token 1; characters all are.
        known = [ids.get(word, 1) if isinstance(word, str) else ids[word] for word in text]
        tokens[:len(text), column] = known
    return tokens


def pad(series, padding):
    """Numbers, [T, B, C], where the shorter series end in steps of `padding`."""
    padding = np.array(padding, np.float32)
    numbers = np.tile(padding, (max(map(len, series)), len(series), 1))
    for column, values in enumerate(series):
        numbers[:len(values), column] = values
    return numbers


def by_onnx(path, texts, readout):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    if "padding" in metadata:
        inputs = {"series": pad(texts, json.loads(metadata["padding"]))}
    else:
        vocabulary = metadata["vocabulary"]
        words = isinstance(texts[0][0], str)
        inputs = {"tokens": encode(texts, json.loads(vocabulary) if words else vocabulary)}
    assert metadata["readout"] == readout
    if len(session.get_outputs()) > 1:
        steps = [len(text) for text in texts]
        return by_stream(session, *inputs.popitem(), None if readout == "padded" else steps)
    if readout not in ["padded", "all"]:
        inputs["lengths"] = np.array([len(text) for text in texts], np.int64)
    assert {i.name for i in session.get_inputs()} == set(inputs)
    (logits,) = session.run(["logits"], inputs)
    assert logits.shape[1] == len(json.loads(metadata["labels"]))
    return logits


def by_stream(session, name, entering, lengths):
    """Each sequence by itself, in pieces of one, two and three steps."""
    states = {i.name: [1 if isinstance(size, str) else size for size in i.shape]
              for i in session.get_inputs() if i.name != name}
    outputs = [o.name for o in session.get_outputs()]
    assert outputs == ["logits"] + [f"next_{state}" for state in states]
    found = []
    for column in range(entering.shape[1]):
        kept = {state: np.zeros(shape, np.float32) for state, shape in states.items()}
        end, at = len(entering) if lengths is None else lengths[column], 0
        while at < end:
            piece = entering[at:min(end, at + 1 + at % 3), column:column + 1]
            logits, *after = session.run(outputs, {name: piece, **kept})
            kept, at = dict(zip(states, after)), at + len(piece)
        found.append(logits[0])
    return np.array(found)


def main(how, *arguments):
    if how == "has":
        sys.exit(any(importlib.util.find_spec(module) is None for module in arguments))
    path, texts, *last = arguments
    with open(texts) as file:
        texts = json.load(file)
    if how == "onnx":
        logits = by_onnx(path, texts, last[0] if last else "padded")
    else:
        settings = read_state_dict(path)[1]
        if "scaling" in settings:
            entering = pad(texts, settings["scaling"]["mean"])
        else:
            entering = encode(texts, settings["vocabulary"])
        steps = [len(text) - 1 if last else len(entering) - 1 for text in texts]
        logits = {"numpy": by_numpy, "torch": by_torch}[how](path, entering, steps)
    print(json.dumps(logits.tolist()))


main(*sys.argv[1:])
