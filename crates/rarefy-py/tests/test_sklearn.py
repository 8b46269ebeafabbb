"""The estimators against scikit-learn's own checks."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from rarefy.sklearn import RarefyClassifier, RarefyRegressor


@parametrize_with_checks(
    [
        RarefyClassifier(layers=(16,), epochs=60, learning_rate=0.02, random_state=0),
        RarefyRegressor(layers=(16,), epochs=60, learning_rate=0.02, random_state=0),
    ]
)
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


def series():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 10, 2)).astype(np.float32)
    return X, X[:, :, 0].sum(axis=1)


def test_grids_and_pipelines():
    X, sums = series()
    y = np.where(sums > 0, "up", "down")
    double = FunctionTransformer(lambda X: 2 * X)
    model = make_pipeline(double, RarefyClassifier(layers=(12,), epochs=20, random_state=1))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.85
    grid = {"rarefyclassifier__density": [0.3, None]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    sparse = search.cv_results_["mean_test_score"]
    assert sparse.shape == (2,) and sparse.min() > 0.6
    model.set_params(rarefyclassifier__density=0.3).fit(X, y)
    assert model[-1].model_.sparsity == pytest.approx(0.7, abs=0.01)


def test_several_numbers_at_once():
    X, sums = series()
    both = np.stack([sums, 3 - 10 * sums], axis=1)
    model = RarefyRegressor(layers=(16,), epochs=40, random_state=0).fit(X, both)
    assert model.predict(X).shape == (120, 2) and model.score(X, both) > 0.8
