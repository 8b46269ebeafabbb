"""The contrasts of a study as a few lines of pandas have them.

    paired.py STUDY    reads STUDY/records.csv; prints a JSON list, one object per comparison of
                       tests/contrasts.rs: pairs, effect, p, p_holm, low, high

Effects and pairs are pandas'; the p-value looks at every choice of signs; intervals are
percentiles of means of pairs drawn by NumPy, and so differ from rarefy's by chance.
"""

import itertools
import json
import sys

import numpy as np
import pandas as pd

RESAMPLES = 100_000


def paired(records, vary, a, b, paired, column):
    means = records.groupby([*paired, vary])[column].mean().unstack(vary)
    difference = (means[b] - means[a]).dropna().to_numpy()
    signs = np.array(list(itertools.product([1, -1], repeat=len(difference))))
    sums = np.abs(signs @ difference)
    drawn = np.random.default_rng(0).choice(difference, (RESAMPLES, len(difference)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return {
        "vary": vary,
        "level_a": str(a),
        "level_b": str(b),
        "pairs": len(difference),
        "effect": difference.mean(),
        "p": float(np.mean(sums >= abs(difference.sum()) - 1e-12)),
        "low": low,
        "high": high,
    }


def main(folder):
    records = pd.read_csv(f"{folder}/records.csv")
    # Base models are trained to be pruned: nothing is asked of them.
    records = records[records.scope.notna() & ~records.diverged]
    found = [paired(records, "scope", "both", "hh", ["learning_rate", "seed", "percent"], "last_validation_acc")]
    found += [paired(records, "learning_rate", 0.001, 0.01, ["seed", "scope", "percent"], "first_test_acc")]
    for a, b in [(50, 80), (50, 95), (80, 95)]:
        found.append(paired(records, "percent", a, b, ["learning_rate", "seed"], "last_test_acc"))
    p = np.array([one["p"] for one in found])
    order = np.argsort(p, kind="stable")
    holm = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    for place, value in zip(order, holm):
        found[place]["p_holm"] = value
    json.dump(found, sys.stdout)


main(sys.argv[1])
