"""Conformalised quantiles: how much wider or narrower the intervals of new cooks must be.

Split conformal prediction with a scaled score (Lei et al. 2018; Romano, Patterson & Candès 2019): the score of a hop is the distance
of the truth's logit from the median's, in half widths of the interval on its side. The exchangeable unit is a cook, not a hop.
"""

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .cooks import Cook
from .intervals import LEVEL, central, logit, points

BINS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Factors:
    """Factors on the half width in the logit.

    `values` [len(edges) + 1] by elapsed time over the dish's usual total, split at `edges`; one value for all where `totals` (s, by
    dish) is None: a cook's own length is not known while it lasts. A dish without a total takes the largest factor.
    """

    values: np.ndarray
    edges: tuple[float, ...]
    totals: dict[str, float] | None

    def at(self, cook: Cook) -> np.ndarray:
        """The factor of each hop: [n]."""
        return self.values[bins(cook, self.edges, self.totals)] if known(cook, self.totals) else np.full(len(cook.at), self.values.max())


def known(cook: Cook, totals: dict[str, float] | None) -> bool:
    """Whether a cook's progress can be told online."""
    return totals is None or cook.dish in totals


def bins(cook: Cook, edges: tuple[float, ...], totals: dict[str, float] | None) -> np.ndarray:
    """The bin of each hop by elapsed time over the usual total: [n]; all zero without totals."""
    if totals is None:
        return np.zeros(len(cook.at), int)
    return np.searchsorted(np.array(edges), cook.at / totals[cook.dish], side="right")


def scores(cook: Cook) -> np.ndarray:
    """Distance of the truth from the median in half widths of the interval, in the logit: [n]; ≤ 1 is covered."""
    x, truth = logit(central(cook.quantiles)), logit(np.array(cook.reference))
    middle = logit(cook.median)
    half = np.where(truth >= middle, x[:, 1] - middle, middle - x[:, 0])
    return np.abs(truth - middle) / np.maximum(half, 1e-9)


def inner(cook: Cook) -> Cook:
    """The same cook with its quartiles in the place of its outer quantiles: what calibrates the 50 % interval."""
    return Cook(cook.dish, cook.seed, cook.split, cook.seconds, {**cook.rows, "score": cook.rows["score"][:, [1, 1, 2, 3, 3]]})


def factor(values: list[np.ndarray], weights: list[float], level: float = LEVEL) -> float:
    """The smallest factor that covers a share `level` of the cooks' weight.

    values: a cook's scores each; each cook spreads its weight evenly over its hops. With n cooks, the level is (n + 1) / n × level, as
    a new cook is not among them.
    """
    flat = np.concatenate(values)
    mass = np.concatenate([np.full(len(v), w / len(v)) for v, w in zip(values, weights, strict=True)])
    order = np.argsort(flat)
    total = np.cumsum(mass[order]) / mass.sum()
    wanted = min(1.0, level * (1 + 1 / len(values)))
    return float(flat[order][min(int(np.searchsorted(total, wanted - 1e-12)), len(flat) - 1)])


def fit(cooks: Iterable[Cook], totals: dict[str, float] | None = None, edges: tuple[float, ...] = BINS, level: float = LEVEL) -> Factors:
    """Factors from calibration cooks (chefs that neither training nor test has seen); cooks of a dish weigh as much as those of another."""
    cooks = [cook for cook in cooks if known(cook, totals)]
    of_dish = {dish: sum(cook.dish == dish for cook in cooks) for dish in {cook.dish for cook in cooks}}
    count = 1 if totals is None else len(edges) + 1
    rows: list[list[np.ndarray]] = [[] for _ in range(count)]
    weights: list[list[float]] = [[] for _ in range(count)]
    for cook in cooks:
        far, where = scores(cook), bins(cook, edges, totals)
        for k in np.unique(where):
            rows[k].append(far[where == k])
            weights[k].append(1 / of_dish[cook.dish])
    values = np.array([factor(r, w, level) if r else np.nan for r, w in zip(rows, weights, strict=True)])
    # A bin that no cook reached borrows the largest factor.
    values = np.where(np.isnan(values), np.nanmax(values), values)
    return Factors(values, edges if totals is not None else (), totals)


def widened(cook: Cook, factors: Factors) -> np.ndarray:
    """The cook's quantiles with every distance from the median times the factor, in the logit, points: [n, 5]."""
    x = logit(cook.quantiles)
    middle = x[:, 2:3]
    return points(middle + (x - middle) * factors.at(cook)[:, None])


def conformed(cook: Cook, factors: Factors) -> Cook:
    """The same cook with widened quantiles; its other tensors stay where they are."""
    return Cook(cook.dish, cook.seed, cook.split, cook.seconds, ChainMap({"score": widened(cook, factors)}, cook.rows))
