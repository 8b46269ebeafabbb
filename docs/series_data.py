"""Writes real data sets of series and of texts that `rarefy train` reads, from two packages of PyPI.

    python3 docs/series_data.py OUT [--npz]

Needs pip, and NumPy with --npz. Downloads the packages below and unpacks data files from them; imports neither.

Series, from aeon: problems of the UEA and UCR archives, as OUT/NAME_TRAIN.ts and OUT/NAME_TEST.ts, copied as they
are. With --npz also OUT/NAME_TRAIN.npz and OUT/NAME_TEST.npz: X as float32 [N][T][C], filled up with NaN where series
end early, y as str, lengths as int64. aeon is under the BSD 3-clause licence. The data are other people's: Japanese
Vowels (Kudo, Toyama and Shimbo 1999) are CC BY 4.0 at the UCI repository; for the others neither the package nor the
files state a licence; the archive (timeseriesclassification.com) offers them for research and asks to be cited.

Texts, from vaderSentiment's source: sentences of film reviews, collected by Pang and Lee, with the mean of twenty
people's ratings from -4 to 4 (Hutto and Gilbert 2014), as OUT/Sentiment_train.csv and OUT/Sentiment_test.csv. Kept
are sentences rated 2 and more, `positive`, or -2 and less, `negative`, each once; every fifth is for the test. The
package is under the MIT licence; the sentences are quotations.
"""

import argparse
import collections
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

# Pinned, with the SHA-256 of what PyPI has.
AEON = ("aeon==1.6.0", "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409")
VADER = ("vaderSentiment==3.3.2", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9")

# JapaneseVowels: 12 channels, differing lengths; BasicMotions: 6 channels; the others have one.
PROBLEMS = ["JapaneseVowels", "BasicMotions", "ArrowHead", "GunPoint", "ItalyPowerDemand"]

SENTENCES = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
CLEAR = 2.0  # leaves out three sentences of five


def download(requirement: tuple[str, str], *options: str) -> bytes:
    package, expected = requirement
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*pip, *options, package], check=True)
        [file] = Path(folder).iterdir()
        content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        sys.exit(f"{package}: the file has the SHA-256 {found}: expected {expected}")
    return content


def parse_ts(text: str) -> list[tuple[list[list[float]], str]]:
    """The cases below @data, each its dimensions and its label."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.strip().lower() == "@data":
            break
    cases = []
    for line in filter(str.strip, lines):
        *dimensions, label = line.strip().split(":")
        cases.append(([[float(value) for value in values.split(",")] for values in dimensions], label))
    return cases


def write_npz(path: Path, cases: list[tuple[list[list[float]], str]]) -> None:
    import numpy

    lengths = numpy.array([len(dimensions[0]) for dimensions, _ in cases])
    values = numpy.full((len(cases), lengths.max(), len(cases[0][0])), numpy.nan, dtype=numpy.float32)
    for row, (dimensions, _) in zip(values, cases):
        row[: len(dimensions[0])] = numpy.array(dimensions).T
    labels = numpy.array([label for _, label in cases])
    numpy.savez_compressed(path, X=values, y=labels, lengths=lengths)


def export_series(out: Path, npz: bool) -> None:
    wheel = zipfile.ZipFile(io.BytesIO(download(AEON, "--only-binary", ":all:")))
    for problem in PROBLEMS:
        for part in ["TRAIN", "TEST"]:
            name = f"{problem}_{part}"
            content = wheel.read(f"aeon/datasets/data/{problem}/{name}.ts")
            (out / f"{name}.ts").write_bytes(content)
            cases = parse_ts(content.decode())
            lengths = [len(dimensions[0]) for dimensions, _ in cases]
            spread = f"{min(lengths)} to {max(lengths)}" if min(lengths) < max(lengths) else lengths[0]
            labels = collections.Counter(label for _, label in cases)
            print(
                f"{name}.ts: {len(cases)} series, {len(cases[0][0])} channel(s), {spread} steps, {len(labels)} labels: "
                + ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
            )
            if npz:
                write_npz(out / f"{name}.npz", cases)
                print(f"{name}.npz: the same")


def export_texts(out: Path) -> None:
    source = tarfile.open(fileobj=io.BytesIO(download(VADER, "--no-binary", "vaderSentiment")))
    inner = source.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
    text = tarfile.open(fileobj=io.BytesIO(inner)).extractfile(SENTENCES).read().decode()
    rows = {}
    for line in text.splitlines():
        _, rating, sentence = line.split("\t")
        if abs(float(rating)) >= CLEAR:
            rows.setdefault(" ".join(sentence.split()), "positive" if float(rating) > 0 else "negative")
    rows = list(rows.items())
    for part, chosen in [
        ("train", [row for index, row in enumerate(rows) if index % 5 != 4]),
        ("test", rows[4::5]),
    ]:
        name = f"Sentiment_{part}.csv"
        with open(out / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["string", "valid"])
            writer.writerows(chosen)
        words = [len(sentence.split()) for sentence, _ in chosen]
        labels = collections.Counter(label for _, label in chosen)
        print(
            f"{name}: {len(chosen)} texts, {min(words)} to {max(words)} words, "
            f"up to {max(len(sentence) for sentence, _ in chosen)} characters, {len(labels)} labels: "
            + ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="folder, made if missing")
    parser.add_argument("--npz", action="store_true", help="also write the series as .npz")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    export_series(arguments.out, arguments.npz)
    export_texts(arguments.out)


if __name__ == "__main__":
    main()
