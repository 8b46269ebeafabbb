"""Writes statistics.json: correlations, sign-flip tests, p-values and intervals as SciPy has
them, and Holm's correction as statsmodels has it.

    pip install scipy==1.17.1 numpy==2.4.6 statsmodels==0.15.0
    python3 -P crates/rarefy/tests/scipy/statistics.py

The columns are made of whole numbers by a formula that tests/analysis.rs has too, so that
both work on the same doubles. Small moduli make ties.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

TABLES = [(6, 5), (23, 7), (200, 1009), (500, 4)]  # rows, modulus
PAIRS = [(6, 50), (9, 4), (15, 1009), (20, 13), (60, 101)]  # pairs, modulus
MOST_ENUMERATED = 20
RESAMPLES = 200_000


def column(rows, modulus, number):
    state = 12345 + number
    values = []
    for _ in range(rows):
        state = (1103515245 * state + 12345) % 2**31
        values.append(float((state >> 8) % modulus))
    return values


def table(rows, modulus):
    x, z, noise = (np.array(column(rows, modulus, n)) for n in range(3))
    return x, z, 2 * x - 3 * z + 4 * noise


def partial(x, y, given):
    basis = np.column_stack([np.ones(len(x)), *given])
    rest = [v - basis @ np.linalg.lstsq(basis, v, rcond=None)[0] for v in (x, y)]
    return stats.pearsonr(*rest).statistic


def two_sided(r, freedom):
    t = r * np.sqrt(freedom / ((1 - r) * (1 + r)))
    return 2 * stats.t.sf(abs(t), freedom)


def paired(pairs, modulus):
    x, z = (np.array(column(pairs, modulus, n)) for n in range(2))
    # Not all of one sign, and some of them zero.
    values = ((x - z) * 7 % modulus - modulus // 3) / 64
    test = stats.permutation_test(
        (values,),
        lambda x, axis: np.sum(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**pairs + 1 if pairs <= MOST_ENUMERATED else RESAMPLES,
        batch=2**16,
        rng=np.random.default_rng(1),
    )
    drawn = stats.bootstrap(
        (values,),
        np.mean,
        method="percentile",
        n_resamples=RESAMPLES,
        batch=1000,
        rng=np.random.default_rng(2),
    )
    low, high = drawn.confidence_interval
    return {
        "pairs": pairs,
        "modulus": modulus,
        "effect": float(np.mean(values)),
        "p": float(test.pvalue),
        "low": float(low),
        "high": float(high),
    }


def main():
    found = []
    for rows, modulus in TABLES:
        x, z, y = table(rows, modulus)
        pearson, spearman = stats.pearsonr(x, y), stats.spearmanr(x, y)
        left = partial(x, y, [z])
        low, high = stats.t.interval(0.95, rows - 1, np.mean(y), stats.sem(y))
        found.append(
            {
                "rows": rows,
                "modulus": modulus,
                "pearson": pearson.statistic,
                "pearson_p": pearson.pvalue,
                "spearman": spearman.statistic,
                "spearman_p": spearman.pvalue,
                "partial": left,
                "partial_p": two_sided(left, rows - 3),
                "ranks": stats.rankdata(x).tolist()[:6],
                "mean_low": low,
                "mean_high": high,
                "percentiles": np.percentile(y, [2.5, 50, 97.5]).tolist(),
            }
        )
    target = Path(__file__).with_suffix(".json")
    comparisons = [paired(pairs, modulus) for pairs, modulus in PAIRS]
    golden = {
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
        "tables": found,
        "paired": comparisons,
        "holm": multipletests([one["p"] for one in comparisons], method="holm")[1].tolist(),
    }
    text = json.dumps(golden, indent=1)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
