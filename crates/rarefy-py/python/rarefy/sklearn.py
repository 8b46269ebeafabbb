"""Estimators for scikit-learn: in pipelines, cross-validation and grid search.

    >>> from sklearn.model_selection import GridSearchCV
    >>> X = np.random.default_rng(0).normal(size=(90, 10, 2)).astype(np.float32)
    >>> y = np.where(X[:, :, 1].mean(axis=1) > 0, "up", "down")
    >>> small = RarefyClassifier(layers=(8,), epochs=2)
    >>> search = GridSearchCV(small, {"density": [0.5, None]}, cv=2).fit(X, y)
    >>> list(search.best_params_)
    ['density']

`X` is series `[series, steps, channels]`, or `[series, steps]`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from rarefy._model import Model, train

__all__ = ["RarefyClassifier", "RarefyRegressor"]


class _Recurrent(BaseEstimator):  # type: ignore[misc]
    """What both estimators have in common."""

    def __init__(
        self,
        cell: str = "gru",
        layers: tuple[int, ...] = (32,),
        *,
        epochs: int = 50,
        learning_rate: float = 0.01,
        batch: int = 32,
        bidirectional: bool = False,
        density: float | None = None,
        method: str = "gradual",
        scaling: str | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.cell = cell
        self.layers = layers
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch = batch
        self.bidirectional = bidirectional
        self.density = density
        self.method = method
        self.scaling = scaling
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _validated(self, X: Any, y: Any = "no_validation", **more: Any) -> Any:
        return validate_data(self, X, y, dtype=np.float32, allow_nd=True, **more)

    def _fit(self, X: NDArray[Any], y: Any, task: str) -> None:
        if X.ndim > 3:
            raise ValueError(f"Found array with dim {X.ndim}: expected [series, steps, channels]")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        settings: dict[str, Any] = {"seed": seed}
        if self.density is not None:
            settings |= {"sparsify": self.method, "density": self.density}
            if self.method in {"gradual", "narang", "rigl"}:
                # Ten times at least, however few batches there are.
                updates = self.epochs * -(-len(X) // self.batch)
                settings["every"] = max(1, min(100, updates // 10))
        jobs = self.n_jobs or 1
        self.model_ = train(
            X,
            y,
            task=task,
            cell=self.cell,
            layers=self.layers,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            batch=self.batch,
            bidirectional=self.bidirectional,
            scaling=self.scaling,
            jobs=jobs if jobs > 0 else None,
            **settings,
        )
        self.n_iter_ = self.epochs

    def _fitted(self, X: Any) -> tuple[Model, NDArray[Any]]:
        check_is_fitted(self)
        return self.model_, self._validated(X, reset=False)


class RarefyClassifier(ClassifierMixin, _Recurrent):  # type: ignore[misc]
    """Classify series by a recurrent network.

    With `density` the network becomes sparse while it is trained (`method`: `gradual`, `rigl`,
    `set`, ...) and this share of its recurrent weights stays. `model_` is the `rarefy.Model`.
    """

    def fit(self, X: Any, y: Any) -> RarefyClassifier:
        """Train a network on series with a class each."""
        X, y = self._validated(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class, {self.classes_[0]!r}: expected at least two classes"
            )
        self._fit(X, codes, "class")
        return self

    def _columns(self) -> NDArray[Any]:
        """Where the outputs of the model are among the classes."""
        return np.argsort(self.model_.classes_)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each of `classes_`."""
        model, X = self._fitted(X)
        shares: NDArray[Any] = model.predict_proba(X)
        return shares[:, self._columns()]

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each series."""
        shares = self.predict_proba(X)
        return np.asarray(self.classes_[shares.argmax(axis=1)])


class RarefyRegressor(RegressorMixin, _Recurrent):  # type: ignore[misc]
    """Predict a number, or several, of series by a recurrent network.

    Parameters are those of `RarefyClassifier`. Targets are standardised for the training.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> RarefyRegressor:
        """Train a network on series with a number each, or several."""
        X, y = self._validated(X, y, y_numeric=True, multi_output=True)
        y = np.asarray(y, dtype=np.float64)
        self._mean, self._scale = y.mean(axis=0), y.std(axis=0)
        self._scale = np.where(self._scale > 0, self._scale, 1.0)
        self._fit(X, ((y - self._mean) / self._scale).astype(np.float32), "numbers")
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the numbers of each series."""
        model, X = self._fitted(X)
        return np.asarray(model.predict(X) * self._scale + self._mean)
