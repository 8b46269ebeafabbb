"""ONNX Runtime's streaming step: GRU operators over one step, bound to fixed buffers.

Binding saves some percent over passing arrays: each layer's two state buffers take turns as
input and output, so nothing is copied.
"""

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

from streaming import HIDDEN, LAYERS, Layer, layers_and_input, run

SHAPE = [1, 1, HIDDEN]  # one step, or one direction, of one string
OPSET = 14


def update_first(rows: np.ndarray) -> np.ndarray:
    """PyTorch's gate rows (reset, update, new) in ONNX's order, with its direction axis."""
    reset, update, new = np.split(rows, 3)
    return np.concatenate([update, reset, new])[None]


def model(layers: list[Layer]) -> ModelProto:
    def tensor(name: str):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE)

    nodes, constants = [], {}
    for at, layer in enumerate(layers):
        own = {
            f"weight_ih_{at}": update_first(layer.weight_ih),
            f"weight_hh_{at}": update_first(layer.weight_hh),
            f"biases_{at}": np.hstack([update_first(layer.bias_ih), update_first(layer.bias_hh)]),
        }
        # One step's state has the shape of one step's output: it is the next layer's input.
        below = f"next_state_{at - 1}" if at else "inputs"
        nodes.append(
            helper.make_node(
                "GRU",
                [below, *own, "", f"state_{at}"],
                ["", f"next_state_{at}"],
                hidden_size=HIDDEN,
                linear_before_reset=1,  # PyTorch's variant
            )
        )
        constants |= own
    graph = helper.make_graph(
        nodes,
        "step",
        [tensor("inputs"), *(tensor(f"state_{at}") for at in range(len(layers)))],
        [tensor(f"next_state_{at}") for at in range(len(layers))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    # The oldest formats that will do: the runtime may lag behind the `onnx` package.
    opsets = [helper.make_opsetid("", OPSET)]
    ir_version = helper.find_min_ir_version_for(opsets)
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


class Stream:
    """GRU layers with their state."""

    def __init__(self) -> None:
        layers, inputs = layers_and_input()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            model(layers).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        bound = onnxruntime.OrtValue.ortvalue_from_numpy
        self.inputs = bound(inputs.reshape(SHAPE))
        states, next_states = (
            [bound(np.zeros(SHAPE, np.float32)) for _ in range(LAYERS)] for _ in range(2)
        )
        self.binding = self.bind(states, next_states)
        self.next_binding = self.bind(next_states, states)

    def bind(
        self, states: list[onnxruntime.OrtValue], next_states: list[onnxruntime.OrtValue]
    ) -> onnxruntime.IOBinding:
        binding = self.session.io_binding()
        binding.bind_ortvalue_input("inputs", self.inputs)
        for at, (state, next_state) in enumerate(zip(states, next_states, strict=True)):
            binding.bind_ortvalue_input(f"state_{at}", state)
            binding.bind_ortvalue_output(f"next_state_{at}", next_state)
        return binding

    def step(self) -> None:
        self.session.run_with_iobinding(self.binding)
        self.binding, self.next_binding = self.next_binding, self.binding


if __name__ == "__main__":
    run("onnxruntime", onnxruntime.__version__, Stream().step)
