"""Golden signals of MNIST-1D, for crates/rarefy/src/data/problem/signals.rs.

    python signals.py > signals.json

Needs the package mnist1d (0.0.2.post1, https://github.com/greydanus/mnist1d). Its transform runs
unchanged, but what it draws is given: `uniform` in the order of its draws (padding, scale, shear),
the shift, and noise that is the sine of multiples of the place.
"""

import json

import numpy as np
from mnist1d.data import get_dataset_args, get_templates
from mnist1d.transform import transform

args, templates = get_dataset_args(), get_templates()
signals = []
for label, uniform, shift, rates in [
    (0, [0.0, 0.5, 0.5], 0, [0.0, 0.0]),
    (1, [0.5, 0.1, 0.9], 1, [1.3, 0.7]),
    (3, [0.999, 0.0, 0.0], 47, [2.1, 3.3]),
    (4, [0.31, 0.99, 0.2], 23, [0.9, 5.2]),
    (9, [0.73, 0.4, 0.6], 36, [4.4, 1.9]),
]:
    uniforms, sines = iter(uniform), iter(rates)
    np.random.rand = lambda: next(uniforms)
    np.random.choice = lambda bound: shift
    np.random.randn = lambda length: np.sin(next(sines) * np.arange(length))
    values, _ = transform(templates["x"][label], templates["t"], args)
    signals.append({
        "label": label, "uniform": uniform, "shift": shift, "rates": rates,
        "values": [round(float(value), 9) for value in values],
    })
print(json.dumps({
    "templates": [[round(float(x), 12) for x in row] for row in templates["x"]],
    "signals": signals,
}, indent=1))
