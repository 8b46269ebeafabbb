"""JAX's training epochs at the thesis's settings, on as many threads as it has cores.

The idiom is one jitted training step, compiled once for each padded length before any clock
runs, with donated buffers. A layer multiplies the inputs of all steps at once and then scans
over them. Weights are kept input-first, as JAX's libraries keep them: some percent faster.
Unrolling the scan, a one-hot product in place of the embedding's gather, and XLA's other CPU
libraries and vector widths were tried: no gain that stood out of the noise. The backward pass
is what `jax.grad` makes of it, not written by hand.
"""

import functools
import os
import time
from typing import NamedTuple

from task import (
    LARGEST_GRADIENT_NORM,
    LAYERS,
    LEARNING_RATE,
    Batch,
    Weights,
    run,
    threads,
)

# Read when JAX is imported. XLA has no setting for a number of threads: run alone, this script
# has to be pinned to cores (`taskset`), as compare.py pins it.
os.environ["JAX_PLATFORMS"] = "cpu"
if threads() == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import jax
import jax.numpy as jnp
from jax import Array, lax

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, PyTorch's defaults

Arrays = dict[str, Array]


class State(NamedTuple):
    """What a training step changes: weights, Adam's memory, and a tally of the epoch."""

    weights: Arrays
    mean: Arrays
    square: Arrays
    steps: Array
    correct: Array


def recurrent_layer(cell: str, weights: Arrays, layer: int, inputs: Array) -> Array:
    """Outputs of all steps, `[T, B, H]`, for inputs `[T, B, I]`, from a zero state."""
    weight_ih, weight_hh, bias_ih, bias_hh = (
        weights[f"recurrent.{name}_l{layer}"]
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    zero = jnp.zeros((inputs.shape[1], weight_hh.shape[0]))
    products = inputs @ weight_ih + bias_ih
    if cell != "gru":  # whose reset gate acts on bias_hh too
        products += bias_hh

    def rnn(hidden: Array, product: Array) -> tuple[Array, Array]:
        activation = {"rnn_tanh": jnp.tanh, "rnn_relu": jax.nn.relu}[cell]
        hidden = activation(product + hidden @ weight_hh)
        return hidden, hidden

    def gru(hidden: Array, product: Array) -> tuple[Array, Array]:
        reset, update, new = jnp.split(product, 3, axis=1)
        reset_hh, update_hh, new_hh = jnp.split(hidden @ weight_hh + bias_hh, 3, axis=1)
        reset = jax.nn.sigmoid(reset + reset_hh)
        update = jax.nn.sigmoid(update + update_hh)
        new = jnp.tanh(new + reset * new_hh)
        hidden = new + update * (hidden - new)
        return hidden, hidden

    def lstm(state: tuple[Array, Array], product: Array) -> tuple[tuple[Array, Array], Array]:
        hidden, memory = state
        gates = jnp.split(product + hidden @ weight_hh, 4, axis=1)
        entry, forget, output = (jax.nn.sigmoid(gates[at]) for at in (0, 1, 3))
        memory = forget * memory + entry * jnp.tanh(gates[2])
        hidden = output * jnp.tanh(memory)
        return (hidden, memory), hidden

    if cell == "lstm":
        return lax.scan(lstm, (zero, zero), products)[1]
    return lax.scan(gru if cell == "gru" else rnn, zero, products)[1]


def forward(cell: str, weights: Arrays, tokens: Array) -> Array:
    """Logits `[B, C]`, read at the last padded step, of tokens `[T, B]`."""
    outputs = weights["embedding.weight"][tokens]
    for layer in range(LAYERS):
        outputs = recurrent_layer(cell, weights, layer, outputs)
    return outputs[-1] @ weights["readout.weight"] + weights["readout.bias"]


def loss(cell: str, weights: Arrays, tokens: Array, targets: Array) -> tuple[Array, Array]:
    """Mean cross-entropy, and strings classified right."""
    logits = forward(cell, weights, tokens)
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], axis=1)
    return -chosen.mean(), (logits.argmax(1) == targets).sum()


@functools.partial(jax.jit, static_argnums=0, donate_argnums=1)
def training_step(cell: str, state: State, tokens: Array, targets: Array) -> State:
    """One batch: gradient, clipping by the global norm, Adam."""
    gradient_of_loss = jax.grad(loss, argnums=1, has_aux=True)
    gradient, correct = gradient_of_loss(cell, state.weights, tokens, targets)
    norm = jnp.sqrt(sum((one * one).sum() for one in gradient.values()))
    scale = jnp.minimum(1.0, LARGEST_GRADIENT_NORM / (norm + 1e-6))
    steps = state.steps + 1
    step_size = LEARNING_RATE / (1 - BETA_1**steps)
    root = 1 / jnp.sqrt(1 - BETA_2**steps)

    def moved_mean(mean: Array, g: Array) -> Array:
        return BETA_1 * mean + (1 - BETA_1) * scale * g

    def moved_square(square: Array, g: Array) -> Array:
        return BETA_2 * square + (1 - BETA_2) * (scale * g) ** 2

    def moved_weight(weight: Array, mean: Array, square: Array) -> Array:
        return weight - step_size * mean / (jnp.sqrt(square) * root + EPSILON)

    mean = jax.tree.map(moved_mean, state.mean, gradient)
    square = jax.tree.map(moved_square, state.square, gradient)
    weights = jax.tree.map(moved_weight, state.weights, mean, square)
    return State(weights, mean, square, steps, state.correct + correct)


def input_first(weights: Weights) -> Arrays:
    """The weights of `task.first_weights`, with each product's matrix transposed."""
    return {
        name: jnp.array(value if name == "embedding.weight" else value.T)
        for name, value in weights.items()
    }


def first_state(weights: Weights) -> State:
    first = input_first(weights)
    # Two memories of their own, since every buffer is donated.
    mean, square = (jax.tree.map(jnp.zeros_like, first) for _ in range(2))
    return State(first, mean, square, jnp.float32(0), jnp.int32(0))


def as_arrays(batch: Batch) -> tuple[Array, Array]:
    return jnp.array(batch.tokens), jnp.array(batch.targets)


def epoch(cell: str, weights: Weights, batches: list[tuple[Array, Array]]) -> tuple[float, int]:
    """Trains from `weights` once through `batches`: seconds, and strings classified right."""
    state = jax.block_until_ready(first_state(weights))
    start = time.perf_counter()
    for tokens, targets in batches:
        state = training_step(cell, state, tokens, targets)
    jax.block_until_ready(state)
    return time.perf_counter() - start, int(state.correct)


if __name__ == "__main__":
    run("jax", jax.__version__, as_arrays, epoch)
