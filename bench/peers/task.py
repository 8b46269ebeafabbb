"""The training task, the same for every peer: sizes, first weights, strings in batches.

It is what `rarefy bench train` trains: the network and settings of H. Darji's thesis
(arXiv 2407.20601) on strings of `rarefy data reber`, and wider networks.

Shapes: T steps, B batch, I input, H hidden, G gates.
"""

import argparse
import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from handover import Measurement, hand_over

VOCABULARY = 128  # a character is its ASCII code
PADDING = 0
LAYERS = 3
CLASSES = 2
LEARNING_RATE = 0.001
LARGEST_GRADIENT_NORM = 5.0
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}

Weights = dict[str, np.ndarray]
Native = TypeVar("Native")  # a batch as a peer's own arrays


class Batch(NamedTuple):
    """Strings padded at their end to the longest of them."""

    tokens: np.ndarray  # [T, B], int32
    targets: np.ndarray  # [B], int32


def load_batches(folder: Path, batch: int, seed: int, strings: int | None) -> list[Batch]:
    """The first training strings, shuffled and cut into batches.

    Padding is done here, before any clock runs, in favour of the peers.
    """
    with open(folder / "train_data.csv", newline="") as file:
        rows = [(row["string"], int(row["valid"])) for row in csv.DictReader(file)][:strings]
    order = np.random.default_rng(seed).permutation(len(rows))
    starts = range(0, len(rows), batch)
    return [pad([rows[at] for at in order[start : start + batch]]) for start in starts]


def pad(rows: list[tuple[str, int]]) -> Batch:
    tokens = np.full((max(len(text) for text, _ in rows), len(rows)), PADDING, np.int32)
    for column, (text, _) in enumerate(rows):
        tokens[: len(text), column] = list(text.encode("ascii"))
    return Batch(tokens, np.array([label for _, label in rows], np.int32))


def counted_work(cell: str, hidden: int) -> int:
    """Floating-point operations for each string and step, as `rarefy bench train` counts them."""
    return 6 * (2 * LAYERS - 1) * GATES[cell] * hidden**2


def first_weights(cell: str, hidden: int, seed: int) -> Weights:
    """Weights before training, under the names of `train_torch.Network`'s parameters.

    Every peer starts each epoch from them, so their accuracies agree but for rounding.
    """
    random = np.random.default_rng(seed)
    rows = GATES[cell] * hidden
    bound = hidden**-0.5

    def uniform(*shape: int) -> np.ndarray:
        return random.uniform(-bound, bound, shape).astype(np.float32)

    weights = {"embedding.weight": random.standard_normal((VOCABULARY, hidden), np.float32)}
    for layer in range(LAYERS):
        weights[f"recurrent.weight_ih_l{layer}"] = uniform(rows, hidden)
        weights[f"recurrent.weight_hh_l{layer}"] = uniform(rows, hidden)
        weights[f"recurrent.bias_ih_l{layer}"] = uniform(rows)
        weights[f"recurrent.bias_hh_l{layer}"] = uniform(rows)
    weights["readout.weight"] = uniform(CLASSES, hidden)
    weights["readout.bias"] = uniform(CLASSES)
    return weights


def threads() -> int:
    """How many a peer may use: compare.py gives it as many cores."""
    return len(os.sched_getaffinity(0))


def run(
    peer: str,
    version: str,
    as_native: Callable[[Batch], Native],
    epoch: Callable[[str, Weights, list[Native]], tuple[float, int]],
) -> None:
    """The whole command of a training peer.

    `epoch` trains a network of a cell from some weights once through some batches, and
    returns the seconds that took and how many strings were classified right.
    """
    parser = argparse.ArgumentParser(description=f"Training epochs of {peer} {version}, as JSON")
    parser.add_argument("--cell", choices=GATES, required=True)
    parser.add_argument("--hidden", type=int, default=50, help="units of each layer [50]")
    parser.add_argument("--batch", type=int, default=32, help="strings in a batch [32]")
    parser.add_argument("--data", type=Path, required=True, help="folder of train_data.csv")
    parser.add_argument("--epochs", type=int, default=1, help="to time; the fastest counts [1]")
    parser.add_argument("--seed", type=int, default=0, help="of first weights and order [0]")
    parser.add_argument("--strings", type=int, help="the first strings of the file alone [all]")
    parser.add_argument("--serve", action="store_true", help="time an epoch per line on stdin")
    options = parser.parse_args()
    batches = load_batches(options.data, options.batch, options.seed, options.strings)
    weights = first_weights(options.cell, options.hidden, options.seed)
    warm_up = {batch.tokens.shape: batch for batch in batches}.values()  # one of each shape
    epoch(options.cell, weights, [as_native(batch) for batch in warm_up])
    native = [as_native(batch) for batch in batches]
    strings = sum(len(batch.targets) for batch in batches)
    columns = sum(batch.tokens.size for batch in batches)
    work = counted_work(options.cell, options.hidden) * columns

    def measure() -> Measurement:
        timed = [epoch(options.cell, weights, native) for _ in range(options.epochs)]
        seconds, correct = min(timed)
        return {
            "peer": peer,
            "version": version,
            "cell": options.cell,
            "hidden": options.hidden,
            "batch": options.batch,
            "seconds_per_epoch": seconds,
            "milliseconds_per_step": 1e3 * seconds / len(batches),
            "gflops": work / seconds / 1e9,
            "train_accuracy": correct / strings,
        }

    hand_over(measure, options.serve)
