"""Reads the tables of a study with pandas and polars, CSV and Parquet, and compares them.

    just read-tables DIR
"""

import sys
from pathlib import Path

import pandas
import polars

folder = Path(sys.argv[1])
for name in ["records", "curves", "times"]:
    csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
    frames = {
        "pandas, CSV": pandas.read_csv(csv),
        "pandas, Parquet": pandas.read_parquet(parquet),
        "polars, CSV": polars.read_csv(csv, infer_schema_length=None).to_pandas(),
        "polars, Parquet": polars.read_parquet(parquet).to_pandas(),
    }
    first = frames["pandas, CSV"]
    for how, frame in frames.items():
        print(f"{name}, {how}: {len(frame)} rows, {len(frame.columns)} columns")
        pandas.testing.assert_frame_equal(first, frame, check_dtype=False, check_exact=True)
