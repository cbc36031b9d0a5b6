"""Whether the model's intervals hold what they promise."""

from collections.abc import Iterable

import numpy as np

from .bootstrap import column, stated
from .cooks import LEVELS, Cook

LEVEL = 0.8
QUARTERS = 4


def logit(points: np.ndarray) -> np.ndarray:
    """Scores 0–100 to the real line, ends kept finite."""
    share = np.clip(points / 100, 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))


def points(logits: np.ndarray) -> np.ndarray:
    """The real line to scores 0–100."""
    return 100 / (1 + np.exp(-logits))


def central(quantiles: np.ndarray) -> np.ndarray:
    """The 80 % interval: the outermost of the five quantiles, points: [n, 5] → [n, 2]."""
    return quantiles[:, [0, -1]]


def pinball(quantiles: np.ndarray, truth: float) -> np.ndarray:
    """Pinball loss of the five quantiles, points: [n, 5] → [n] (mean over levels; Koenker & Bassett 1978)."""
    over = truth - quantiles
    levels = np.array(LEVELS)
    return np.maximum(levels * over, (levels - 1) * over).mean(axis=1)


def crossings(quantiles: np.ndarray) -> int:
    """Hops at which a quantile lies below a lower one: [n, 5] → count."""
    return int((np.diff(quantiles, axis=1) < 0).any(axis=1).sum())


def of_cook(cook: Cook) -> np.ndarray:
    """One cook's means over hops: coverage of the 80 and 50 % intervals (0–1), width of the 80 % interval, pinball loss (points),
    count of crossed hops, coverage of the 80 % interval in each quarter of the cook (NaN for a quarter without a score), and of the
    true score's quantile level the share below each of LEVELS: [5 + 4 + 5].
    """
    q, truth = cook.quantiles, cook.reference
    edges = central(q)
    inside = (edges[:, 0] <= truth) & (truth <= edges[:, 1])
    quarter = np.minimum((cook.at / cook.seconds * QUARTERS - 1e-9).astype(int), QUARTERS - 1)
    by_quarter = [inside[quarter == k].mean() if (quarter == k).any() else np.nan for k in range(QUARTERS)]
    return np.array(
        [
            inside.mean(),
            ((q[:, 1] <= truth) & (truth <= q[:, 3])).mean(),
            (edges[:, 1] - edges[:, 0]).mean(),
            pinball(q, truth).mean(),
            crossings(q),
            *by_quarter,
            *(truth <= q).mean(axis=0),
        ]
    )


NAMES = ("coverage_80", "coverage_50", "width_80", "pinball")
CROSSED = len(NAMES)
FIRST = CROSSED + 1


def figures(cooks: Iterable[Cook]) -> dict:
    """Coverage by cook with its interval, width, pinball, crossed hops, coverage by dish, the worst stratum and the calibration curve.

    A stratum is a quarter of the cook of one dish; the worst is the one whose coverage is farthest below 80 %.
    """
    rows: dict[str, list[np.ndarray]] = {}
    for cook in cooks:
        rows.setdefault(cook.dish, []).append(of_cook(cook))
    values = {dish: np.stack(of_dish) for dish, of_dish in sorted(rows.items())}
    strata = {
        (dish, k): float(np.nanmean(v[:, FIRST + k])) for dish, v in values.items() for k in range(QUARTERS) if not np.isnan(v[:, FIRST + k]).all()
    }
    dish, quarter = min(strata, key=strata.__getitem__)
    stratum = {dish: values[dish][:, FIRST + quarter : FIRST + 1 + quarter]}
    return {
        "what": "intervals of the final score over all hops, averaged in a cook, then over cooks and dishes",
        **{name: stated(values, column(i)) for i, name in enumerate(NAMES)},
        "crossed_hops": int(sum(v[:, CROSSED].sum() for v in values.values())),
        "by_dish": {d: {name: stated({d: v}, column(i)) for i, name in enumerate(NAMES)} for d, v in values.items()},
        "worst_stratum": {"dish": dish, "quarter": quarter + 1, **stated(stratum, column(0))},
        "calibration": {f"{level:g}": stated(values, column(FIRST + QUARTERS + i)) for i, level in enumerate(LEVELS)},
    }
