"""Golden numbers from PyTorch in double precision: language models of a running text, trained by
truncated back-propagation through time.

Run by hand: python text.py (PyTorch 2.15, safetensors). See ../README.md.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent
VOCABULARY, EMBEDDING, UNITS, STREAMS, PIECE = 9, 4, 6, 4, 7
# One more than four streams of 40: the first stream is longer, and the last piece has one step.
STEPS = 4 * 35 + 1


class Net(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.rnn = kind(EMBEDDING, UNITS, 2)
        self.out = nn.Linear(UNITS, VOCABULARY)


def pieces(tokens):
    """Of each piece: the tokens of the streams that it has, and those that follow."""
    length, longer = divmod(STEPS, STREAMS)
    starts = [at * length + min(at, longer) for at in range(STREAMS + 1)]
    streams = [range(a, b) for a, b in zip(starts, starts[1:])]
    for start in range(0, len(streams[0]), PIECE):
        parts = [stream[start : start + PIECE] for stream in streams]
        parts = [part for part in parts if len(part)]
        read = torch.stack([tokens[part.start : part.stop] for part in parts], 1)
        asked = torch.stack([tokens[part.start + 1 : part.stop + 1] for part in parts], 1)
        yield read, asked


def detached(state, count):
    cut = lambda part: part.detach()[:, :count]
    return tuple(map(cut, state)) if isinstance(state, tuple) else cut(state)


def main():
    for name, kind in [("gru", nn.GRU), ("lstm", nn.LSTM)]:
        torch.manual_seed(3)
        # Each token mostly follows from the two before it.
        tokens = [1, 2]
        for _ in range(STEPS - 1):
            noise = int(torch.rand(()) < 0.2) * int(torch.randint(0, 3, ()))
            tokens.append(1 + (3 * tokens[-1] + tokens[-2] + noise) % (VOCABULARY - 1))
        tokens = torch.tensor(tokens)
        net = Net(kind).double()
        tensors = {"tokens": tokens}
        tensors |= {f"param.{key}": value.clone() for key, value in net.state_dict().items()}
        optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
        for epoch in range(1, 4):
            state, total, count = None, 0.0, 0
            for read, asked in pieces(tokens):
                if state is not None:
                    state = detached(state, read.shape[1])
                optimiser.zero_grad()
                outputs, state = net.rnn(net.embedding(read), state)
                logits = net.out(outputs).flatten(0, 1)
                loss = nn.functional.cross_entropy(logits, asked.flatten())
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 0.5)
                optimiser.step()
                total += float(loss.detach()) * asked.numel()
                count += asked.numel()
            assert count == STEPS
            tensors[f"epoch{epoch}.loss"] = torch.tensor([total / count], dtype=torch.float64)
        tensors |= {f"after.{key}": value.clone() for key, value in net.state_dict().items()}
        with torch.no_grad():
            # Scored as a whole.
            outputs, _ = net.rnn(net.embedding(tokens[:-1, None]))
            logits = net.out(outputs)[:, 0]
            score = nn.functional.cross_entropy(logits, tokens[1:])
        tensors["score.loss"] = score.reshape(1)
        tensors = {key: value.contiguous() for key, value in tensors.items()}
        save_file(tensors, HERE / f"{name}.safetensors")


main()
