"""Language models of characters: rarefy compared with PyTorch, in one run on one core.

Both train an LSTM on the same text with the same settings, one epoch, and score the rest of the
text. Prints bits per character, seconds of training, and ratios.

    python bench/peers/language.py TEXT --rarefy target/release/rarefy

A text of a few megabytes is enough: the King James Bible, as Debian's `bible-kjv` prints it
(`bible -f gen1:1-rev22:21`), takes a few minutes.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, tokens, units):
        super().__init__()
        self.embedding = nn.Embedding(tokens, units)
        self.rnn = nn.LSTM(units, units)
        self.out = nn.Linear(units, tokens)

    def forward(self, tokens, state):
        outputs, state = self.rnn(self.embedding(tokens), state)
        return self.out(outputs), state


def pieces(tokens, streams, steps):
    """The text as streams of one length, in pieces: tokens and those that follow."""
    length = (len(tokens) - 1) // streams
    read = tokens[: streams * length].view(streams, length).t()
    asked = tokens[1 : streams * length + 1].view(streams, length).t()
    for start in range(0, length, steps):
        yield read[start : start + steps], asked[start : start + steps]


def in_torch(train, test, said):
    torch.set_num_threads(1)
    torch.manual_seed(said.seed)
    # The padding is a token, as it is in rarefy.
    ids = {character: number for number, character in enumerate(sorted(set(train)), 1)}
    encode = lambda text: torch.tensor([ids[character] for character in text])
    learnt, held_out = encode(train), encode(test)
    net = Net(len(ids) + 1, said.units)
    optimiser = torch.optim.Adam(net.parameters(), lr=said.lr, fused=True)
    start = time.perf_counter()
    state = None
    for read, asked in pieces(learnt, said.batch, said.bptt):
        optimiser.zero_grad(set_to_none=True)
        logits, state = net(read, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), asked.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        state = tuple(part.detach() for part in state)
    seconds = time.perf_counter() - start
    total, count, state = 0.0, 0, None
    with torch.no_grad():
        for read, asked in pieces(held_out, said.batch, said.bptt):
            logits, state = net(read, state)
            flat = logits.flatten(0, 1), asked.flatten()
            total += float(nn.functional.cross_entropy(*flat, reduction="sum"))
            count += asked.numel()
    return total / count / math.log(2), seconds


def in_rarefy(folder, said, *more):
    command = [said.rarefy, "train", "--task", "next", "--train", "train.txt", "--test", "test.txt"]
    command += ["--cell", "lstm", "--layers", str(said.units), "--epochs", "1", "--lr", str(said.lr)]
    command += ["--batch", str(said.batch), "--bptt", str(said.bptt), "--clip", "5"]
    command += ["--seed", str(said.seed), "--out", "text.safetensors", "--json", "--quiet", *more]
    report = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    test_share = said.test_share
    # Its seconds include scoring the test text once, forwards only: a third of a training step.
    seconds = report["seconds"][0] / (1 + test_share / (3 * (1 - test_share)))
    return report["test_bits_per_token"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--rarefy", type=Path, default=Path("target/release/rarefy"))
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--bptt", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.002)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--test-share", type=float, default=0.1)
    parser.add_argument("--sparse", action="store_true", help="also prune 90 %% while training")
    said = parser.parse_args()
    said.rarefy = said.rarefy.resolve()
    os.sched_setaffinity(0, {said.core})
    text = said.text.read_text()
    cut = round(len(text) * (1 - said.test_share))
    train, test = text[:cut], text[cut:]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "train.txt").write_text(train)
        (Path(folder) / "test.txt").write_text(test)
        rows = {"PyTorch": in_torch(train, test, said), "rarefy": in_rarefy(folder, said)}
        if said.sparse:
            rows["rarefy, 90 % masked"] = in_rarefy(
                folder, said, "--sparsify", "static", "--density", "0.1"
            )
    seconds = rows["PyTorch"][1]
    for name, (bits, own) in rows.items():
        print(f"{name:20} {bits:.4f} bits per character, {own:8.1f} s, {seconds / own:.2f} times")
        sys.stdout.flush()


main()
