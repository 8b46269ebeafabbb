"""The streaming step, the same for every peer: three GRU layers, batch 1, their state kept.

A vector of 512 numbers comes in, an embedded character; each layer's new state is the next
layer's input, and its own in the next step.
"""

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from handover import Measurement, hand_over

LAYERS = 3
HIDDEN = 512  # and as many inputs
STRING = 12  # steps of a string, as rarefy measures
WARM_UP_STRINGS = 20
STRINGS = 200


class Layer(NamedTuple):
    """PyTorch's layout: gate rows reset, update, new."""

    weight_ih: np.ndarray  # [3 H, H]
    weight_hh: np.ndarray  # [3 H, H]
    bias_ih: np.ndarray  # [3 H]
    bias_hh: np.ndarray  # [3 H]


def layers_and_input() -> tuple[list[Layer], np.ndarray]:
    random = np.random.default_rng(0)
    bound = HIDDEN**-0.5
    shapes = [(3 * HIDDEN, HIDDEN), (3 * HIDDEN, HIDDEN), (3 * HIDDEN,), (3 * HIDDEN,)]

    def layer() -> Layer:
        return Layer(*(random.uniform(-bound, bound, shape).astype(np.float32) for shape in shapes))

    return [layer() for _ in range(LAYERS)], random.standard_normal(HIDDEN, np.float32)


def run(peer: str, version: str, step: Callable[[], None]) -> None:
    """The whole command of a streaming peer, whose next step `step` takes."""
    parser = argparse.ArgumentParser(description=f"Steps of {peer} {version}, as JSON")
    parser.add_argument("--serve", action="store_true", help="measure once per line on stdin")
    options = parser.parse_args()

    def measure() -> Measurement:
        nanoseconds = []
        for _ in range(WARM_UP_STRINGS + STRINGS):
            start = time.perf_counter_ns()
            for _ in range(STRING):
                step()
            nanoseconds.append((time.perf_counter_ns() - start) / STRING)
        return {
            "peer": peer,
            "version": version,
            "cell": "gru",
            "layers": LAYERS,
            "hidden": HIDDEN,
            "microseconds_per_step": min(nanoseconds[WARM_UP_STRINGS:]) / 1000,
        }

    hand_over(measure, options.serve)
