"""Time-warped scripts: past cooks of the dish, stretched to fit what has been seen so far, tell how this one will end.

Open-ended dynamic time warping: the seen part of a cook is aligned to whole training cooks from their start to wherever fits
best (Tormene et al. 2009), with the asymmetric steps of Sakoe & Chiba 1978, so that every seen point counts once.
"""

from dataclasses import dataclass

import numpy as np

from . import forecasts
from .errors import Errors
from .shards import Statistics, thinned

# Points of the longest training cook of a dish, and how many points apart two moments may lie that are held to be the same: a quarter of it.
POINTS = 64
BAND = 16
# Neighbours whose median is the forecast: of 3, 7 and 15 the best among validation cooks.
NEAREST = 15


@dataclass(frozen=True)
class Scripts:
    """The training cooks of one dish.

    curves [r, POINTS, 3], scaled to SD 1 over the dish and infinite behind a cook's end; score [r] (points); `every` rows are a point;
    middle and spread [3] are those of the dish.
    """

    curves: np.ndarray
    score: np.ndarray
    every: int
    middle: np.ndarray
    spread: np.ndarray

    def scaled(self, curve: np.ndarray) -> np.ndarray:
        """A cook's rows so far [n, 3] as points of these scripts: [⌈n / every⌉, 3]."""
        return (thinned(curve, self.every) - self.middle) / self.spread


def scripts(curves: list[np.ndarray], score: np.ndarray) -> Scripts:
    """Training cooks of one dish from their curves, a row a second [n, 3] each, and scores [r], points."""
    every = -(-max(map(len, curves)) // POINTS)
    rows = np.concatenate(curves)
    spread = np.maximum(rows.std(axis=0), 1e-6)
    out = Scripts(np.full((len(curves), POINTS, rows.shape[1]), np.inf), score, every, rows.mean(axis=0), spread)
    for own, curve in zip(out.curves, curves, strict=True):
        points = out.scaled(curve)
        own[: len(points)] = points
    return out


def distances(query: np.ndarray, curves: np.ndarray, band: int = BAND) -> np.ndarray:
    """Mean distance of the points of a cook so far [m, k] from those of each script [r, p, k] that they are warped to: [r].

    A point moves on by none, one or two points of the script: D[i, j] = d(i, j) + min(D[i−1, j], D[i−1, j−1], D[i−1, j−2]), |i − j| ≤ band,
    and the distance is min_j D[m, j] / m; infinite for a script that ends before the band allows. All scripts at once.
    """
    count, length = curves.shape[:2]
    # Two columns in front stand for what lies before the start; the first point must be matched to the first.
    cost = np.full((count, length + 2), np.inf)
    cost[:, 1] = 0
    for i, point in enumerate(query):
        # A cook that outlasts every script stays at the longest ones' ends.
        middle = min(i, length - 1)
        low, high = max(0, middle - band), min(length, middle + band + 1)
        apart = np.sqrt(np.square(curves[:, low:high] - point).sum(axis=2))
        if i == 0:
            apart[:, 1:] = np.inf
        best = np.minimum(cost[:, low + 2 : high + 2], np.minimum(cost[:, low + 1 : high + 1], cost[:, low:high]))
        cost = np.full_like(cost, np.inf)
        cost[:, low + 2 : high + 2] = apart + best
    return cost.min(axis=1) / len(query)


def forecast(curve: np.ndarray, of: Scripts, nearest: int = NEAREST) -> float:
    """The median score of the scripts nearest to a cook's rows so far [n, 3], points; NaN if nothing has been seen."""
    if not len(curve):
        return np.nan
    apart = distances(of.scaled(curve), of.curves)
    order = np.argsort(apart, kind="stable")[:nearest]
    return float(np.median(of.score[order[np.isfinite(apart[order])]]))


def errors(train: Statistics, test: Statistics) -> Errors:
    """Absolute errors on test cooks; a dish that was not trained on gets the constant."""
    base = forecasts.constants(forecasts.medians(train), test.dish)
    known = {}
    for dish in np.unique(train.dish):
        rows = np.flatnonzero(train.dish == dish)
        known[dish] = scripts([train.curves[i] for i in rows], train.score[rows])
    said = np.where(test.seen > 0, base[:, None], np.nan)
    for i, (dish, curve) in enumerate(zip(test.dish, test.curves, strict=True)):
        if dish in known:
            said[i] = [forecast(curve[:count], known[dish]) for count in test.seen[i]]
    return forecasts.errors(said, base, test)
