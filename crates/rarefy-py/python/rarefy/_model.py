"""Models: trained networks with everything needed to read data and to name the answer."""

from __future__ import annotations

import difflib
import errno
import html
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rarefy import _command, _native
from rarefy._data import Sequences, is_texts, pair, rows
from rarefy._graph import Graph
from rarefy._picture import picture

#: The settings of a training, each with what it means: keyword arguments of `train`.
SETTINGS: dict[str, str] = dict(_native.settings())

#: Settings that a trained network has already.
OF_NETWORKS = frozenset(
    ["cell", "layers", "bidirectional", "head", "activation", "embedding", "init", "readout"]
)

Arrays = dict[str, NDArray[Any]]
#: Weights, gradients and norms of what enters, by name, to scores: the lowest are pruned.
Criterion = Callable[[Arrays, Arrays, Arrays], Mapping[str, ArrayLike]]
#: Sees each epoch: its number, and scores.
Observe = Callable[[dict[str, Any]], object]


def train(
    X: Sequences,
    y: Sequence[Any] | NDArray[Any],
    *,
    cell: str = "gru",
    epochs: int = 50,
    test: tuple[Sequences, Any] | None = None,
    task: str = "class",
    scaling: str | None = None,
    jobs: int | None = None,
    observe: Observe | None = None,
    **settings: Any,
) -> Model:
    """Train a network on the sequences `X` with the answers `y`.

    `X` is an array of numbers `[series, steps, channels]` or `[series, steps]`, a list of series of
    different lengths, or a list of texts. `y` has a label for each; with `task="steps"` a label at
    each step (None for none); with `task="numbers"` a number or several, for each sequence or at
    each step.

    Numbers are standardised by channel, unless `scaling="none"`. `test` is other data, as a pair,
    scored after each epoch. `observe` is called with each epoch. `jobs` is the number of threads,
    by default all cores; results do not depend on it.

    `settings` are those of study files (`SETTINGS`): `layers=[50, 50, 50]`, `batch`,
    `learning_rate`, `seed`, `bidirectional`, `head`, `dropout`, `validation_share`, `patience`, and
    for a network that is sparse from the start `sparsify="rigl", density=0.1`.

    Raises `ValueError` where data or settings cannot be, with what was expected.

        >>> X = np.random.default_rng(1).normal(size=(100, 8, 2)).astype(np.float32)
        >>> model = train(X, X[:, -1, 0] > 0, layers=[8], epochs=40, learning_rate=0.01)
        >>> model
        <rarefy.Model: gru [8] of 2 channels, class of 2, 306 parameters>
        >>> model.history[-1]["train_accuracy"] > 0.9
        True
    """
    settings = {"cell": cell, "epochs": epochs, **settings}
    if "retrain_epochs" not in settings:
        settings.setdefault("validation_share", 0.0)
    examples = pair(test, task)
    # Texts are labelled unless said otherwise; series say by their answers what is asked.
    kind = task if is_texts(X) and task != "class" else None
    trained, epochs_seen = _native.train(
        rows(X, y, task),
        examples,
        as_json(settings),
        kind,
        scaling,
        threads(jobs),
        observer(observe, test is not None),
    )
    return Model(trained, history(epochs_seen, test is not None))


def threads(jobs: int | None) -> int:
    """The number of threads: by default as many as this process may use."""
    if jobs is not None:
        if jobs < 1:
            raise ValueError(f"jobs is {jobs}: expected at least 1")
        return jobs
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def as_json(settings: Mapping[str, Any]) -> str:
    """Settings for the extension module."""
    for key in settings:
        if key not in SETTINGS:
            near = difflib.get_close_matches(key, SETTINGS, 1)
            hint = f": did you mean '{near[0]}'?" if near else " (rarefy.SETTINGS lists them)"
            raise TypeError(f"there is no setting '{key}'{hint}")
    plain = {key: value for key, value in settings.items() if value is not None}
    return json.dumps(plain, default=lambda value: value.tolist())


def seen(epoch: dict[str, Any], tested: bool) -> dict[str, Any]:
    """An epoch without scores that nobody asked for."""
    return {key: value for key, value in epoch.items() if tested or not key.startswith("test_")}


