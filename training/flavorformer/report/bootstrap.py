"""Means over cooks, then dishes, with intervals."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

DRAWS = 2000
SEED = 1
Grouped = dict[str, np.ndarray]


def mean(values: Grouped) -> np.ndarray:
    """Mean over cooks, then over dishes, so that a dish of many cooks does not drown the others: {dish: [n, k]} → [k].

    A NaN (a cook that has no such number) is left out; a dish of NaN only is left out of that column.
    """
    return resampled(values, draws=0)[0]


def resampled(values: Grouped, draws: int = DRAWS, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """The mean over cooks and dishes [k], and that of cooks drawn anew within each dish [draws, k] (Efron 1979)."""
    points, drawn = [], []
    for k, of_dish in enumerate(values.values()):
        known = ~np.isnan(of_dish)
        filled = np.where(known, of_dish, 0.0)
        weights = redraws(len(of_dish), draws, seed, k)
        with np.errstate(invalid="ignore"):
            means = (weights @ filled) / (weights @ known.astype(float))
        points.append(means[0])
        drawn.append(means[1:])
    return over_dishes(np.stack(points)), over_dishes(np.stack(drawn))


@lru_cache(maxsize=32)
def redraws(n: int, draws: int, seed: int, dish: int) -> np.ndarray:
    """How often each of n cooks of the k-th dish counts: once each in the first row, then in every draw with replacement: [1 + draws, n]."""
    drawn = np.random.default_rng([seed, dish]).multinomial(n, np.full(n, 1 / n), size=draws)
    return np.concatenate([np.ones((1, n)), drawn])


def over_dishes(means: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is no NaN; NaN where nothing is."""
    known = ~np.isnan(means)
    with np.errstate(invalid="ignore"):
        return np.where(known, means, 0.0).sum(0) / known.sum(0)


def complete(values: Grouped, columns: Sequence[int]) -> Grouped:
    """The cooks that have a number in all of these columns: a figure of several means must take each over the same cooks."""
    known = {dish: v[~np.isnan(v[:, columns]).any(axis=1)] for dish, v in values.items()}
    return {dish: v for dish, v in known.items() if len(v)}


def stated(values: Grouped, figure: Callable[[np.ndarray], np.ndarray], draws: int = DRAWS, seed: int = SEED) -> dict[str, float]:
    """A figure of the column means (a function [..., k] → [...]) with its 95 % interval by percentiles of the bootstrap; NaN of no cooks."""
    if not values:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "cooks": 0}
    point, drawn = resampled(values, draws, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        return with_interval(float(figure(point)), figure(drawn)) | {"cooks": sum(len(v) for v in values.values())}


def with_interval(value: float, drawn: np.ndarray) -> dict[str, float]:
    """A value and the 2.5 % and 97.5 % percentiles of its redraws [draws]; NaN where no redraw is finite."""
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (np.nan, np.nan)
    return {"value": value, "low": float(low), "high": float(high)}


def column(i: int) -> Callable[[np.ndarray], np.ndarray]:
    """The figure that is one column itself."""
    return lambda means: means[..., i]
