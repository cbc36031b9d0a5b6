"""What all baselines share: whose scores they forecast, the constant that they start from, and errors laid out as the model's."""

from dataclasses import dataclass

import numpy as np

from .errors import SHARES, Errors

KEYS = tuple(f"at_{share * 100:.0f}" for share in SHARES)
COLUMNS = (*KEYS, "constant")


@dataclass(frozen=True)
class Labels:
    """Cooks: dish and seed [n], final score [n] (points)."""

    dish: np.ndarray
    seed: np.ndarray
    score: np.ndarray


def medians(train: Labels) -> dict[str, float]:
    """The training cooks' median score of each dish, points."""
    return {str(dish): float(np.median(train.score[train.dish == dish])) for dish in np.unique(train.dish)}


def constants(of: dict[str, float], dishes: np.ndarray) -> np.ndarray:
    """The median of each cook's dish [n], points; of a dish that was not trained on, the median over those that were."""
    unknown = float(np.median(list(of.values())))
    return np.array([of.get(str(dish), unknown) for dish in dishes])


def weights(dishes: np.ndarray) -> np.ndarray:
    """Weights of cooks such that every dish weighs the same, 1 on average: [n]."""
    names, inverse, counts = np.unique(dishes, return_inverse=True, return_counts=True)
    return len(dishes) / (len(names) * counts[inverse])


def shuffled(train: Labels, rng: np.random.Generator) -> np.ndarray:
    """The scores dealt anew among the cooks of each dish: [n]."""
    out = train.score.copy()
    for dish in np.unique(train.dish):
        rows = np.flatnonzero(train.dish == dish)
        out[rows] = train.score[rng.permutation(rows)]
    return out


def errors(forecast: np.ndarray, base: np.ndarray, test: Labels) -> Errors:
    """Absolute errors of forecasts [n, 4] at SHARES of the cook and of the constant [n], points; NaN where nothing was forecast."""
    wrong = np.abs(np.column_stack([np.clip(forecast, 0, 100), base]) - test.score[:, None])
    rows = {str(dish): np.flatnonzero(test.dish == dish) for dish in np.unique(test.dish)}
    return Errors({d: test.seed[r] for d, r in rows.items()}, {d: wrong[r] for d, r in rows.items()}, COLUMNS)
