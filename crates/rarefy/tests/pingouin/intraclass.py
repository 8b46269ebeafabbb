"""Writes intraclass.json: intraclass correlations with intervals as Pingouin has them, and the F-test
of groups of different sizes as SciPy has it.

    pip install pingouin==0.7.0
    python3 -P crates/rarefy/tests/pingouin/intraclass.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
from scipy import stats

random = np.random.default_rng(0)


def crossed(groups, blocks, of_group, of_block):
    values = random.normal(size=(groups, 1)) * of_group + random.normal(size=(1, blocks)) * of_block
    values = np.round(values + random.normal(size=(groups, blocks)), 3)
    rows = [(g, b, values[g, b]) for g in range(groups) for b in range(blocks)]
    table = pd.DataFrame(rows, columns=["group", "block", "value"])
    found = pingouin.intraclass_corr(table, targets="group", raters="block", ratings="value")
    found = found.set_index("Type")

    def row(kind):
        of = found.loc[kind]
        low, high = of["CI95"] if "CI95" in of else of["CI95%"]
        return {"icc": of["ICC"], "low": float(low), "high": float(high), "p": of["pval"]}

    names = list(found.index)
    nested = next(name for name in names if name in ("ICC1", "ICC(1,1)"))
    agreement = next(name for name in names if name in ("ICC2", "ICC(A,1)"))
    return {"values": values.tolist(), "nested": row(nested), "crossed": row(agreement)}


def uneven(sizes):
    groups = [np.round(random.normal(size=size) + 0.7 * place, 3) for place, size in enumerate(sizes)]
    found = stats.f_oneway(*groups)
    return {"values": [group.tolist() for group in groups], "p": float(found.pvalue)}


tables = [crossed(4, 3, 2.0, 0.5), crossed(40, 5, 1.0, 0.3), crossed(12, 2, 0.0, 1.0), crossed(6, 8, 0.5, 3.0)]
golden = {"tables": tables, "uneven": [uneven([3, 5, 2, 9]), uneven([1, 4, 4])]}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
