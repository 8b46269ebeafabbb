"""Sequences and answers as the extension module takes them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rarefy import _native

#: Series of one length `[N, T, C]` or `[N, T]`, a list of series `[T, C]` or `[T]`, or texts.
Sequences: TypeAlias = "ArrayLike | Sequence[ArrayLike] | Sequence[str]"


def is_texts(X: Any) -> bool:
    """Whether `X` is texts."""
    if isinstance(X, np.ndarray):
        return X.dtype.kind in "UO" and X.ndim == 1 and len(X) > 0 and isinstance(X[0], str)
    return isinstance(X, (list, tuple)) and len(X) > 0 and isinstance(X[0], str)


def singles(values: Any, name: str) -> NDArray[np.float32]:
    """An array of numbers in single precision, without a copy where it is one."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has the dtype {array.dtype}: expected numbers")
    return np.asarray(array, dtype=np.float32)


def label(value: Any) -> str:
    """A class as a label: `3.0` and `3` are the same."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def answers(y: Any, task: str, count: int) -> Any:
    """What a network should answer to each of `count` sequences."""
    if hasattr(y, "to_numpy"):  # a column of a data frame
        y = y.to_numpy()
    if len(y) != count:
        raise ValueError(f"y has {len(y)} answers: expected {count}, one for each of X")
    if task == "numbers":
        numbers = [singles(one, "y") for one in y]
        return [one.reshape(1) if one.ndim == 0 else one for one in numbers]
    if task == "steps":
        return [[None if one is None else label(one) for one in steps] for steps in y]
    if isinstance(y, np.ndarray) and y.ndim > 1:
        raise ValueError(
            f"y has the shape {y.shape}: expected one label for each of {count} sequences, or "
            'task="steps" for labels at each step, or task="numbers"'
        )
    return [label(one) for one in y]


def rows(X: Any, y: Any = None, task: str = "class") -> _native.Rows:
    """The sequences `X` with the answers `y`, if there are any."""
    if is_texts(X):
        texts = [str(text) for text in X]
        return _native.Rows.of_texts(texts, None if y is None else answers(y, task, len(texts)))
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray) and X.dtype != object:
        array = singles(X, "X")
        if array.ndim == 2:
            array = array[:, :, None]
        if array.ndim != 3 or 0 in array.shape:
            raise ValueError(
                f"X has the shape {np.shape(X)}: expected [series, steps, channels] or "
                "[series, steps], with at least one of each"
            )
        return _native.Rows.of_array(array, None if y is None else answers(y, task, len(array)))
    series = [singles(one, f"X[{at}]") for at, one in enumerate(X)]
    if not series:
        raise ValueError("X is empty: expected at least one sequence")
    series = [one[:, None] if one.ndim == 1 else one for one in series]
    for at, one in enumerate(series):
        if one.ndim != 2:
            raise ValueError(
                f"X[{at}] has the shape {one.shape}: expected [steps, channels] or [steps]"
            )
    return _native.Rows.of_arrays(series, None if y is None else answers(y, task, len(series)))
