"""Compares rarefy with PyTorch, JAX and ONNX Runtime: the same cores, one run, turn by turn.

See ../README.md for what is measured. Needs Linux, for pinning to cores.
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
from typing import Any, NamedTuple, Self

FOLDER = Path(__file__).resolve().parent
RAREFY = FOLDER.parent.parent / "target" / "release" / "rarefy"
CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]
TRAINING_PEERS = ["torch", "jax"]
STREAMING_PEERS = ["torch", "onnx"]
HIDDEN, SPARSITY = 512, 90  # of the streaming step
THREAD_COUNTS = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]

Object = dict[str, Any]


class Work(NamedTuple):
    """A network to train, and by how many threads."""

    cell: str
    hidden: int
    batch: int
    threads: int


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

    def training(self, work: Work) -> Object:
        options = ["--cells", work.cell, "--hidden", str(work.hidden), "--batch", str(work.batch)]
        options += ["--jobs", str(work.threads), "--repeats", "1"]
        bench = json.loads(self.text("bench", "train", *options, "--json", "-q"))
        return {**bench["rows"][0], "instruction_set": bench["instruction_set"]}

    def streaming(self) -> Object:
        options = ["--cells", "gru", "--hidden", str(HIDDEN), "--sparsity", str(SPARSITY)]
        bench = json.loads(self.text("bench", "sparse", *options, "--json", "-q"))
        return next(row for row in bench["rows"] if row["step"] == "streaming")


def fastest(measurements: list[Object], time: str) -> Object:
    return min(measurements, key=lambda one: one[time])


def compare_training(rarefy: Rarefy, work: Work, data: str, rounds: int) -> Object:
    """The fastest epoch of rarefy and of each peer.

    An epoch of a wide network has few batches, whose longest strings differ from order to order: so
    rates of the counted operations are compared, not seconds.
    """
    cell, hidden, batch, threads = work
    name = f"{cell} {hidden}, {threads} thread{'s'[: threads > 1]}"
    # Also the number of strings that this network is measured with.
    ours, theirs = [rarefy.training(work)], {name: [] for name in TRAINING_PEERS}
    options = ["--cell", cell, "--hidden", str(hidden), "--batch", str(batch), "--data", data]
    options += ["--strings", str(ours[0]["strings"])]
    with ExitStack() as stack:
        progress(f"{name}: peers compile and warm up")
        peers = {name: stack.enter_context(Peer(f"train_{name}.py", *options)) for name in theirs}
        for turn in range(1, rounds + 1):
            progress(f"{name}: round {turn} of {rounds}")
            ours.append(rarefy.training(work))
            for peer, process in peers.items():
                theirs[peer].append(process.measure())
    time = "seconds_per_epoch"
    best, bests = fastest(ours[1:], time), [fastest(one, time) for one in theirs.values()]
    return {
        "cell": cell,
        "hidden": hidden,
        "threads": threads,
        "rarefy": best,
        "peers": bests,
        "best_peer_over_rarefy": best["gflops"] / max(peer["gflops"] for peer in bests),
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
        f"{report['date']}, {report['machine']}, cores {report['cores']}",
        f"{versions}; rarefy computes with {report['instruction_set']}",
        "",
        f"training: milliseconds per step, batch {report['batch']}, fastest of {report['rounds']}",
        "cell      units threads   rarefy    torch      jax  best peer / rarefy  of peak  accuracies",
    ]
    time = "milliseconds_per_step"
    for row in report["training"]:
        torch, jax = row["peers"]
        accuracies = f"{torch['train_accuracy']:.4f}, {jax['train_accuracy']:.4f}"
        lines.append(
            f"{row['cell']:<9} {row['hidden']:>5} {row['threads']:>7}"
            f" {row['rarefy'][time]:>8.2f} {torch[time]:>8.2f} {jax[time]:>8.2f}"
            f" {row['best_peer_over_rarefy']:>19.2f}"
            f" {row['rarefy']['fraction_of_peak']:>8.3f}  {accuracies}"
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


def counts(text: str) -> list[int]:
    return [positive(one) for one in text.split(",")]


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def core_list(text: str) -> list[int]:
    return [int(core) for core in text.split(",")]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rarefy", type=Path, default=RAREFY, help="[target/release/rarefy]")
    parser.add_argument("--cells", type=cell_list, default=CELLS, help="comma-separated [all]")
    parser.add_argument("--hidden", type=counts, default=[50], help="units per layer, a list [50]")
    parser.add_argument("--threads", type=counts, default=[1], help="a list [1]")
    parser.add_argument("--batch", type=positive, default=32, help="strings in a batch [32]")
    parser.add_argument("--rounds", type=positive, default=3, help="the fastest counts [3]")
    parser.add_argument("--cores", type=core_list, help="to run on, a list [all allowed]")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, help="file to write the JSON object to as well")
    options = parser.parse_args()
    if not options.rarefy.is_file():
        parser.error(f"{options.rarefy} is missing: cargo build --release, or name it: --rarefy")
    allowed = os.sched_getaffinity(0)
    options.cores = options.cores or sorted(allowed)
    for core in options.cores:
        if core not in allowed:
            parser.error(f"core {core} is none of {sorted(allowed)}")
    if max(options.threads) > len(options.cores):
        parser.error(f"{max(options.threads)} threads on {len(options.cores)} cores")
    return options


def run_on(cores: list[int]) -> None:
    """All that is started from here on has these cores, and as many threads."""
    os.sched_setaffinity(0, cores)
    os.environ.update(dict.fromkeys(THREAD_COUNTS, str(len(cores))))


def main() -> None:
    options = arguments()
    rarefy = Rarefy(options.rarefy.resolve())
    date = datetime.now(UTC)
    training = []
    with tempfile.TemporaryDirectory() as data:
        rarefy.text("data", "reber", "--out", data)
        for threads in options.threads:
            # The last ones: the first core is often the busiest.
            run_on(options.cores[-threads:])
            for hidden in options.hidden:
                for cell in options.cells:
                    work = Work(cell, hidden, options.batch, threads)
                    training.append(compare_training(rarefy, work, data, options.rounds))
    run_on(options.cores[-1:])
    streaming = compare_streaming(rarefy, options.rounds)
    measured = [*training[0]["peers"], *streaming["peers"]]
    report = {
        "date": f"{date:%Y-%m-%d %H:%M} UTC",
        "machine": processor(),
        "cores": ", ".join(map(str, options.cores)),
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