def history(epochs: str, tested: bool) -> list[dict[str, Any]]:
    """The epochs of a training."""
    return [seen(epoch, tested) for epoch in json.loads(epochs)]


def observer(observe: Observe | None, tested: bool) -> Callable[[str], object] | None:
    """What the extension module calls with each epoch."""
    if observe is None:
        return None
    return lambda epoch: observe(seen(json.loads(epoch), tested))


@contextmanager
def temporary(name: str) -> Iterator[Path]:
    """A path in a folder that goes again."""
    with tempfile.TemporaryDirectory(prefix="rarefy-") as folder:
        yield Path(folder) / name


class Model:
    """A trained network, with the encoding of its data and the names of its classes.

    It does not change: methods that prune or train give another model.
    """

    #: What was seen of each epoch of the last training.
    history: list[dict[str, Any]]

    def __init__(
        self,
        native: _native.Model,
        history: list[dict[str, Any]] | None = None,
        unpruned: Model | None = None,
    ) -> None:
        """Wrap a model of the extension module. Use `train`, `load` or `from_torch`."""
        self._native = native
        self._summary: dict[str, Any] = json.loads(native.summary())
        self._unpruned = unpruned
        self.history = history or []

    # What it is

    @property
    def cell(self) -> str | None:
        """The cell of its layers, or None if there are several."""
        return self._summary["cell"]  # type: ignore[no-any-return]

    @property
    def layers(self) -> list[int]:
        """The units of each layer."""
        return self._summary["layers"]  # type: ignore[no-any-return]

    @property
    def task(self) -> str:
        """What it answers: `class`, `steps`, `numbers` or `next`."""
        return self._summary["task"]  # type: ignore[no-any-return]

    @property
    def parameters(self) -> int:
        """The number of its parameters, masked ones included."""
        return self._summary["parameters"]  # type: ignore[no-any-return]

    @property
    def sparsity(self) -> float:
        """The share of the recurrent weights that is masked."""
        return self._summary["sparsity"]  # type: ignore[no-any-return]

    @property
    def account(self) -> dict[str, Any]:
        """Counts of weights and of masked ones, by matrix and gate."""
        return self._summary["account"]  # type: ignore[no-any-return]

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, in the order of the outputs; as integers if all of them are."""
        labels = self._summary["labels"]
        try:
            return np.array([int(label) for label in labels])
        except ValueError:
            return np.array(labels)

    @property
    def weights(self) -> dict[str, NDArray[np.float32]]:
        """All parameters by name, as arrays; masked ones are 0."""
        return self._native.weights()

    @property
    def masks(self) -> dict[str, NDArray[np.bool_]]:
        """For each recurrent weight matrix, which weights are left."""
        return self._native.masks()

    def __repr__(self) -> str:
        """Show what it is in a line."""
        of = self._summary
        reads = "texts" if of["channels"] is None else f"{of['channels']} channels"
        masked = f", {100 * of['sparsity']:.1f} % sparse" if of["sparsity"] else ""
        return (
            f"<rarefy.Model: {of['cell']} {of['layers']} of {reads}, {of['task']} of "
            f"{of['outputs']}, {of['parameters']} parameters{masked}>"
        )

    def _repr_html_(self) -> str:
        """Show architecture, sparsity by gate, and a picture of each mask."""
        pictures = self.masks
        lines = []
        for weight in self.account["weights"]:
            name, gates = weight["name"], weight["gates"]
            shares = [f"{weight['pruned'] / weight['count']:.1%}"]
            if len(gates) > 1:
                shares += [f"{one['name']} {one['pruned'] / one['count']:.1%}" for one in gates]
            cells = [html.escape(name), weight["count"], "<br>".join(shares)]
            cells.append(picture(pictures[name]))
            lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        head = "<tr><th>weights</th><th>count</th><th>pruned</th><th>left (dark)</th></tr>"
        return f"<p>{html.escape(repr(self)[1:-1])}</p><table>{head}{''.join(lines)}</table>"

    # What it answers

    def logits(self, X: Sequences, *, jobs: int | None = None) -> Any:
        """Outputs before any softmax.

        An array `[sequences, outputs]`; for a model that answers at each step a list of arrays
        `[steps, outputs]`.
        """
        outputs, reads = self._native.logits(rows(X), threads(jobs))
        if not self._summary["each_step"] and self.task != "steps":
            return outputs
        return np.split(outputs, np.cumsum(reads)[:-1])

    def _of_each(self, X: Sequences, f: Callable[[NDArray[np.float32]], NDArray[Any]]) -> Any:
        outputs = self.logits(X)
        return [f(one) for one in outputs] if isinstance(outputs, list) else f(outputs)

    def predict(self, X: Sequences) -> Any:
        """Predict the class of each sequence, or its numbers; a list of those of each step."""
        classes = self.classes_

        def answer(outputs: NDArray[np.float32]) -> NDArray[Any]:
            if len(classes):
                return np.asarray(classes[outputs.argmax(axis=-1)])
            return outputs[:, 0] if outputs.shape[1] == 1 else outputs

        return self._of_each(X, answer)

    def predict_proba(self, X: Sequences) -> Any:
        """Predict the probability of each class, in the order of `classes_`."""
        if not len(self.classes_):
            raise ValueError(f"a model of {self.task} has no classes: use predict")

        def softmax(outputs: NDArray[np.float32]) -> NDArray[Any]:
            shares = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
            return np.asarray(shares / shares.sum(axis=-1, keepdims=True))

        return self._of_each(X, softmax)

    def evaluate(
        self, X: Sequences, y: Any, *, batch: int = 32, jobs: int | None = None
    ) -> dict[str, Any]:
        """Score the model: accuracy or R², the mean loss, and the number of answers."""
        score = self._native.evaluate(rows(X, y, self.task), batch, threads(jobs))
        return json.loads(score)  # type: ignore[no-any-return]

    def score(self, X: Sequences, y: Any) -> float:
        """Accuracy, or R² if the answers are numbers."""
        return float(self.evaluate(X, y)["merit"])

    def stream(self) -> Stream:
        """Read a sequence step by step, with an answer after any of them."""
        return Stream(self)

    # What is done to it

    def prune(
        self,
        percent: float,
        X: Sequences | None = None,
        y: Any = None,
        *,
        criterion: str | Criterion = "magnitude",
        scope: str = "both",
        ranking: str = "global",
        grain: str = "weight",
        samples: int | None = None,
        compensate: bool = False,
        seed: int = 0,
    ) -> Model:
        """Mask `percent` of the recurrent weights: the least important ones.

        `criterion` is `magnitude`, `random`, `shuffled`, `snip`, `grasp`, `jacobian`, `movement`,
        `wanda` or `obs`, of which the last six need `X` and `y`; or a function. It gets three dicts
        of arrays by the names of the recurrent weights (those of `masks`): the weights, the
        gradients of the mean loss over `X` and `y` (empty without), and the norms of what enters
        each column. It returns such a dict of scores, and the weights with the lowest go.

        `scope` is `both`, `ih` or `hh`; `ranking` says which weights compete: `global`, `layer`,
        `matrix`, `gate`, `row`, `erdos-renyi`; `grain` what goes as one: `weight`, `block`, `unit`.

            >>> X = np.random.default_rng(1).normal(size=(64, 8, 2)).astype(np.float32)
            >>> y = X[:, -1, 0] > 0
            >>> model = train(X, y, layers=[8], epochs=5)
            >>> model.prune(75, X, y, criterion="snip").sparsity
            0.75
            >>> def snip(weights, gradients, inputs):
            ...     return {name: abs(weights[name] * g) for name, g in gradients.items()}
            >>> model.prune(75, X, y, criterion=snip).sparsity
            0.75
        """
        selection: dict[str, Any] = {
            "scope": scope,
            "ranking": ranking,
            "grain": grain,
            "percent": percent,
        }
        data = None if X is None or y is None else rows(X, y, self.task)
        scores = None
        if callable(criterion):
            gradients = {} if data is None else self._native.gradients(data)
            norms = {} if data is None else self._native.input_norms(data)
            weights = {name: self.weights[name] for name in self.masks}
            found = criterion(weights, dict(gradients), dict(norms))
            if not isinstance(found, Mapping):
                raise TypeError(f"the criterion returns {found!r}: expected a dict of scores")
            scores = {name: np.asarray(one, dtype=np.float64) for name, one in found.items()}
        else:
            selection["criterion"] = criterion
        if samples is not None:
            selection["samples"] = samples
        if compensate and data is None:
            raise ValueError("weights can make up for others only on data: give X and y")
        pruned, _ = self._native.prune(json.dumps(selection), data, scores, compensate, seed)
        return Model(pruned, self.history, self._unpruned or self)

    def recover(
        self,
        X: Sequences,
        y: Any,
        epochs: int = 10,
        *,
        test: tuple[Sequences, Any] | None = None,
        jobs: int | None = None,
        observe: Observe | None = None,
        **settings: Any,
    ) -> Model:
        """Train it again with its masks, after it was pruned.

        Of the data, the share that was held out when it was trained is held out again, or a tenth;
        `validation_share` says otherwise. `settings` are those of `train`. `history` of the result
        begins with epoch 0, before any training; `recovered` is the first epoch that is as good as
        the model before it was pruned. With `int8=True` it is trained for 8-bit integers: the
        result and its C compute in them.
        """
        for key in OF_NETWORKS & settings.keys():
            raise TypeError(f"{key} is a setting of the network, which recover does not change")
        settings = {"retrain_epochs": epochs, **settings}
        before = self._unpruned or self
        model, seen_epochs, recovered = _native.recover(
            self._native,
            before._native,
            rows(X, y, self.task),
            pair(test, self.task),
            as_json(settings),
            threads(jobs),
            observer(observe, test is not None),
        )
        result = Model(model, history(seen_epochs, test is not None), before)
        result.recovered = recovered
        return result

    #: The first epoch of `recover` that was as good as the unpruned model: 0 if pruning did no
    #: harm, None if there was none.
    recovered: int | None = None

    def shrink(self) -> Model:
        """Take out units without use: a smaller network of the same outputs."""
        return Model(self._native.shrink(), self.history)

    def limits(
        self,
        X: Sequences,
        y: Any,
        *,
        test: tuple[Sequences, Any],
        out: str | os.PathLike[str] | None = None,
        quiet: bool = True,
        **options: Any,
    ) -> Limits:
        """Find out how sparse it can be: the command `rarefy limits` on these data.

        `options` are those of the command: `percents=[50, 90]`, `retrain_epochs=5`,
        `criterion="snip"`, `seeds=3`, `no_dense=True`. With `out`, results stay in that folder, and
        the same call goes on where an interrupted one ended.
        """
        with temporary("limits") as path:
            path.mkdir()
            folder = path / "out" if out is None else Path(out)
            command = ["limits", str(path / "model.safetensors"), "--out", str(folder)]
            self.save(path / "model.safetensors")
            for name, (values, labels) in {"train": (X, y), "test": test}.items():
                rows(values, labels, self.task).write(path / name)
                command += [f"--{name}", str(path / name)]
            for key, value in options.items():
                option = "--" + key.replace("_", "-")
                if isinstance(value, bool):
                    command += [option] * value
                elif isinstance(value, (list, tuple)):
                    command += [option, ",".join(map(str, value))]
                else:
                    command += [option, str(value)]
            answer = _command.run(*command, quiet=quiet)
            kept = folder / "pruned.safetensors"
            model = Model.load(kept) if kept.exists() else None
        return Limits(answer, model)

    def graph(self, layer: int | None = None, gate: str | None = None, part: str = "hh") -> Graph:
        """Which units its weights connect, as a directed graph with weights.

        Of a gate, by default the one that computes what enters the state; `part` is `hh`, `ih` or
        `both`. `graph().to_networkx()` gives it to NetworkX.
        """
        nodes, edges, weights = self._native.graph(layer, gate, part)
        return Graph(nodes, edges, weights, directed=True)

    # Files and other programs

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a `.safetensors` file, which the command reads, too."""
        self._native.write(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], **hints: Any) -> Model:
        """Open a model file, or a state dict of PyTorch (`.pt`, `.safetensors`).

        `hints` say what a state dict leaves open: `cell`, `readout`, `embedding`, `linear`,
        `labels`, `zeros`.
        """
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        native, _ = _native.Model.open(path, **hints)
        return cls(native)

    def to_onnx(self, path: str | os.PathLike[str], *, stream: bool = False) -> None:
        """Write it for ONNX Runtime.

        With `stream`, its states are inputs and outputs, so that a sequence may come in pieces.
        """
        self._native.export(path, "onnx", None, "model", stream)

    def to_c(self, path: str | os.PathLike[str], name: str = "model") -> None:
        """Write it as a C file without dependencies; its functions begin with `name`."""
        self._native.export(path, "c", None, name, False)

    def to_torch_state_dict(self, naming: str | None = None) -> dict[str, Any]:
        """Give its tensors by the names of the module that it came from.

        A model that rarefy trained has the names of a module with `embedding`, `rnn` and `out`
        (`naming="torch"`), or of the thesis's (`naming="thesis"`).
        """
        import torch

        with temporary("model.pt") as path:
            if naming is not None:
                self._native.export(path, "pt", naming, "model", False)
            else:
                try:
                    self._native.export(path, "pt", "own", "model", False)
                except ValueError:
                    self._native.export(path, "pt", "torch", "model", False)
            return dict(torch.load(path, weights_only=True))

    @classmethod
    def from_torch(cls, module: Any, **hints: Any) -> Model:
        """Take over a module of PyTorch around `nn.RNN`, `nn.GRU` or `nn.LSTM`, or its state dict.

        `hints` as in `load`: a module of `nn.RNN` needs `cell="rnn_tanh"`, for example.
        """
        import torch

        state = module if isinstance(module, Mapping) else module.state_dict()
        with temporary("module.pt") as path:
            torch.save(dict(state), path)
            return cls.load(path, **hints)

    def to_torch(self, module: Any) -> Any:
        """Put its weights into the module that it was taken from, and its masks.

        Masks become those of `torch.nn.utils.prune`, so that they stay when the module is trained.
        Returns the module.
        """
        import torch
        from torch.nn.utils import prune

        module.load_state_dict(self.to_torch_state_dict())
        masks, modules = self.masks, dict(module.named_modules())
        for ours, own in self._native.own_names().items():
            mask = masks[ours]
            if not mask.all():
                owner, _, name = own.rpartition(".")
                prune.custom_from_mask(modules[owner], name, torch.from_numpy(mask))
        return module

    def __getstate__(self) -> dict[str, Any]:
        """Pickle it as its file."""
        return {"file": self._native.file(), "history": self.history, "unpruned": self._unpruned}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Read it from its file."""
        with temporary("model.safetensors") as path:
            path.write_bytes(state["file"])
            native, _ = _native.Model.open(path)
        self.__init__(native, state["history"], state["unpruned"])  # type: ignore[misc]


class Stream:
    """A model that reads one sequence, step by step.

    >>> X = np.random.default_rng(1).normal(size=(64, 8, 2)).astype(np.float32)
    >>> model = train(X, X[:, -1, 0] > 0, layers=[8], epochs=5)
    >>> stream = model.stream()
    >>> for step in X[0]:
    ...     stream.step(step)
    >>> bool(np.allclose(stream.logits(), model.logits(X[:1])[0], atol=1e-5))
    True
    """

    def __init__(self, model: Model) -> None:
        """Begin with the first step of a sequence."""
        self._native, self._classes = model._native.stream(), model.classes_

    def step(self, x: ArrayLike) -> None:
        """Read the numbers of the next step, `[channels]`."""
        self._native.step(np.asarray(x, dtype=np.float32).reshape(-1))

    def read(self, text: str) -> None:
        """Read the next piece of a text."""
        self._native.read(text)

    def logits(self) -> NDArray[np.float32]:
        """Give the outputs after what was read, `[outputs]`."""
        return self._native.logits()

    def predict(self) -> Any:
        """Answer to what was read so far: a class, or numbers."""
        outputs = self.logits()
        return self._classes[outputs.argmax()] if len(self._classes) else outputs

    def reset(self) -> None:
        """Begin with another sequence."""
        self._native.reset()


@dataclass(frozen=True)
class Limits:
    """How sparse a model can be."""

    #: What `rarefy limits --json` prints.
    answer: dict[str, Any]
    #: The sparsest model that is as good, if there is one.
    model: Model | None

    def __repr__(self) -> str:
        """Show the answer, in a sentence."""
        return f"<rarefy.Limits: {self.answer['sentence']}>"
