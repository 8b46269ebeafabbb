"""Compares rarefy with PyTorch, JAX and ONNX Runtime: one core, one run, turn by turn.

See ../README.md for what is measured. Needs Linux, for pinning to a core.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).resolve().parent
RAREFY = FOLDER.parent.parent / "target" / "release" / "rarefy"
CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]
TRAINING_PEERS = ["torch", "jax"]
STREAMING_PEERS = ["torch", "onnx"]
HIDDEN, SPARSITY = 512, 90  # of the streaming step
THREAD_COUNTS = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]

Object = dict[str, Any]


class Peer:
    """A peer's process, warm and waiting, to be measured as often as wanted."""

    def __init__(self, script: str, *arguments: str) -> None:
        command = [sys.executable, FOLDER / script, *arguments, "--serve"]
        self.script = script
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.answer()  # comes when it is warm

    def answer(self) -> Object:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.script} ended before it answered")
        return json.loads(line)

    def measure(self) -> Object:
        print(file=self.process.stdin, flush=True)
        return self.answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()


class Rarefy:
    """The command that is compared."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self, *arguments: str) -> str:
        command = [self.path, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def training(self, cell: str, batch: int) -> Object:
        options = ["--cells", cell, "--batch", str(batch), "--repeats", "1"]
        bench = json.loads(self.text("bench", "train", *options, "--json", "-q"))
        return {**bench["rows"][0], "instruction_set": bench["instruction_set"]}

    def streaming(self) -> Object:
        options = ["--cells", "gru", "--hidden", str(HIDDEN), "--sparsity", str(SPARSITY)]
        bench = json.loads(self.text("bench", "sparse", *options, "--json", "-q"))
        return next(row for row in bench["rows"] if row["step"] == "streaming")


def fastest(measurements: list[Object], time: str) -> Object:
    return min(measurements, key=lambda one: one[time])


def compare_training(rarefy: Rarefy, cell: str, batch: int, data: str, rounds: int) -> Object:
    """The fastest epoch of rarefy and of each peer."""
    options = ["--cell", cell, "--batch", str(batch), "--data", data]
    ours, theirs = [], {name: [] for name in TRAINING_PEERS}
    with ExitStack() as stack:
        progress(f"{cell}: peers compile and warm up")
        peers = {name: stack.enter_context(Peer(f"train_{name}.py", *options)) for name in theirs}
        for turn in range(1, rounds + 1):
            progress(f"{cell}: round {turn} of {rounds}")
            ours.append(rarefy.training(cell, batch))
            for name, peer in peers.items():
                theirs[name].append(peer.measure())
    time = "seconds_per_epoch"
    best, bests = fastest(ours, time), [fastest(one, time) for one in theirs.values()]
    return {
        "cell": cell,
        "rarefy": best,
        "peers": bests,
        "best_peer_over_rarefy": fastest(bests, time)[time] / best[time],
    }


def compare_streaming(rarefy: Rarefy, rounds: int) -> Object:
    """The fastest string of steps of rarefy, dense and sparse, and of each peer."""
    ours, theirs = [], {name: [] for name in STREAMING_PEERS}
    with ExitStack() as stack:
        progress("streaming: peers warm up")
        peers = {name: stack.enter_context(Peer(f"step_{name}.py")) for name in theirs}
        for turn in range(1, rounds + 1):
            progress(f"streaming: round {turn} of {rounds}")
            ours.append(rarefy.streaming())
            for name, peer in peers.items():
                theirs[name].append(peer.measure())
    time = "microseconds_per_step"
    bests = [fastest(one, time) for one in theirs.values()]
    dense = min(row["dense_microseconds"] for row in ours)
    sparse = min(row["sparse_microseconds"] for row in ours)
    return {
        "cell": "gru",
        "hidden": HIDDEN,
        "sparsity": SPARSITY,
        "peers": bests,
        "rarefy": {"dense_microseconds": dense, "sparse_microseconds": sparse},
        "best_peer_over_dense": fastest(bests, time)[time] / dense,
        "dense_over_sparse": dense / sparse,
    }


def render(report: Object) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    lines = [
        f"{report['date']}, {report['machine']}, core {report['core']}",
        f"{versions}; rarefy computes with {report['instruction_set']}",
        "",
        f"training: seconds per epoch, batch {report['batch']}, fastest of {report['rounds']}",
        "cell        rarefy    torch      jax  best peer / rarefy  share of peak  peers' accuracy",
    ]
    for row in report["training"]:
        torch, jax = row["peers"]
        accuracies = f"{torch['train_accuracy']:.4f}, {jax['train_accuracy']:.4f}"
        lines.append(
            f"{row['cell']:<9} {row['rarefy']['seconds_per_epoch']:>8.3f}"
            f" {torch['seconds_per_epoch']:>8.3f} {jax['seconds_per_epoch']:>8.3f}"
            f" {row['best_peer_over_rarefy']:>19.2f}"
            f" {row['rarefy']['fraction_of_peak']:>14.3f} {accuracies:>16}"
        )
    streaming = report["streaming"]
    lines += ["", f"streaming: microseconds per step, three GRU layers of {HIDDEN}, batch 1"]
    ours = streaming["rarefy"]
    lines.append(f"{'rarefy, dense':<24} {ours['dense_microseconds']:>8.1f}")
    lines.append(f"{f'rarefy, {SPARSITY} % sparse':<24} {ours['sparse_microseconds']:>8.1f}")
    for peer in streaming["peers"]:
        lines.append(f"{peer['peer']:<24} {peer['microseconds_per_step']:>8.1f}")
    lines.append(f"{'best peer / rarefy dense':<24} {streaming['best_peer_over_dense']:>8.2f}")
    lines.append(f"{'rarefy dense / sparse':<24} {streaming['dense_over_sparse']:>8.2f}")
    return "\n".join(lines)


def processor() -> str:
    """The processor's name, as the kernel gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cell_list(text: str) -> list[str]:
    cells = text.split(",")
    for cell in cells:
        if cell not in CELLS:
            raise argparse.ArgumentTypeError(f"{cell!r} is none of {', '.join(CELLS)}")
    return cells


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rarefy", type=Path, default=RAREFY, help="[target/release/rarefy]")
    parser.add_argument("--cells", type=cell_list, default=CELLS, help="comma-separated [all]")
    parser.add_argument("--batch", type=positive, default=32, help="strings in a batch [32]")
    parser.add_argument("--rounds", type=positive, default=3, help="the fastest counts [3]")
    parser.add_argument("--core", type=int, help="to run on [the last that is allowed]")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, help="file to write the JSON object to as well")
    options = parser.parse_args()
    if not options.rarefy.is_file():
        parser.error(f"{options.rarefy} is missing: cargo build --release, or name it: --rarefy")
    allowed = os.sched_getaffinity(0)
    if options.core is None:
        options.core = max(allowed)
    if options.core not in allowed:
        parser.error(f"core {options.core} is none of {sorted(allowed)}")
    return options


def main() -> None:
    options = arguments()
    # All that is started from here on inherits both.
    os.sched_setaffinity(0, {options.core})
    os.environ.update(dict.fromkeys(THREAD_COUNTS, "1"))

    rarefy = Rarefy(options.rarefy.resolve())
    date = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as data:
        rarefy.text("data", "reber", "--out", data)
        training = [
            compare_training(rarefy, cell, options.batch, data, options.rounds)
            for cell in options.cells
        ]
    streaming = compare_streaming(rarefy, options.rounds)
    measured = [*training[0]["peers"], *streaming["peers"]]
    report = {
        "date": f"{date:%Y-%m-%d %H:%M} UTC",
        "machine": processor(),
        "core": options.core,
        "versions": {
            "rarefy": rarefy.text("--version").split()[-1],
            **{one["peer"]: one["version"] for one in measured},
        },
        "instruction_set": training[0]["rarefy"]["instruction_set"],
        "batch": options.batch,
        "rounds": options.rounds,
        "training": training,
        "streaming": streaming,
    }
    as_json = json.dumps(report, indent=2)
    if options.out:
        options.out.write_text(as_json + "\n")
    print(as_json if options.json else render(report))


if __name__ == "__main__":
    main()
