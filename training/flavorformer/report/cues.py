"""Fired cues against the physical crossings.

A cue fires a lead ahead, so it says: the crossing comes at fire + LEAD_S. Its error is fire + LEAD_S − t*. A crossing after the chef
had acted (acted < t*, or the chef acted and no crossing came) is censored: nobody knows when it would have come, only that it had not
by then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .bootstrap import Grouped, stated, with_interval
from .cooks import CUES, HOP_S, PHASES, Cook
from .phases import stretches

LEAD_S = 4.0
TOLERANCES_S = {"bloom": 3.0, "reduce": 10.0, "flame_off": 5.0}
REDUCE_SHARE = 0.05
SIMMER = PHASES.index("simmer")
# The dishes whose bloom is a temperature of the oil film; the others' are caramel and rendered pork.
OIL_FILM = ("egg-fried-rice", "gong-bao", "mapo-tofu", "tomato-egg")


@dataclass(frozen=True)
class Match:
    """One kind of cue in one cook: counts, and the errors (s) of the nearest fire to the crossing, within the tolerance or not."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    forgiven: int = 0
    errors: tuple[float, ...] = ()


def tolerance(cook: Cook, kind: int) -> float:
    """How far a cue may be off, s: bloom 3, flame-off 5, reduce the larger of 10 and 5 % of the simmer that it ends."""
    plain = TOLERANCES_S[CUES[kind]]
    if CUES[kind] != "reduce":
        return plain
    # It ends the last simmer that begins before it, or before the chef acted; a blanch long before is none of it.
    phase, at = cook.rows["true_phase"], cook.at
    when = np.nanmin([cook.rows["cues"][kind], cook.rows["acted"][kind], cook.seconds])
    simmers = [at[b - 1] - at[a] + HOP_S for a, b in stretches(phase) if phase[a] == SIMMER and at[a] <= when]
    return max(plain, REDUCE_SHARE * float(simmers[-1])) if simmers else plain


def matched(fired: np.ndarray, crossing: float, acted: float, within: float) -> Match:
    """Matches fires (s) [m] of one kind with its only crossing (s, NaN: never), one to one: the nearest fire takes it.

    A censored crossing is neither hit nor missed; one fire that says a time not before acted − within, at acted + within or sooner, is
    consistent with it and forgiven. Every other fire is a false alarm.
    """
    said = np.sort(fired.astype(np.float64)) + LEAD_S
    censored = not np.isnan(acted) and (np.isnan(crossing) or acted < crossing)
    if censored:
        near = (said >= acted - within) & (said - LEAD_S <= acted + within)
        forgiven = int(near.any())
        return Match(false_alarms=len(said) - forgiven, forgiven=forgiven)
    if np.isnan(crossing):
        return Match(false_alarms=len(said))
    if not len(said):
        return Match(misses=1)
    error = float(said[np.abs(said - crossing).argmin()] - crossing)
    hit = int(abs(error) <= within)
    return Match(hits=hit, misses=1 - hit, false_alarms=len(said) - hit, errors=(error,))


Fires = Callable[[Cook, int], np.ndarray]


def model(cook: Cook, kind: int) -> np.ndarray:
    """When the model's cues of a kind fired, s: [m]."""
    return cook.rows["fired_s"][cook.rows["fired_kind"] == kind]


def clock(crossings: dict[str, np.ndarray]) -> Fires:
    """A clock that knows the recipe: it fires a lead before the training cooks' median t* of the dish ([3], s, NaN: never)."""

    def fires(cook: Cook, kind: int) -> np.ndarray:
        when = crossings.get(cook.dish, np.full(len(CUES), np.nan))[kind]
        # A cook that is over before the clock strikes hears nothing.
        return np.array([when - LEAD_S]) if when - LEAD_S <= cook.seconds else np.zeros(0)

    return fires


def of_cook(cook: Cook, kind: int, fires: Fires, strict: bool = False) -> Match:
    """The match of one kind in one cook; `strict` takes the plain tolerance without the share of the phase."""
    within = TOLERANCES_S[CUES[kind]] if strict else tolerance(cook, kind)
    return matched(fires(cook, kind), float(cook.rows["cues"][kind]), float(cook.rows["acted"][kind]), within)


def f1(means: np.ndarray) -> np.ndarray:
    """F1 of hits, misses and false alarms: [..., 3] → [...]; NaN where nothing crossed and nothing fired."""
    hits, misses, alarms = means[..., 0], means[..., 1], means[..., 2]
    with np.errstate(invalid="ignore"):
        return 2 * hits / (2 * hits + misses + alarms)


