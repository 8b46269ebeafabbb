"""ONNX Runtime's streaming step: a GRU operator over one step, bound to fixed buffers.

Binding saves some percent over passing arrays: the two state buffers take turns as input
and output, so nothing is copied.
"""

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

from streaming import HIDDEN, Layer, first_layer_and_input, run

SHAPE = [1, 1, HIDDEN]  # one step, or one direction, of one string
OPSET = 14


def update_first(rows: np.ndarray) -> np.ndarray:
    """PyTorch's gate rows (reset, update, new) in ONNX's order, with its direction axis."""
    reset, update, new = np.split(rows, 3)
    return np.concatenate([update, reset, new])[None]


def model(layer: Layer) -> ModelProto:
    def tensor(name: str):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE)

    constants = {
        "weight_ih": update_first(layer.weight_ih),
        "weight_hh": update_first(layer.weight_hh),
        "biases": np.hstack([update_first(layer.bias_ih), update_first(layer.bias_hh)]),
    }
    gru = helper.make_node(
        "GRU",
        ["inputs", *constants, "", "state"],
        ["", "next_state"],
        hidden_size=HIDDEN,
        linear_before_reset=1,  # PyTorch's variant
    )
    graph = helper.make_graph(
        [gru],
        "step",
        [tensor("inputs"), tensor("state")],
        [tensor("next_state")],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    # The oldest formats that will do: the runtime may lag behind the `onnx` package.
    opsets = [helper.make_opsetid("", OPSET)]
    ir_version = helper.find_min_ir_version_for(opsets)
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


class Stream:
    """A GRU layer with its state."""

    def __init__(self) -> None:
        layer, inputs = first_layer_and_input()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            model(layer).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        bound = onnxruntime.OrtValue.ortvalue_from_numpy
        self.inputs = bound(inputs.reshape(SHAPE))
        self.state, self.next_state = (bound(np.zeros(SHAPE, np.float32)) for _ in range(2))
        self.binding = self.bind(self.state, self.next_state)
        self.next_binding = self.bind(self.next_state, self.state)

    def bind(
        self, state: onnxruntime.OrtValue, next_state: onnxruntime.OrtValue
    ) -> onnxruntime.IOBinding:
        binding = self.session.io_binding()
        binding.bind_ortvalue_input("inputs", self.inputs)
        binding.bind_ortvalue_input("state", state)
        binding.bind_ortvalue_output("next_state", next_state)
        return binding

    def step(self) -> None:
        self.session.run_with_iobinding(self.binding)
        self.state, self.next_state = self.next_state, self.state
        self.binding, self.next_binding = self.next_binding, self.binding


if __name__ == "__main__":
    run("onnxruntime", onnxruntime.__version__, Stream().step)
