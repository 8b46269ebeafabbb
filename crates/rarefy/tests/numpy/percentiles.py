"""Writes percentiles.csv: numpy.percentile on float32 data, as the bits of the result.

Run with NumPy 2.4: python percentiles.py > percentiles.csv
"""

import numpy

print(f"# numpy {numpy.__version__}: numpy.percentile(data(n), p), data below, bits of the float32")
print("n,percent,bits")
for n in [1, 2, 7, 10, 101, 1000, 14999, 15000]:
    i = numpy.arange(n, dtype=numpy.int64)
    data = ((i * 7919 + 13) % 10007).astype(numpy.float32) / numpy.float32(10007)
    for percent in [0, 1, 10, 12.5, 20, 30, 33.3, 40, 50, 60, 70, 80, 90, 95, 99, 99.9, 100]:
        result = numpy.percentile(data, percent)
        assert result.dtype == numpy.float32
        print(f"{n},{percent},{result.view(numpy.uint32)}")
