"""Sequences and answers as the extension module takes them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rarefy import _native

#: Series of one length `[N, T, C]` or `[N, T]`, a list of series `[T, C]` or `[T]`, or texts.
Sequences: TypeAlias = "ArrayLike | Sequence[ArrayLike] | Sequence[str]"


#: What answers can be.
TASKS = ("class", "steps", "numbers")


def is_texts(X: Any) -> bool:
    """Whether `X` is texts."""
    if isinstance(X, np.ndarray):
        return X.dtype.kind in "UO" and X.ndim == 1 and len(X) > 0 and isinstance(X[0], str)
    return isinstance(X, (list, tuple)) and len(X) > 0 and isinstance(X[0], str)


def singles(values: Any, name: str) -> NDArray[np.float32]:
    """A contiguous array of numbers in single precision, without a copy where it is one."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths: expected an array") from None
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{name} has the dtype {array.dtype}: expected numbers")
    try:
        return np.asarray(array, dtype=np.float32, order="C")
    except (TypeError, ValueError):
        raise TypeError(f"{name} has the dtype {array.dtype}: expected numbers") from None


def label(value: Any, name: str = "y") -> str:
    """A class as a label: `3.0` and `3` are the same."""
    if value is None or type(value).__name__ == "NAType" or value != value:
        raise ValueError(f"{name} is {value}: expected a label")
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def answers(y: Any, task: str, count: int) -> Any:
    """What a network should answer to each of `count` sequences."""
    if hasattr(y, "to_numpy"):  # a column of a data frame
        y = y.to_numpy()
    if isinstance(y, str) or not hasattr(y, "__len__"):
        found = "None" if y is None else f"of the type {type(y).__name__}"
        raise TypeError(f"y is {found}: expected a list or an array, an answer for each of X")
    if len(y) != count:
        raise ValueError(f"y has {len(y)} answers: expected {count}, one for each of X")
    if task == "numbers":
        numbers = [singles(one, f"y[{at}]") for at, one in enumerate(y)]
        return [one.reshape(1) if one.ndim == 0 else one for one in numbers]
    if task == "steps":
        for at, steps in enumerate(y):
            if isinstance(steps, str) or not hasattr(steps, "__len__"):
                raise TypeError(f"y[{at}] is {steps!r}: expected a label for each step")
        return [[None if one is None else label(one) for one in steps] for steps in y]
    if isinstance(y, np.ndarray) and y.ndim > 1:
        raise ValueError(
            f"y has the shape {y.shape}: expected one label for each of {count} sequences, or "
            'task="steps" for labels at each step, or task="numbers"'
        )
    return [label(one, f"y[{at}]") for at, one in enumerate(y)]


def rows(X: Any, y: Any = ..., task: str = "class") -> _native.Rows:
    """The sequences `X` with the answers `y`, if these are given."""
    if task not in TASKS and y is not ...:
        raise ValueError(f"task is {task!r}: expected {', '.join(map(repr, TASKS))}")
    if isinstance(X, (str, bytes)):
        raise TypeError("X is a single text: expected a list of texts")
    if is_texts(X):
        if task == "steps":
            raise ValueError('X has texts, which have one label each: task="steps" is for series')
        texts = [str(text) for text in X]
        labels = None if y is ... else answers(y, "class", len(texts))
        return _native.Rows.of_texts(texts, labels)
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray) and (X.dtype != object or X.ndim > 1):
        array = singles(X, "X")
        if array.ndim == 2:
            array = array[:, :, None]
        if array.ndim != 3 or 0 in array.shape:
            raise ValueError(
                f"X has the shape {np.shape(X)}: expected [series, steps, channels] or "
                "[series, steps], with at least one of each"
            )
        return _native.Rows.of_array(array, None if y is ... else answers(y, task, len(array)))
    series = [singles(one, f"X[{at}]") for at, one in enumerate(X)]
    if not series:
        raise ValueError("X is empty: expected at least one sequence")
    series = [one[:, None] if one.ndim == 1 else one for one in series]
    for at, one in enumerate(series):
        if one.ndim != 2:
            raise ValueError(
                f"X[{at}] has the shape {one.shape}: expected [steps, channels] or [steps]"
            )
    return _native.Rows.of_arrays(series, None if y is ... else answers(y, task, len(series)))


def pair(test: Any, task: str) -> _native.Rows | None:
    """The rows of a pair of `X` and `y`, if it is given."""
    if test is None:
        return None
    if not isinstance(test, (tuple, list)) or len(test) != 2:
        raise TypeError("test is no pair: expected (X, y)")
    X, y = test
    return rows(X, y, task)
