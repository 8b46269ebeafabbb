"""Fits the coefficients of `kernel::tanh`: x P(x^2) / Q(x^2) on [0, BOUND].

P(0) = Q(0) = 1, so that tiny x stay exact; the other coefficients minimise the largest
relative error. The fraction is made linear by multiplying with the denominator of the round
before; Lawson's weights then turn least squares into the smallest maximum.

Prints the coefficients from the leading one down, and the largest relative error when the
polynomials are evaluated in single precision. Needs NumPy.
"""

import numpy as np

DEGREE = 4
BOUND = 9.0


def fit(rounds: int = 400) -> tuple[np.ndarray, np.ndarray]:
    x = BOUND * (0.5 - 0.5 * np.cos(np.linspace(1e-3, np.pi, 4001)))
    square, target = x * x, np.tanh(x)
    powers = (square[:, None] / BOUND**2) ** np.arange(1, DEGREE + 1)
    denominator, weights = np.ones_like(x), np.ones_like(x)
    for _ in range(rounds):
        # x (1 + P) / target - (1 + Q) = 0, divided by the last denominator.
        matrix = np.hstack([powers * (x / target)[:, None], -powers]) / denominator[:, None]
        right = (1 - x / target) / denominator
        scale = np.sqrt(weights)[:, None]
        solution = np.linalg.lstsq(matrix * scale, right * scale[:, 0], rcond=None)[0]
        denominator = 1 + powers @ solution[DEGREE:]
        error = np.abs(x * (1 + powers @ solution[:DEGREE]) / (denominator * target) - 1)
        weights *= error / error.mean() + 1e-3
        weights /= weights.mean()
    back = BOUND ** (2 * np.arange(1, DEGREE + 1))
    return solution[:DEGREE] / back, solution[DEGREE:] / back


def single(x: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The fraction as the kernel computes it, but for the fused rounding."""
    x = np.clip(x.astype(np.float32), np.float32(-BOUND), np.float32(BOUND))
    square = x * x

    def polynomial(coefficients: np.ndarray) -> np.ndarray:
        total = np.zeros_like(x)
        for coefficient in [*coefficients[::-1], 1.0]:
            total = total * square + np.float32(coefficient)
        return total

    return np.clip(x * polynomial(p) / polynomial(q), np.float32(-1), np.float32(1))


if __name__ == "__main__":
    p, q = fit()
    print("P, from the leading coefficient:", ", ".join(str(np.float32(c)) for c in p[::-1]))
    print("Q, from the leading coefficient:", ", ".join(str(np.float32(c)) for c in q[::-1]))
    x = np.geomspace(1e-8, 100.0, 400_000)
    exact = np.tanh(x.astype(np.float32).astype(np.float64))
    error = np.abs(single(x, p, q) / exact - 1)
    print(f"largest relative error in single precision: {error.max():.2e}")
    print("at the bound:", single(np.array([BOUND, 100.0]), p, q))
