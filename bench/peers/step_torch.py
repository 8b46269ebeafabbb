"""PyTorch's streaming step: `nn.GRUCell`, which was faster here than `nn.GRU` for one step."""

import torch
from torch import Tensor, nn

from streaming import HIDDEN, Layer, layers_and_input, run


def cell(layer: Layer) -> nn.GRUCell:
    cell = nn.GRUCell(HIDDEN, HIDDEN)
    cell.load_state_dict({n: torch.from_numpy(w) for n, w in layer._asdict().items()})
    return cell


class Stream:
    """GRU layers with their state."""

    def __init__(self) -> None:
        layers, inputs = layers_and_input()
        self.cells = [cell(layer) for layer in layers]
        self.inputs: Tensor = torch.from_numpy(inputs)[None]
        self.states = [torch.zeros(1, HIDDEN) for _ in layers]

    def step(self) -> None:
        below = self.inputs
        for at, cell in enumerate(self.cells):
            below = self.states[at] = cell(below, self.states[at])


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.inference_mode():
        run("torch", torch.__version__, Stream().step)
