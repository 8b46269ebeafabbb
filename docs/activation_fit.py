"""Fits the coefficients of `kernel::activation`: fractions x P(x^2) / Q(x^2) on [0, bound].

For tanh, P(0) = 1, so that tiny x stay exact, and the largest relative error is as small as it can
be. For the sigmoid without its 1/2 it is the largest absolute error. Q(0) = 1. The fraction is made
linear by multiplying with the denominator of the round before; Lawson's weights then turn least
squares into the smallest maximum.

Prints the coefficients from the leading one down, and the largest error and the value at and beyond
the bound when all is computed in single precision. Needs NumPy.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Of P and Q in x^2.
DEGREE = 4


@dataclass
class Activation:
    name: str
    exact: Callable[[np.ndarray], np.ndarray]
    # What is added to the fraction.
    offset: float
    bound: float
    # P(0) if it is given, and otherwise fitted; errors are relative where it is given.
    constant: float | None

    def fit(self, rounds: int = 400) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients of P and Q, from the constants up."""
        x = self.bound * (0.5 - 0.5 * np.cos(np.linspace(1e-3, np.pi, 4001)))
        target = self.exact(x) - self.offset
        relative = self.constant is not None
        importance = 1 / target if relative else np.ones_like(x)
        square = (x[:, None] / self.bound) ** 2
        upper = square ** np.arange(1 if relative else 0, DEGREE + 1)
        lower = square ** np.arange(1, DEGREE + 1)
        known = self.constant if relative else 0.0
        denominator, weights = np.ones_like(x), np.ones_like(x)
        for _ in range(rounds):
            # x P - target Q = 0, divided by the last denominator.
            factor = (importance / denominator)[:, None]
            matrix = np.hstack([upper * x[:, None], -lower * target[:, None]]) * factor
            right = (target - x * known) * factor[:, 0]
            scale = np.sqrt(weights)
            solution = np.linalg.lstsq(matrix * scale[:, None], right * scale, rcond=None)[0]
            p, q = np.split(solution, [upper.shape[1]])
            denominator = 1 + lower @ q
            error = np.abs(x * (known + upper @ p) / denominator - target) * importance
            weights *= error / error.mean() + 1e-3
            weights /= weights.mean()
        p, q = np.append(known, p) if relative else p, np.append(1.0, q)
        return p / self.bound ** (2 * np.arange(len(p))), q / self.bound ** (2 * np.arange(len(q)))

    def single(self, x: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """What the kernel computes, but for the fused rounding and the clamp of tanh's result."""
        x = np.clip(x.astype(np.float32), np.float32(-self.bound), np.float32(self.bound))
        square = x * x

        def polynomial(coefficients: np.ndarray) -> np.ndarray:
            total = np.zeros_like(x)
            for coefficient in coefficients[::-1]:
                total = total * square + np.float32(coefficient)
            return total

        return np.float32(self.offset) + x * polynomial(p) / polynomial(q)

    def report(self) -> None:
        p, q = self.fit()
        print(self.name)
        for name, coefficients in ("P", p), ("Q", q):
            print(f"  {name}:", ", ".join(str(np.float32(c)) for c in coefficients[::-1]))
        x = np.geomspace(1e-8, 100.0, 400_000).astype(np.float32).astype(np.float64)
        error = np.abs(self.single(x, p, q) - self.exact(x))
        if self.constant is not None:
            error /= self.exact(x)
        beyond = self.single(np.array([-100.0, -self.bound, self.bound, 100.0]), p, q)
        print(f"  largest error {error.max():.2e}; at the bound and beyond {beyond}")


if __name__ == "__main__":
    Activation("tanh", np.tanh, offset=0.0, bound=9.0, constant=1.0).report()
    Activation("sigmoid", lambda x: 1 / (1 + np.exp(-x)), offset=0.5, bound=16.5, constant=None).report()
