"""Writes crates/rarefy-papers/src/darji2021/report/thesis/sources.csv: how well the number of source nodes
alone predicts accuracy in the thesis's own rows, compared with more of its 23 properties.

    pip install scikit-learn==1.9.1
    RAREFY_THESIS_DIR=../shared/thesis python3 docs/thesis_sources.py

Bayesian ridge at scikit-learn's defaults, columns scaled by the range of the rows of each fit, ten folds, ten
times. Numbers of source and of sink nodes are factors: a column for each number. Intervals are those of 2,000
resamples of the predicted rows. The report computes the same from its own records.
"""

import csv
import os
from pathlib import Path

import numpy as np
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

ROOT = Path(__file__).resolve().parent.parent
CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]
FOLDS, REPEATS, RESAMPLES = 10, 10, 2_000


def levels(column):
    return np.stack([column == level for level in np.unique(column)], axis=1).astype(float)


def predictions(x, y):
    model = make_pipeline(MinMaxScaler(), BayesianRidge())
    cuts = [KFold(FOLDS, shuffle=True, random_state=repeat) for repeat in range(REPEATS)]
    return np.stack([cross_val_predict(model, x, y, cv=cut) for cut in cuts])


def r2(y, predicted):
    return np.mean(1 - ((y - predicted) ** 2).sum(axis=1) / ((y - y.mean()) ** 2).sum())


def estimate(y, of):
    """A statistic of rows, and the ends of its 95 % interval."""
    random = np.random.default_rng(0)
    drawn = [of(random.integers(0, len(y), len(y))) for _ in range(RESAMPLES)]
    return [of(np.arange(len(y))), *np.percentile(drawn, [2.5, 97.5])]


def main():
    thesis = Path(os.environ.get("RAREFY_THESIS_DIR", ROOT.parent / "shared" / "thesis"))
    target = ROOT / "crates/rarefy-papers/src/darji2021/report/thesis/sources.csv"
    with open(target, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["cell", "what", "value", "low", "high"])
        for cell in CELLS:
            with open(thesis / "results" / "structure" / f"{cell}.csv", newline="") as rows:
                rows = list(csv.DictReader(rows))
            names = list(rows[0])
            names = names[names.index("layers") : names.index("edge_betweenness_std") + 1]
            column = lambda name: np.array([float(row[name]) for row in rows])
            y = column("test_acc")
            sources = levels(column("source_nodes"))
            sinks = np.hstack([sources, levels(column("sink_nodes"))])
            plain = lambda names: np.stack([column(name) for name in names], axis=1)
            others = [name for name in names if name != "source_nodes"]
            beside = np.hstack([sources, plain(others)])
            a, b, c, d = [predictions(x, y) for x in (sources, sinks, beside, plain(names))]
            score = lambda predicted: lambda at: r2(y[at], predicted[:, at])
            gain = lambda of, over: lambda at: r2(y[at], of[:, at]) - r2(y[at], over[:, at])
            for what, of in [
                ("sources", score(a)),
                ("sinks", score(b)),
                ("rest", score(c)),
                ("all", score(d)),
                ("sinks_over_sources", gain(b, a)),
                ("rest_over_sources", gain(c, a)),
            ]:
                table.writerow([cell, what, *(f"{value:.4f}" for value in estimate(y, of))])
    print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
