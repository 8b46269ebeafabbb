"""Class weights and learning rates as others compute them: the numbers of training.json.

    python training.py > training.json

Run with scikit-learn 1.9 and NumPy 2.4. Weights are scikit-learn's `class_weight="balanced"`,
the weighted mean of cross-entropies its log_loss with weights; the gradient is NumPy's, by
complex steps through the definition, not by a formula for it. Learning rates are the
recursions of torch.optim.lr_scheduler's LinearLR (to 0) and CosineAnnealingLR, as PyTorch
steps them: each from the one before, not from a closed form.
"""

import json

import numpy as np
import sklearn
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

RATE = 0.01
EPOCHS = 12


def weighted_mean(logits, targets, weights):
    """sum w l / sum w, of complex logits too."""
    likelihood = logits[np.arange(len(targets)), targets]
    losses = np.log(np.exp(logits).sum(axis=1)) - likelihood
    return (weights * losses).sum() / weights.sum()


def gradient(logits, targets, weights):
    step = 1e-30
    result = np.empty(logits.shape)
    for place in np.ndindex(*logits.shape):
        moved = logits.astype(complex)
        moved[place] += 1j * step
        result[place] = weighted_mean(moved, targets, weights).imag / step
    return result


def linear():
    """LinearLR with start_factor 1, end_factor 0, total_iters EPOCHS."""
    start, end, rate = 1.0, 0.0, RATE
    for epoch in range(1, EPOCHS + 1):
        yield rate
        rate *= 1.0 + (end - start) / (EPOCHS * start + (epoch - 1) * (end - start))


def cosine():
    """CosineAnnealingLR with T_max EPOCHS, eta_min 0."""
    rate = RATE
    for epoch in range(1, EPOCHS + 1):
        yield rate
        rate *= (1 + np.cos(np.pi * epoch / EPOCHS)) / (1 + np.cos(np.pi * (epoch - 1) / EPOCHS))


generator = np.random.default_rng(0)
trained_on = np.repeat([0, 1, 2], [37, 5, 11])
classes = np.arange(3)
weights = compute_class_weight("balanced", classes=classes, y=trained_on)
logits = generator.normal(scale=2, size=(8, 3))
targets = np.array([0, 1, 0, 2, 0, 0, 1, 2])
softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
of_strings = weights[targets]
weighted = log_loss(targets, softmax, sample_weight=of_strings, labels=classes)
assert abs(weighted - weighted_mean(logits, targets, of_strings)) < 1e-14

numbers = {
    "scikit-learn": sklearn.__version__,
    "numpy": np.__version__,
    "trained_on": trained_on.tolist(),
    "weights": weights.tolist(),
    "logits": logits.ravel().tolist(),
    "targets": targets.tolist(),
    "weighted": weighted,
    "unweighted": log_loss(targets, softmax, labels=classes),
    "gradient": gradient(logits, targets, of_strings).ravel().tolist(),
    "rate": RATE,
    "linear": list(linear()),
    "cosine": [float(rate) for rate in cosine()],
}
print(json.dumps(numbers, indent=1))
