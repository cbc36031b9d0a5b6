"""Whether the model knows the phase of the cook, and when it changes."""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from .bootstrap import DRAWS, SEED, with_interval
from .cooks import PHASES, Cook


def confusion(cook: Cook) -> np.ndarray:
    """Shares of the cook's hops by true phase (rows) and most probable phase (columns); sums to 1: [6, 6]."""
    true, said = cook.rows["true_phase"].astype(int), cook.rows["phase"].argmax(axis=1)
    return np.bincount(true * len(PHASES) + said, minlength=len(PHASES) ** 2).reshape(len(PHASES), -1) / len(true)


def macro_f1(matrices: np.ndarray) -> np.ndarray:
    """Mean of F1 over the phases (or other classes) that occur in truth: [..., k, k] → [...]."""
    hit = np.diagonal(matrices, axis1=-2, axis2=-1)
    true, said = matrices.sum(-1), matrices.sum(-2)
    occurs = true > 0
    f1 = np.where(occurs, 2 * hit / np.maximum(true + said, 1e-12), 0.0)
    return f1.sum(-1) / np.maximum(occurs.sum(-1), 1)


def stretches(phase: np.ndarray) -> list[tuple[int, int]]:
    """Runs of one phase, in order: the first row of each and the one past its last."""
    edges = np.r_[0, np.flatnonzero(np.diff(phase)) + 1, len(phase)]
    return list(zip(edges[:-1], edges[1:], strict=True)) if len(phase) else []


def changes(phase: np.ndarray, at: np.ndarray) -> list[tuple[int, float]]:
    """Each change of phase: the phase that begins and the time (s) at which its first hop ended."""
    return [(int(phase[row]), float(at[row])) for row, _ in stretches(phase)[1:]]


def boundary_errors(cook: Cook) -> np.ndarray:
    """For each true change the distance to the predicted change into the same phase that it is matched to, s; infinite where none is left.

    One to one, as many as can be, with the least sum of distances (Kuhn 1955): else one change would serve two true ones.
    """
    said = changes(cook.rows["phase"].argmax(axis=1), cook.at)
    true = changes(cook.rows["true_phase"].astype(int), cook.at)
    out = np.full(len(true), np.inf)
    for phase in {p for p, _ in true}:
        rows = np.array([i for i, (p, _) in enumerate(true) if p == phase])
        apart = np.abs(np.subtract.outer([true[i][1] for i in rows], [when for p, when in said if p == phase]))
        matched, other = linear_sum_assignment(apart)
        out[rows[matched]] = apart[matched, other]
    return out


def false_changes(cook: Cook) -> float:
    """Predicted changes beyond the true ones, a minute: flicker, which the matched changes do not show."""
    said = len(changes(cook.rows["phase"].argmax(axis=1), cook.at))
    true = len(changes(cook.rows["true_phase"].astype(int), cook.at))
    return max(0, said - true) / cook.seconds * 60


def of_dish(cooks: list[Cook], draws: int = DRAWS, seed: int = SEED) -> dict:
    """Macro-F1 and median boundary error (s) of one dish, each with a 95 % interval by bootstrap over cooks, and F1 by phase."""
    rng = np.random.default_rng(seed)
    matrices = np.stack([confusion(cook) for cook in cooks])
    errors = [boundary_errors(cook) for cook in cooks]
    whole = matrices.mean(axis=0)
    weights = rng.multinomial(len(cooks), np.full(len(cooks), 1 / len(cooks)), size=draws)
    drawn = np.einsum("dc,cij->dij", weights, matrices)
    hit, true, said = np.diagonal(whole), whole.sum(1), whole.sum(0)
    flat, owner = np.concatenate(errors), np.repeat(np.arange(len(cooks)), [len(e) for e in errors])
    medians = weighted_medians(flat, weights[:, owner])
    return {
        "cooks": len(cooks),
        "macro_f1": with_interval(float(macro_f1(whole)), macro_f1(drawn)),
        "f1": {PHASES[p]: float(2 * hit[p] / (true[p] + said[p])) for p in range(len(PHASES)) if true[p] > 0},
        "boundary_s": with_interval(float(np.median(flat)) if len(flat) else np.nan, medians),
        "boundaries": len(flat),
        "boundaries_missed": int(np.isinf(flat).sum()),
        "false_changes_a_minute": float(np.mean([false_changes(cook) for cook in cooks])),
    }


def weighted_medians(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Medians of values [n] repeated as whole numbers of times [draws, n] say: [draws]; NaN where a draw has none."""
    if not len(values):
        return np.full(len(weights), np.nan)
    order = np.argsort(values)
    heap = np.cumsum(weights[:, order], axis=1)
    half = (heap[:, -1:] + 1) / 2
    found = values[order][np.minimum((heap < half).sum(axis=1), len(values) - 1)]
    return np.where(heap[:, -1] > 0, found, np.nan)


def figures(cooks: Iterable[Cook]) -> dict:
    """Phases by dish, and the worst dish of each figure: the gates hold for every dish."""
    by: dict[str, list[Cook]] = {}
    for cook in cooks:
        by.setdefault(cook.dish, []).append(cook)
    dishes = {dish: of_dish(rows) for dish, rows in sorted(by.items())}
    worst_f1 = min(dishes, key=lambda d: dishes[d]["macro_f1"]["value"])
    worst_boundary = max(dishes, key=lambda d: dishes[d]["boundary_s"]["value"])
    worst_flicker = max(dishes, key=lambda d: dishes[d]["false_changes_a_minute"])

    def worst(dish: str, key: str) -> dict:
        value = dishes[dish][key]
        return {"dish": dish, **(value if isinstance(value, dict) else {"value": value}), "cooks": len(by[dish])}

    return {
        "what": "most probable phase of every hop; F1 over the phases that occur in the dish, each cook of equal weight; boundaries in seconds",
        "worst_macro_f1": worst(worst_f1, "macro_f1"),
        "worst_boundary_s": worst(worst_boundary, "boundary_s"),
        "worst_false_changes_a_minute": worst(worst_flicker, "false_changes_a_minute"),
        "by_dish": dishes,
    }
