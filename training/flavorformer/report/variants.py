"""What the model loses when the sensors, the kitchen or the spice level change."""

from dataclasses import dataclass

import numpy as np

from . import intervals
from .bootstrap import column, complete, stated
from .cooks import Rehearsal
from .errors import COLUMNS, Errors, paired, skill, table

KEYS = ("at_50", "flame_off", "all")
CONSTANT = COLUMNS.index("constant")


def change(plain: Errors, variant: Errors, key: str) -> tuple[dict[str, float], dict[str, float]]:
    """Error and skill of the variant minus those of plain on the same cooks (dish and seed), points and 1, with 95 % intervals."""
    i, k = COLUMNS.index(key), len(COLUMNS)
    both = complete(paired(plain, variant), [i, k + i])
    error = stated(both, lambda m: m[..., k + i] - m[..., i])
    lost = stated(both, lambda m: m[..., i] / m[..., CONSTANT] - m[..., k + i] / m[..., k + CONSTANT])
    return error, lost


@dataclass(frozen=True)
class Seen:
    """One variant's errors, and the coverage of the 80 % interval of each cook (0–1) by dish and seed; made once, compared often."""

    errors: Errors
    coverage: dict[tuple[str, int], float]


def seen(rehearsal: Rehearsal, medians: dict[str, float]) -> Seen:
    """Reads a folder's cooks once; medians: the training cooks' median scores by dish, points."""
    return Seen(table(rehearsal.cooks, medians), {cook.name: float(intervals.of_cook(cook)[0]) for cook in rehearsal.cooks})


def coverage_change(plain: dict[tuple[str, int], float], variant: dict[tuple[str, int], float]) -> dict[str, float]:
    """Coverage of the variant minus that of plain on the same cooks; below zero is undercoverage."""
    common = sorted(plain.keys() & variant.keys())
    by_dish = {
        dish: np.array([[plain[name], variant[name]] for name in common if name[0] == dish]) for dish in sorted({name[0] for name in common})
    }
    return stated(by_dish, lambda m: m[..., 1] - m[..., 0])


def strangers(medians: dict[str, float]) -> dict[str, float]:
    """Of each dish what somebody who never saw it would say: the median over the other dishes' medians, points.

    A model that was trained without the dish must be compared with that.
    """
    if len(medians) < 2:
        return medians
    return {dish: float(np.median([score for other, score in medians.items() if other != dish])) for dish in medians}


def figures(plain: Seen, rehearsal: Rehearsal, medians: dict[str, float]) -> dict:
    """Errors (points), absolute skill over the dish's median and over that of the other dishes, coverage, and the changes to plain."""
    variant = seen(rehearsal, medians)
    errors = variant.errors
    stranger = table(rehearsal.cooks, strangers(medians))
    changes = {key: change(plain.errors, errors, key) for key in KEYS}
    covered = {dish: np.array([[v] for (of, _), v in variant.coverage.items() if of == dish]) for dish in rehearsal.dishes}
    alone = {dish: Errors({dish: errors.seeds[dish]}, {dish: errors.values[dish]}) for dish in rehearsal.dishes}
    return {
        "cooks": errors.cooks,
        "unscored_cooks": rehearsal.unscored,
        "error": {key: stated(errors.values, column(COLUMNS.index(key))) for key in KEYS},
        "constant": stated(errors.values, column(CONSTANT)),
        "skill": {key: skill(errors, key) for key in KEYS},
        "skill_over_other_dishes": {key: skill(stranger, key) for key in KEYS},
        "error_change": {key: error for key, (error, _) in changes.items()},
        "skill_change": {key: lost for key, (_, lost) in changes.items()},
        "coverage_80": stated(covered, column(0)),
        "coverage_change": coverage_change(plain.coverage, variant.coverage),
        "by_dish": {dish: {key: skill(own, key) for key in KEYS} for dish, own in alone.items()},
    }
