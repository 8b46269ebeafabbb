"""Writes crates/rarefy-papers/src/darji2021/report/thesis/reanalysis.csv: how well accuracy is predicted
from the thesis's own rows, when no row that is predicted has been seen.

    cargo build --release
    RAREFY_THESIS_DIR=../shared/thesis python3 docs/thesis_reanalysis.py

Runs `rarefy analyze predict --nested` on results/structure/{cell}.csv, with all properties
and without source_nodes.
"""

import csv
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]
COLUMNS = ["cell", "without", "regressor", "features", "r2", "r2_low", "r2_high", "gain_low", "gain_high"]


def predict(path, without):
    command = [ROOT / "target/release/rarefy", "analyze", "predict", path, "--target", "test_acc"]
    command += ["--nested", "--repeats", "10", "--quiet", "--json"]
    if without:
        command += ["--without", without]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["rows"]


def main():
    thesis = Path(os.environ.get("RAREFY_THESIS_DIR", ROOT.parent / "shared" / "thesis"))
    target = ROOT / "crates/rarefy-papers/src/darji2021/report/thesis/reanalysis.csv"
    with open(target, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for cell in CELLS:
            for without in ["", "source_nodes"]:
                for row in predict(thesis / "results" / "structure" / f"{cell}.csv", without):
                    row |= {"cell": cell, "without": without}
                    values = [row[name] for name in COLUMNS]
                    rounded = [f"{v:.4f}" if isinstance(v, float) else v for v in values]
                    table.writerow(rounded)
    print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
