"""PyTorch's training epochs at the thesis's settings, on as many threads as it has cores.

The idiom is the framework's own fused modules: `nn.RNN`, `nn.GRU` and `nn.LSTM` with three
layers, which multiply the inputs of all steps at once; the LSTM runs in oneDNN. Strings are
time-major, the modules' native layout (batch-first was no faster). Adam is the fused one,
three times as fast as the default. `torch.compile` is left out: it would have to unroll the
recurrence for each padded length.
"""

import time

import torch
from torch import Tensor, nn

from task import (
    CLASSES,
    LARGEST_GRADIENT_NORM,
    LAYERS,
    LEARNING_RATE,
    VOCABULARY,
    Batch,
    Weights,
    run,
    threads,
)

MODULES = {
    "rnn_tanh": lambda *sizes: nn.RNN(*sizes, nonlinearity="tanh"),
    "rnn_relu": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


class Network(nn.Module):
    """Embedding, recurrent layers, and a linear layer that reads the last padded step."""

    def __init__(self, cell: str, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, hidden)
        self.recurrent = MODULES[cell](hidden, hidden, LAYERS)
        self.readout = nn.Linear(hidden, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        outputs, _ = self.recurrent(self.embedding(tokens))
        return self.readout(outputs[-1])


def as_tensors(batch: Batch) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(batch.tokens).long(), torch.from_numpy(batch.targets).long()


def epoch(cell: str, weights: Weights, batches: list[tuple[Tensor, Tensor]]) -> tuple[float, int]:
    """Trains from `weights` once through `batches`: seconds, and strings classified right."""
    network = Network(cell, weights["readout.weight"].shape[1])
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    parameters = list(network.parameters())
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=True)
    correct = torch.tensor(0)
    start = time.perf_counter()
    for tokens, targets in batches:
        optimiser.zero_grad()
        logits = network(tokens)
        nn.functional.cross_entropy(logits, targets).backward()
        nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT_NORM)
        optimiser.step()
        correct += (logits.argmax(1) == targets).sum()
    return time.perf_counter() - start, int(correct)


if __name__ == "__main__":
    torch.set_num_threads(threads())
    run("torch", torch.__version__, as_tensors, epoch)
