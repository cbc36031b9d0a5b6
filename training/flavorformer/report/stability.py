"""回锅稳定性: the same cook through other noise and other devices."""

import numpy as np

from .bootstrap import DRAWS, SEED, with_interval
from .cooks import Rehearsal


def finals(rehearsal: Rehearsal) -> dict[tuple[str, int], float]:
    """The last point forecast of each cook, points, by dish and seed."""
    return {cook.name: float(cook.median[-1]) for cook in rehearsal.cooks}


def pairs(variants: list[Rehearsal]) -> dict[str, np.ndarray]:
    """Final scores of the cooks that all variants have, points: {dish: [n, variants]}."""
    all_finals = [finals(v) for v in variants]
    common = sorted(set.intersection(*(set(f) for f in all_finals)))
    return {dish: np.array([[f[name] for f in all_finals] for name in common if name[0] == dish]) for dish in sorted({d for d, _ in common})}


def icc_2_1(ratings: np.ndarray) -> float:
    """Intraclass correlation of single ratings, two-way random, absolute agreement (Shrout & Fleiss 1979, case 2).

    ICC(2,1) = (BMS − EMS) / (BMS + (k − 1) EMS + k (JMS − EMS) / n), with BMS, JMS, EMS the mean squares between targets, between
    judges and of the residual. ratings: [n targets, k judges].
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        return float("nan")
    grand, of_target, of_judge = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    between = k * ((of_target - grand) ** 2).sum() / (n - 1)
    judges = n * ((of_judge - grand) ** 2).sum() / (k - 1)
    residual = ((ratings - of_target[:, None] - of_judge[None] + grand) ** 2).sum() / ((n - 1) * (k - 1))
    below = between + (k - 1) * residual + k * (judges - residual) / n
    return float((between - residual) / below) if below > 0 else float("nan")


def repeat_sd(ratings: np.ndarray) -> float:
    """SD of one score of one cook, points: that of the pairs' differences over √2. ratings: [n, 2]."""
    return float(np.std(ratings[:, 1] - ratings[:, 0], ddof=1) / np.sqrt(2)) if len(ratings) > 1 else float("nan")


def pooled_sd(by_dish: dict[str, np.ndarray]) -> float:
    """The root of the mean over dishes of the squared repeat SD, points."""
    return float(np.sqrt(np.nanmean([repeat_sd(v) ** 2 for v in by_dish.values()])))


def mean_icc(by_dish: dict[str, np.ndarray]) -> float:
    """The mean over dishes of ICC(2,1) within the dish; stricter than over all cooks, as differences between dishes are easy."""
    return float(np.nanmean([icc_2_1(v) for v in by_dish.values()]))


def figures(plain: Rehearsal, other: Rehearsal, draws: int = DRAWS, seed: int = SEED) -> dict:
    """Repeat SD and ICC(2,1) of the final score between two variants of the same cooks, with 95 % bootstrap intervals over cooks."""
    by_dish = {dish: v for dish, v in pairs([plain, other]).items() if len(v) > 1}
    if not by_dish:
        raise ValueError(f"{plain.variant} and {other.variant} have no two cooks of a dish in common")
    rng = np.random.default_rng(seed)
    sds, iccs = [], []
    for _ in range(draws):
        drawn = {dish: v[rng.integers(0, len(v), len(v))] for dish, v in by_dish.items()}
        sds.append(pooled_sd(drawn))
        iccs.append(mean_icc(drawn))
    everything = np.concatenate(list(by_dish.values()))
    return {
        "what": f"final scores of the same cooks as {plain.variant} and as {other.variant}: SD of paired differences / √2 and ICC(2,1) "
        "(Shrout & Fleiss 1979), each by dish and averaged",
        "cooks": len(everything),
        "sd": with_interval(pooled_sd(by_dish), np.array(sds)) | {"cooks": len(everything)},
        "icc": with_interval(mean_icc(by_dish), np.array(iccs)) | {"cooks": len(everything)},
        "icc_over_all_cooks": icc_2_1(everything),
        "shift": float(np.mean([(v[:, 1] - v[:, 0]).mean() for v in by_dish.values()])),
        "by_dish": {dish: {"cooks": len(v), "sd": repeat_sd(v), "icc": icc_2_1(v)} for dish, v in by_dish.items()},
    }
