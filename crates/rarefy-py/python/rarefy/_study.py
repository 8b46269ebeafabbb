"""Studies: experiments of many trainings, declared in a file or a dict."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rarefy import _command


class Study:
    """An experiment of many trainings, which runs, resumes, and gives its records as tables.

    >>> study = Study(
    ...     {
    ...         "name": "how-sparse",
    ...         "data": {"reber": {"count": 100}},
    ...         "base": {"cell": "gru", "layers": [4], "epochs": 1, "retrain_epochs": 1},
    ...         "axes": {"seed": [0, 1], "percent": [50, 90]},
    ...     },
    ...     "how-sparse",
    ... )  # doctest: +SKIP
    >>> study.run()["done"]  # doctest: +SKIP
    6
    """

    def __init__(
        self, study: str | os.PathLike[str] | Mapping[str, Any], out: str | os.PathLike[str]
    ) -> None:
        """Take a study file, or its content as a dict; results go to the folder `out`."""
        self.out = Path(out)
        if isinstance(study, Mapping):
            self.out.mkdir(parents=True, exist_ok=True)
            self.file = self.out / "asked.toml"
            self.file.write_text(toml(study), encoding="utf-8")
        else:
            self.file = Path(study)

    def run(self, *, jobs: int | None = None, quiet: bool = True) -> dict[str, Any]:
        """Run the trials that have no record yet, and return how many there are.

        Progress is shown unless `quiet`. Ctrl-C ends it; what is done is kept.
        """
        command = ["study", "run", str(self.file), "--out", str(self.out)]
        command += [] if jobs is None else ["--jobs", str(jobs)]
        return _command.run(*command, quiet=quiet)  # type: ignore[no-any-return]

    def records(self) -> Any:
        """Give a row for each trial, as a pandas data frame."""
        return self._table("records.csv")

    def curves(self) -> Any:
        """Give a row for each epoch of each trial, as a pandas data frame."""
        return self._table("curves.csv")

    def _table(self, name: str) -> Any:
        import pandas

        return pandas.read_csv(self.out / name)


def toml(value: Any, path: tuple[str, ...] = ()) -> str:
    """A dict as TOML: plain values first, then tables and lists of tables."""

    def is_table(one: Any) -> bool:
        return isinstance(one, Mapping) or (
            isinstance(one, (list, tuple)) and len(one) > 0 and isinstance(one[0], Mapping)
        )

    lines = [f"{key} = {literal(one)}\n" for key, one in value.items() if not is_table(one)]
    for key, one in value.items():
        if not is_table(one):
            continue
        name = ".".join((*path, key))
        if isinstance(one, Mapping):
            lines.append(f"\n[{name}]\n{toml(one, (*path, key))}")
        else:
            lines += [f"\n[[{name}]]\n{toml(entry, (*path, key))}" for entry in one]
    return "".join(lines)


def literal(value: Any) -> str:
    """A value as TOML."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, os.PathLike):
        value = str(Path(value))
    return json.dumps(value)
