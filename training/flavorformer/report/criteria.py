"""The six review criteria, each with a measure (design choices, all of them): 镬气 余韵 层次 入味 点缀 肥瘦相间.

点缀 (garnish) is the lowest F1 of the cues and stands in `cues.figures`.
"""

from collections.abc import Callable, Iterable

import numpy as np

from .bootstrap import DRAWS, SEED, column, complete, over_dishes, stated, with_interval
from .cooks import ASPECTS, KNOWN_S, MODALITIES, Cook
from .intervals import central

WOK_HEI = ASPECTS.index("wok_hei")
SENSORS = ("eeg", "audio", "thermal")
AFTER_S = 60


def by_dish(cooks: Iterable[Cook], measure: Callable[[Cook], np.ndarray | float]) -> dict[str, np.ndarray]:
    """One row of numbers a cook: {dish: [n, k]}."""
    out: dict[str, list[np.ndarray]] = {}
    for cook in cooks:
        out.setdefault(cook.dish, []).append(np.atleast_1d(measure(cook)).astype(float))
    return {dish: np.stack(rows) for dish, rows in sorted(out.items())}


def correlations(said: np.ndarray, true: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson correlation of every said aspect with every true one over weighted cooks: [n, 6], [n, 6], [draws, n] → [draws, 6, 6].

    NaN where either hardly varies (SD below 0.001 of its 0–1 range).
    """
    total = weights.sum(axis=1)[:, None]
    mean_said, mean_true = weights @ said / total, weights @ true / total
    var_said, var_true = weights @ said**2 / total - mean_said**2, weights @ true**2 / total - mean_true**2
    products = (said[:, :, None] * true[:, None, :]).reshape(len(said), -1)
    both = (weights @ products / total).reshape(-1, said.shape[1], true.shape[1])
    spread = np.sqrt(np.maximum(var_said, 0)[:, :, None] * np.maximum(var_true, 0)[:, None, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (both - mean_said[:, :, None] * mean_true[:, None, :]) / spread
    varies = (var_said > 1e-6)[:, :, None] & (var_true > 1e-6)[:, None, :]
    return np.where(varies, r, np.nan)


def aspects(cooks: list[Cook], draws: int = DRAWS, seed: int = SEED) -> dict:
    """镬气 and 层次, from the aspects at the last hop.

    wok_hei: its mean absolute error (0–1) and its correlation with the truth over the cooks of a dish, averaged over dishes. layers: in
    how large a share of (dish, aspect) no other said aspect tells the truth better, by the size of the correlation. Nothing made of the
    same data correlates with a truth more than its posterior mean does, so a perfect model scores 1. `nearest` asks the other way
    round, whether a said aspect tells no other truth better than its own: what is made out by something that goes with it (attention
    by timing) fails it even if made out as well as can be. An aspect that does not vary in a dish is left out.
    """
    rng = np.random.default_rng(seed)
    ends = by_dish(cooks, lambda cook: np.concatenate([cook.rows["aspects"][-1], cook.rows["true_aspects"][-1]]))
    k, rested = len(ASPECTS), sum(map(len, ends.values()))
    matrices = []
    for rows in ends.values():
        weights = np.concatenate([np.ones((1, len(rows))), rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws)])
        matrices.append(correlations(rows[:, :k], rows[:, k:], weights))
    r = np.stack(matrices)
    own = np.diagonal(r, axis1=-2, axis2=-1)
    others = np.where(np.eye(k, dtype=bool), -np.inf, np.nan_to_num(np.abs(r), nan=-np.inf))
    counted = ~np.isnan(own)
    mean = over_dishes(own)

    def share(best_other: np.ndarray) -> dict[str, float]:
        beyond = (counted & (np.nan_to_num(own, nan=-1) > best_other)).sum(axis=(0, 2)) / np.maximum(counted.sum(axis=(0, 2)), 1)
        return (with_interval(float(beyond[0]), beyond[1:]) if counted[:, 0].any() else with_interval(np.nan, np.zeros(0))) | {"cooks": rested}

    return {
        "error": {name: stated({d: np.abs(v[:, i] - v[:, k + i])[:, None] for d, v in ends.items()}, column(0)) for i, name in enumerate(ASPECTS)},
        "correlation": {name: with_interval(float(mean[0, i]), mean[1:, i]) | {"cooks": rested} for i, name in enumerate(ASPECTS)},
        "layers": share(others.max(axis=-2)),
        "nearest": share(others.max(axis=-1)),
        "matrix": {dish: r[d, 0].tolist() for d, dish in enumerate(ends)},
    }


def lingering(cook: Cook) -> np.ndarray:
    """How far the point forecast strays from where it stood when flame-off could be known, mean over the hops after, points.

    And how far it had leapt since flame-off until then: that the cook ended now and no later is news. NaN without flame-off. [2]
    """
    off = cook.flame_off()
    if off is None:
        return np.full(2, np.nan)
    known = cook.after_off(KNOWN_S)
    stands = cook.median[known]
    return np.array([np.abs(cook.median[known:] - stands).mean(), abs(stands - cook.median[off])])


def aftertaste(cooks: Iterable[Cook]) -> dict:
    """余韵: how the score lingers once flame-off can be known; and the mean distance from its value there at every whole second after, points.

    The curve averages the cooks that still last, so it ends where the longest does, at AFTER_S seconds at most.
    """
    cooks = list(cooks)
    strays = by_dish(cooks, lingering)
    curve: list[list[float]] = [[] for _ in range(AFTER_S + 1)]
    for cook in cooks:
        if (off := cook.flame_off()) is None:
            continue
        at, median = cook.at[off:] - cook.at[off], cook.median[off:]
        for second in range(min(AFTER_S, int(at[-1] + 1e-6)) + 1):
            curve[second].append(abs(float(median[np.searchsorted(at, second - 1e-6)] - median[0])))
    return {
        "drift": stated(strays, column(0)),
        "leap": stated(strays, column(1)),
        "curve": [float(np.mean(v)) for v in curve if v],
        "curve_cooks": [len(v) for v in curve if v],
    }


def seasoning(cooks: Iterable[Cook]) -> dict:
    """入味: the 80 % interval's mean width at 100 % of the cook over that at 25 % of the same cooks; below 1 the score converges."""

    def widths(cook: Cook) -> np.ndarray:
        edges = central(cook.quantiles)
        rows = [cook.row_at(share) for share in (0.25, 0.5, 0.75, 1.0)]
        return np.array([np.nan if row is None else edges[row, 1] - edges[row, 0] for row in rows])

    values = by_dish(cooks, widths)
    return {
        "convergence": stated(complete(values, [0, 3]), lambda m: m[..., 3] / m[..., 0]),
        "width": {f"at_{q}": stated(values, column(i)) for i, q in enumerate((25, 50, 75, 100))},
    }


def balance(cooks: Iterable[Cook], losses: dict[str, float] | None = None) -> dict:
    """肥瘦相间: mean attention by modality, the largest of them, and the effective number of modalities, exp(entropy) of the means, 1–4.

    losses: skill lost without each of SENSORS, where such folders are; the largest one's share of all that is lost is stated beside.
    """
    values = by_dish(cooks, lambda cook: cook.rows["attention"].mean(axis=0, dtype=np.float64))

    def effective(m: np.ndarray) -> np.ndarray:
        share = m / m.sum(axis=-1, keepdims=True)
        return np.exp(-(share * np.log(np.maximum(share, 1e-12))).sum(axis=-1))

    out = {
        "attention": {name: stated(values, column(i)) for i, name in enumerate(MODALITIES)},
        "largest": stated(values, lambda m: m.max(axis=-1)),
        "effective": stated(values, effective),
    }
    if losses and set(SENSORS) <= set(losses):
        lost = np.array([max(0.0, losses[name]) for name in SENSORS])
        out["largest_loss_share"] = {"value": float(lost.max() / lost.sum()) if lost.sum() > 0 else np.nan}
    return out


def figures(cooks: Iterable[Cook], losses: dict[str, float] | None = None) -> dict:
    """All but 点缀."""
    cooks = list(cooks)
    return {"aspects": aspects(cooks), "aftertaste": aftertaste(cooks), "seasoning": seasoning(cooks), "balance": balance(cooks, losses)}
