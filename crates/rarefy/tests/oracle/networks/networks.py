"""Golden numbers from PyTorch in double precision: networks in both directions, with MLP heads, and
with other readouts than the last step.

Run by hand: python networks.py (PyTorch 2.15, safetensors). See ../README.md for the keys.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = Path(__file__).parent
VOCABULARY, EMBEDDING, CHANNELS = 11, 4, 3
LENGTHS = torch.tensor([9, 6, 4, 1])
MODULES = {
    "rnn_tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "rnn_relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
}


class Net(nn.Module):
    def __init__(self, cell, case):
        super().__init__()
        self.case = case
        if case["tokens"]:
            self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        module, options = MODULES[cell]
        inputs = EMBEDDING if case["tokens"] else CHANNELS
        self.rnn = module(inputs, 5, case["layers"], bidirectional=case["both"], **options)
        width = 10 if case["both"] else 5
        if case["readout"] == "all":
            width *= int(case["lengths"][0])
        head = []
        for size in case["head"]:
            head += [nn.Linear(width, size), case["activation"]()]
            width = size
        self.head = nn.Sequential(*head)
        self.out = nn.Linear(width, case["outputs"])

    def forward(self, inputs):
        case, lengths = self.case, self.case["lengths"]
        if case["tokens"]:
            inputs = self.embedding(inputs)
        packed = pack_padded_sequence(inputs, lengths)
        states, last = self.rnn(packed)
        states, _ = pad_packed_sequence(states)
        last = last[0] if isinstance(last, tuple) else last
        match case["readout"]:
            case "steps":
                read = states
            case "last":
                read = torch.cat([last[-2], last[-1]], 1) if case["both"] else last[-1]
            case "mean":
                there = torch.arange(len(states))[:, None] < lengths
                read = (states * there[:, :, None]).sum(0) / lengths[:, None]
            case "all":
                read = states.transpose(0, 1).flatten(1)
        return self.out(self.head(read))


def usual(**changes):
    case = {"tokens": True, "layers": 2, "both": True, "readout": "last", "lengths": LENGTHS}
    return case | {"head": [], "activation": nn.ReLU, "outputs": 3, "numbers": False} | changes


CASES = {
    "both_steps": (["gru", "lstm"], usual(readout="steps")),
    "both_last_mlp": (["rnn_relu", "lstm"], usual(tokens=False, head=[7])),
    "mean_mlp": (
        ["rnn_tanh", "gru"],
        usual(both=False, readout="mean", head=[6, 4], activation=nn.Tanh, numbers=True),
    ),
    "all_both": (
        ["rnn_tanh", "gru"],
        usual(tokens=False, layers=1, readout="all", lengths=torch.tensor([6, 6, 6])),
    ),
}


def main():
    for name, (cells, case) in CASES.items():
        for cell in cells:
            keep(f"{name}_{cell}", cell, case)


def keep(name, cell, case):
    torch.manual_seed(len(name))
    net = Net(cell, case).double()
    steps, count = int(case["lengths"][0]), len(case["lengths"])
    tensors = {"lengths": case["lengths"]}
    if case["tokens"]:
        inputs = torch.randint(0, VOCABULARY, (steps, count))
        tensors["tokens"] = inputs
    else:
        # In single precision, as files hold them.
        inputs = torch.randn(steps, count, CHANNELS).float().double()
        tensors["series"] = inputs
    there = torch.arange(steps)[:, None] < case["lengths"]
    if case["numbers"]:
        targets = torch.randn(count, case["outputs"]).float().double()
    elif case["readout"] == "steps":
        targets = torch.randint(0, case["outputs"], (steps, count))
        targets[torch.rand(steps, count) < 0.2] = -100
        targets[~there] = -100
    else:
        targets = torch.randint(0, case["outputs"], (count,))
    tensors["targets"] = targets

    def loss_of(outputs):
        if case["numbers"]:
            return nn.functional.mse_loss(outputs, targets)
        return nn.functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())

    tensors |= {f"param.{key}": value.clone() for key, value in net.state_dict().items()}
    clip = 0.25
    optimiser = torch.optim.Adam(net.parameters(), lr=0.001)
    for step in range(1, 6):
        optimiser.zero_grad()
        outputs = net(inputs)
        loss = loss_of(outputs)
        loss.backward()
        if step == 1:
            tensors["outputs"] = outputs.detach().clone()
            for key, parameter in net.named_parameters():
                tensors[f"grad.{key}"] = parameter.grad.clone()
        norm = nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimiser.step()
        tensors[f"step{step}.loss"] = loss.detach().reshape(1)
        tensors[f"step{step}.grad_norm"] = norm.detach().reshape(1)
    tensors |= {f"step5.{key}": value.clone() for key, value in net.state_dict().items()}
    metadata = {
        "clip": str(clip),
        "layers": str(case["layers"]),
        "both": str(case["both"]).lower(),
        "readout": case["readout"],
        "head": ",".join(map(str, case["head"])),
        "activation": case["activation"].__name__.lower(),
        "outputs": str(case["outputs"]),
    }
    tensors = {key: value.contiguous() for key, value in tensors.items()}
    save_file(tensors, HERE / f"{name}.safetensors", metadata)


main()
