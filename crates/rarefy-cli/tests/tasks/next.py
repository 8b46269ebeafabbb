"""A language model of PyTorch whose tokens have numbers of their own, with a text and PyTorch's loss.

Run by hand: python next.py (PyTorch 2.15, safetensors). The files are kept.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent
TOKENS = "t aeh\ns"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(TOKENS), 5)
        self.rnn = nn.GRU(5, 8, 2, batch_first=True)
        self.fc = nn.Linear(8, len(TOKENS))
        nn.init.normal_(self.fc.weight, std=2)
        nn.init.normal_(self.fc.bias, std=2)

    def forward(self, tokens):
        return self.fc(self.rnn(self.embed(tokens))[0])


torch.manual_seed(3)
net = Net()
text = "".join(TOKENS[int(at)] for at in torch.randint(len(TOKENS), (300,)))
numbers = torch.tensor([[TOKENS.index(token) for token in text]])
save_file(net.state_dict(), HERE / "next.safetensors")
(HERE / "next.txt").write_text(text)
(HERE / "next_vocabulary.json").write_text(json.dumps({token: at for at, token in enumerate(TOKENS)}) + "\n")
with torch.no_grad():
    outputs = net.double()(numbers)[0, :-1]
asked = numbers[0, 1:]
expected = {
    "count": len(asked),
    "correct": int((outputs.argmax(1) == asked).sum()),
    "loss_mean": float(nn.functional.cross_entropy(outputs, asked)),
}
(HERE / "next.json").write_text(json.dumps(expected, indent=1) + "\n")
