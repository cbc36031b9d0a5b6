"""Errors of the final score's point forecast, against a constant, against the oracle and against an onlooker."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .bootstrap import Grouped, column, complete, stated
from .cooks import KNOWN_S, Cook

SHARES = (0.25, 0.5, 0.75, 1.0)
KEYS = (*(f"at_{share * 100:.0f}" for share in SHARES), "flame_off", "known_off", "all")
# Whose forks are beside a cook's rows, and at which shares of it: who knows the whole state, and who sees all but what is in the chef's head.
FORKS = {"oracle": SHARES[:3], "onlooker": (0.5,)}
COLUMNS = (*KEYS, "constant", *(f"{who}_{share * 100:.0f}" for who, shares in FORKS.items() for share in shares))


@dataclass(frozen=True)
class Errors:
    """Absolute errors in points of cooks: by dish, their seeds [n] and a row each [n, len(columns)], NaN where a number is missing."""

    seeds: dict[str, np.ndarray]
    values: Grouped
    columns: tuple[str, ...] = COLUMNS

    def index(self, name: str) -> int:
        """The number of a column."""
        return self.columns.index(name)

    @property
    def cooks(self) -> int:
        """How many cooks there are."""
        return sum(len(seeds) for seeds in self.seeds.values())


def of_cook(cook: Cook, constant: float) -> np.ndarray:
    """One cook's absolute errors, points, in the order of COLUMNS; `constant` is the training cooks' median score of the dish.

    At a share of the cook the last hop that had ended counts, and once the flame is off the first and that `KNOWN_S` after it; NaN where
    there was no score yet, no flame-off or no forks. The oracle's point forecast, as the onlooker's, is the median of its forks, the
    best constant for an absolute error.
    """
    truth = cook.reference
    wrong = np.abs(cook.median - truth)
    rows = [*(cook.row_at(share) for share in SHARES), cook.flame_off(), cook.after_off(KNOWN_S)]
    there = set(cook.rows)
    forks = [cook.rows[who] if who in there else np.full((len(shares), 1), np.nan) for who, shares in FORKS.items()]
    floors = [abs(np.median(row.astype(np.float64)) - truth) for rows in forks for row in rows]
    return np.array([*(np.nan if row is None else wrong[row] for row in rows), wrong.mean(), abs(constant - truth), *floors])


def table(cooks: Iterable[Cook], medians: dict[str, float]) -> Errors:
    """The errors of cooks whose dishes' training medians are given; for a dish without one, the median over the known dishes counts."""
    unknown = float(np.median(list(medians.values())))
    seeds: dict[str, list[int]] = {}
    values: dict[str, list[np.ndarray]] = {}
    for cook in cooks:
        seeds.setdefault(cook.dish, []).append(cook.seed)
        values.setdefault(cook.dish, []).append(of_cook(cook, medians.get(cook.dish, unknown)))
    return Errors({d: np.array(s) for d, s in seeds.items()}, {d: np.stack(v) for d, v in values.items()})


def paired(a: Errors, b: Errors) -> Grouped:
    """Rows of the cooks (dish and seed) that both have, side by side: {dish: [n, columns of a + columns of b]}."""
    out = {}
    for dish in a.seeds.keys() & b.seeds.keys():
        _, rows_a, rows_b = np.intersect1d(a.seeds[dish], b.seeds[dish], return_indices=True)
        if len(rows_a):
            out[dish] = np.concatenate([a.values[dish][rows_a], b.values[dish][rows_b]], axis=1)
    return dict(sorted(out.items()))


def skill(errors: Errors, key: str) -> dict[str, float]:
    """1 − error / error of the dish's median over the cooks that have both: 1 is perfect, 0 no better than the constant; with its 95 % interval."""
    i, constant = errors.index(key), errors.index("constant")
    return stated(complete(errors.values, [i, constant]), lambda means: 1 - means[..., i] / means[..., constant])


def ratio_to(who: str, errors: Errors, share: float) -> dict[str, float]:
    """Error at a share of the cook over that of one of `FORKS` there, among cooks that have both; with its 95 % interval."""
    i, floor = errors.index(f"at_{share * 100:.0f}"), errors.index(f"{who}_{share * 100:.0f}")
    return stated(complete(errors.values, [i, floor]), lambda means: means[..., i] / means[..., floor])


def figures(errors: Errors, unscored: int = 0) -> dict:
    """All figures of errors: mean errors and skills of every key, ratios to the oracle and to the onlooker, and the same by dish; in points.

    What has no error cannot raise a mean, so it is counted: `unscored_cooks` never got a score, `unanswered` got none in time.
    """
    by_dish = {}
    for dish, values in sorted(errors.values.items()):
        alone = Errors({dish: errors.seeds[dish]}, {dish: values}, errors.columns)
        by_dish[dish] = {"cooks": len(values), "error": means(alone), "skill": {key: skill(alone, key) for key in KEYS}}
    return {
        "what": "absolute error of the median of the final score, points; averaged hops, cooks, dishes; 95 % bootstrap over cooks within dishes",
        "cooks": errors.cooks,
        "unscored_cooks": unscored,
        "error": means(errors),
        "skill": {key: skill(errors, key) for key in KEYS},
        **{f"ratio_to_{who}": {f"at_{share * 100:.0f}": ratio_to(who, errors, share) for share in shares} for who, shares in FORKS.items()},
        "unanswered": {key: int(sum(np.isnan(v[:, errors.index(key)]).sum() for v in errors.values.values())) for key in KEYS},
        "by_dish": by_dish,
    }


def means(errors: Errors) -> dict[str, dict[str, float]]:
    """The mean of every column with its 95 % interval, over the cooks that have it, points."""
    return {name: stated(complete(errors.values, [i]), column(i)) for i, name in enumerate(errors.columns)}