def counted(cooks: list[Cook], kind: int, fires: Fires, strict: bool = False) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    """Hits, misses and false alarms of each cook by dish [n, 3], all errors (s), and how many crossings were censored."""
    counts: dict[str, list[list[int]]] = {}
    errors: list[float] = []
    censored = 0
    for cook in cooks:
        match = of_cook(cook, kind, fires, strict)
        counts.setdefault(cook.dish, []).append([match.hits, match.misses, match.false_alarms])
        errors += match.errors
        t, acted = float(cook.rows["cues"][kind]), float(cook.rows["acted"][kind])
        censored += int(acted < t or (np.isnan(t) and not np.isnan(acted)))
    return {d: np.array(v, float) for d, v in sorted(counts.items())}, np.array(errors), censored


def rested(counts: Grouped) -> dict[str, float]:
    """F1 of {dish: hits, misses and false alarms [n, 3]} with its interval; `cooks` are those whose moment is known, on which it rests."""
    return stated(counts, f1) | {"cooks": int(sum(v[:, :2].sum() for v in counts.values()))}


def of_kind(cooks: list[Cook], kind: int, fires: Fires) -> dict:
    """F1, precision and recall of one kind with 95 % intervals over cooks within dishes, dishes of equal weight; errors in seconds."""
    counts, errors, censored = counted(cooks, kind, fires)
    strict, _, _ = counted(cooks, kind, fires, strict=True)
    total = sum(v.sum(axis=0) for v in counts.values())
    rng = np.random.default_rng(1)
    medians = np.median(np.abs(errors[rng.integers(0, len(errors), (500, len(errors)))]), axis=1) if len(errors) else np.zeros(0)
    return {
        "hits": int(total[0]),
        "misses": int(total[1]),
        "false_alarms": int(total[2]),
        "censored": censored,
        "f1": rested(counts),
        "by_dish": {dish: rested({dish: of_dish}) for dish, of_dish in counts.items()},
        "f1_plain_tolerance": rested(strict),
        "precision": stated(counts, lambda m: m[..., 0] / (m[..., 0] + m[..., 2])),
        "recall": stated(counts, lambda m: m[..., 0] / (m[..., 0] + m[..., 1])),
        "median_error_s": with_interval(float(np.median(np.abs(errors))) if len(errors) else np.nan, medians),
        "bias_s": float(np.median(errors)) if len(errors) else np.nan,
    }


def better(cooks: list[Cook], kind: int, crossings: dict[str, np.ndarray]) -> dict[str, float]:
    """F1 of the model minus F1 of the clock on the same cooks, with its 95 % interval over cooks within dishes."""
    ours, _, _ = counted(cooks, kind, model)
    theirs, _, _ = counted(cooks, kind, clock(crossings))
    both = {dish: np.concatenate([ours[dish], theirs[dish]], axis=1) for dish in ours}
    return stated(both, lambda m: f1(m[..., :3]) - np.nan_to_num(f1(m[..., 3:])))


def figures(cooks: Iterable[Cook], crossings: dict[str, np.ndarray] | None = None) -> dict:
    """All kinds of cue: the model, the clock where the training crossings are known, and the difference of their F1."""
    cooks = list(cooks)
    out: dict = {
        "what": "events matched one to one with crossings; error = fire + 4 s − t*; tolerances ±3 s bloom, ±5 s flame-off, "
        "reduce max(10 s, 5 % of the simmer that it ends); censored crossings neither hit nor missed",
        "model": {name: of_kind(cooks, kind, model) for kind, name in enumerate(CUES)},
    }
    out["oil_film_f1"] = of_kind([c for c in cooks if c.dish in OIL_FILM], CUES.index("bloom"), model)["f1"]
    out["worst_f1"] = min((out["model"][name]["f1"] for name in CUES), key=lambda f: np.nan_to_num(f["value"], nan=2.0))
    if crossings:
        out["clock"] = {name: of_kind(cooks, kind, clock(crossings)) for kind, name in enumerate(CUES)}
        out["over_clock"] = {name: better(cooks, kind, crossings) for kind, name in enumerate(CUES)}
        out["worst_over_clock"] = min(out["over_clock"].values(), key=lambda f: np.nan_to_num(f["value"], nan=2.0))
    return out
