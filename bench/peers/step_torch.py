"""PyTorch's streaming step: `nn.GRUCell`, which was faster here than `nn.GRU` for one step."""

import torch
from torch import Tensor, nn

from streaming import HIDDEN, first_layer_and_input, run


class Stream:
    """A GRU layer with its state."""

    def __init__(self) -> None:
        layer, inputs = first_layer_and_input()
        self.cell = nn.GRUCell(HIDDEN, HIDDEN)
        self.cell.load_state_dict({n: torch.from_numpy(w) for n, w in layer._asdict().items()})
        self.inputs: Tensor = torch.from_numpy(inputs)[None]
        self.state = torch.zeros(1, HIDDEN)

    def step(self) -> None:
        self.state = self.cell(self.inputs, self.state)


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.inference_mode():
        run("torch", torch.__version__, Stream().step)
