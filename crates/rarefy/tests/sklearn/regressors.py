"""What scikit-learn's regressors give on three tables: the numbers of regressors.json.

    python regressors.py > regressors.json

Run with scikit-learn 1.9. The tables are made from a formula without any function that
rounds differently elsewhere, so tests/regression.rs makes the same to the last bit.
"""

import json

import numpy as np
import sklearn
from sklearn.ensemble import AdaBoostRegressor, RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import BayesianRidge, LinearRegression
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor

SEEDS = range(40)


class Draws:
    """Knuth's MMIX generator."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state

    def uniform(self):
        return (self.next() >> 11) / 2**53

    def below(self, bound):
        return float((self.next() >> 33) % bound)


def smooth():
    """Five columns, one of no use; a curve, a product and some noise."""
    draws = Draws(1)
    x, y = [], []
    for _ in range(240):
        row = [draws.uniform() for _ in range(5)]
        a, b, c, d, _ = row
        y.append(10.0 * a * b + 20.0 * (c - 0.5) * (c - 0.5) + 5.0 * d + 0.5 * draws.uniform())
        x.append(row)
    return x, y


def ties():
    """Few values a column, so many rows are alike; the third column follows from the
    first two, the fourth is constant."""
    draws = Draws(2)
    x, y = [], []
    for _ in range(300):
        a, b, c, d = (draws.below(bound) for bound in (5, 4, 2, 10))
        x.append([a, b, a + b, 7.0, c, d])
        y.append(2.0 * a - b + (3.0 if c == 1.0 and a > 2.0 else 0.0) + draws.below(3))
    return x, y


def wide():
    """More columns than rows to fit on."""
    draws = Draws(3)
    x, y = [], []
    for _ in range(36):
        row = [draws.uniform() for _ in range(40)]
        y.append(5.0 * row[0] + 4.0 * row[1] + 3.0 * row[2] + 2.0 * row[3] + draws.uniform())
        x.append(row)
    return x, y


class SameDraws(np.random.RandomState):
    """Lets AdaBoost draw its rows with numbers that the test can draw too."""

    def __init__(self, seed):
        super().__init__(seed)
        self.draws = Draws(4)

    def choice(self, rows, size, replace, p):
        assert replace
        up_to = p.cumsum()
        up_to /= up_to[-1]
        uniform = np.array([self.draws.uniform() for _ in range(size)])
        return rows[up_to.searchsorted(uniform, side="right")]


def of_any_seed(fitted, test):
    """What was fitted, and is the same whatever the seed."""
    predicted = [one.predict(test) for one in fitted]
    importances = [one.feature_importances_ for one in fitted]
    # Sums have an order of their own with each seed.
    assert np.ptp(predicted, axis=0).max() < 1e-12 and np.ptp(importances, axis=0).max() < 1e-12
    return {"predicted": predicted[0].tolist(), "importances": importances[0].tolist()}


def over_seeds(make, train, test):
    fitted = [make(seed).fit(*train) for seed in SEEDS]
    predicted = np.array([one.predict(test[0]) for one in fitted])
    shares = np.array([one.feature_importances_ for one in fitted])
    drops = [permutation_importance(one, *test, random_state=s) for s, one in zip(SEEDS, fitted)]
    drops = np.array([one.importances_mean for one in drops])

    def moments(values):
        return {"mean": values.mean(axis=0).tolist(), "std": values.std(axis=0, ddof=1).tolist()}

    return {
        "r2": [r2_score(test[1], one) for one in predicted],
        "predicted": moments(predicted),
        "importances": moments(shares),
        "permutation": moments(drops),
    }


def measure(x, y, depth):
    x, y = np.array(x), np.array(y)
    held_out = np.arange(len(y)) % 3 == 2
    train, test = (x[~held_out], y[~held_out]), (x[held_out], y[held_out])
    least, ridge = LinearRegression().fit(*train), BayesianRidge().fit(*train)
    # Below `depth`, two columns may split equally well; one column alone never does.
    trees = [DecisionTreeRegressor(max_depth=depth, random_state=s).fit(*train) for s in SEEDS]
    first = train[0][:, :1]
    of_one = [DecisionTreeRegressor(random_state=s).fit(first, train[1]) for s in SEEDS]
    boosted = [AdaBoostRegressor(random_state=SameDraws(s)).fit(first, train[1]) for s in SEEDS]
    weights = boosted[0].estimator_weights_
    return {
        "last_row": x[-1].tolist(),
        "last_target": y[-1],
        "least_squares": {
            "coefficients": least.coef_.tolist(),
            "intercept": least.intercept_,
            "rank": int(least.rank_),
            "predicted": least.predict(test[0]).tolist(),
        },
        "bayesian_ridge": {
            "coefficients": ridge.coef_.tolist(),
            "intercept": ridge.intercept_,
            "alpha": float(ridge.alpha_),
            "lambda": float(ridge.lambda_),
            "rounds": ridge.n_iter_,
            "predicted": ridge.predict(test[0]).tolist(),
        },
        "depth": depth,
        "tree": of_any_seed(trees, test[0]),
        "tree_of_one_column": of_any_seed(of_one, test[0][:, :1]),
        "boosting_of_one_column": {
            "weights": weights[weights != 0.0].tolist(),
            **of_any_seed(boosted, test[0][:, :1]),
        },
        "random_forest": over_seeds(lambda s: RandomForestRegressor(random_state=s), train, test),
        "adaboost": over_seeds(lambda s: AdaBoostRegressor(random_state=s), train, test),
    }


if __name__ == "__main__":
    # The depths down to which no two columns split equally well.
    tables = {"smooth": (smooth, 4), "ties": (ties, 2), "wide": (wide, 1)}
    tables = {name: measure(*table(), depth) for name, (table, depth) in tables.items()}
    print(json.dumps({"scikit-learn": sklearn.__version__, "tables": tables}, indent=1))
