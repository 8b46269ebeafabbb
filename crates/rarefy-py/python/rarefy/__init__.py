"""Make recurrent neural networks sparse: train, prune, recover, measure, export.

    >>> import numpy as np, rarefy
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 12, 3)).astype(np.float32)  # [series, steps, channels]
    >>> y = np.where(X[:, :, 0].sum(axis=1) > 0, "up", "down")
    >>> model = rarefy.train(X, y, cell="gru", layers=[16], epochs=30, learning_rate=0.01)
    >>> pruned = model.prune(80)
    >>> recovered = pruned.recover(X, y, epochs=20, learning_rate=0.01)
    >>> recovered.score(X, y) > 0.9
    True
    >>> f"{recovered.sparsity:.0%}"
    '80%'

`train` gives a `Model`. What is done to a model gives another one: `prune`, `recover`, `shrink`.
`Model.from_torch` takes over a network of PyTorch, and `Model.to_torch` gives it back. `Study` runs
experiments of many trainings, `Graph` is what networks are wired as, and `rarefy.sklearn` has
estimators. Settings have the names of study files; `rarefy.SETTINGS` lists them.

The command `rarefy` is installed with the package.
"""

from rarefy._graph import FAMILIES, Graph
from rarefy._model import SETTINGS, Limits, Model, Stream, train
from rarefy._study import Study

__version__ = "0.1.0"
__all__ = [
    "FAMILIES",
    "SETTINGS",
    "Graph",
    "Limits",
    "Model",
    "Stream",
    "Study",
    "train",
]
