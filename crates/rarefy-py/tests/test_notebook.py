"""The notebook of the guide, cell by cell."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[3] / "docs" / "notebooks" / "quickstart.ipynb"


def test_every_cell_of_the_notebook_runs():
    pytest.importorskip("networkx")
    pytest.importorskip("matplotlib").use("Agg")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["model"].score(*names["test"]) > 0.85
    assert names["recovered"].sparsity == pytest.approx(0.85, abs=0.01)
    assert names["graph"].number_of_nodes() == 24
