"""Writes adjusted.json: coefficients with intervals (HC3, Student's t; logistic, Wald) and intervals of
shares (Wilson), as statsmodels has them.

    pip install statsmodels==0.15.0
    python3 -P crates/rarefy/tests/statsmodels/adjusted.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as formulas
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(0)


def table(rows, kinds):
    """A target that depends on a kind in any shape, on a size in a square, and on the kind's scatter."""
    size, kind = random.integers(10, 51, rows), random.integers(1, kinds + 1, rows)
    x = (random.random(rows) < kind / (kinds + 1)).astype(int)
    y = 0.3 * x + np.sqrt(kind) - 0.001 * (size - 40.0) ** 2 + random.normal(size=rows) / kind
    data = pd.DataFrame({"x": x, "size": size, "kind": kind, "y": np.round(y, 4)})
    plain = formulas.ols("y ~ x", data)
    fixed = formulas.ols("y ~ x + C(kind) + size + I(size**2)", data)

    def row(model):
        found = model.fit(cov_type="HC3", use_t=True)
        low, high = found.conf_int().loc["x"]
        return {"effect": found.params["x"], "low": low, "high": high, "p": found.pvalues["x"]}

    data["hit"] = (data["y"] > data["y"].median()).astype(int)

    def odds(formula):
        found = formulas.logit(formula, data).fit(disp=0, tol=1e-14)
        low, high = found.conf_int().loc["x"]
        return {"effect": found.params["x"], "low": low, "high": high, "p": found.pvalues["x"]}

    logistic = {"odds": odds("hit ~ x"), "fixed_odds": odds("hit ~ x + kind + size + I(size**2)")}
    columns = {name: data[name].tolist() for name in data} | logistic
    return columns | {"plain": row(plain), "fixed": row(fixed), "residuals": list(fixed.fit().resid)}


def share(hits, count):
    low, high = proportion_confint(hits, count, method="wilson")
    return {"hits": hits, "count": count, "low": float(low), "high": float(high)}


golden = {
    "tables": [table(60, 5), table(200, 9)],
    "shares": [share(8, 26), share(24, 28), share(0, 3), share(37, 37), share(1, 2)],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
