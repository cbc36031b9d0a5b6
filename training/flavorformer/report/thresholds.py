"""From which chance on a cue should fire, chosen on calibration cooks: the rule of `core::cue` on recorded hazards."""

from collections.abc import Iterable

import numpy as np

from .cooks import CUES, OFF, PHASES, Cook
from .cues import LEAD_S, counted, f1

# As in `crates/core/src/cue`: hops in a row, seconds in another phase that mean the cook acted, rest after a cue (s), phases in which it
# cannot fire, at which share of `on` a cue fades, seconds that it is worth delivering (lead and tolerance), of which sensors one at least
# must tell something, how much, and for how many seconds they may be silent.
HOPS = 2
ACTED_S = 0.6
REST_S = (30.0, 120.0, 30.0)
FADES = 0.5
NEVER = ((OFF,), (PHASES.index("reduce"), OFF), (OFF,))
LASTS_S = (LEAD_S + 6, LEAD_S + 20, LEAD_S + 8)
NEEDS = ((2,), (1, 2), (1, 2))
LEAST_QUALITY, BLIND_S = 0.2, 1.0
TRIED = np.round(np.arange(0.1, 0.9, 0.05), 2)
# Hops end at whole fifths of a second, which float32 does not have.
NEARLY = 1e-4


def fires(cook: Cook, kind: int, on: float) -> np.ndarray:
    """When a cue would have fired had its threshold been `on`, s: [m]."""
    phases, chances = cook.rows["phase"].argmax(1), cook.rows["hazard"][:, kind]
    sees = (cook.rows["quality"][:, NEEDS[kind]] >= LEAST_QUALITY).any(1)
    out: list[float] = []
    standing: int | None = None
    moved, run, free, expires, seen = np.inf, 0, -np.inf, np.inf, -np.inf
    for at, phase, chance, there in zip(cook.at, phases, chances, sees, strict=True):
        blind = at - seen > BLIND_S + NEARLY
        run = 0 if blind else run
        if not there:
            if blind and standing is not None:
                standing, free = None, at + REST_S[kind]
            continue
        seen = at
        if standing is None:
            able = at >= free - NEARLY and phase not in NEVER[kind]
            run = run + 1 if able and chance >= on else 0
            if run >= HOPS:
                out.append(float(at))
                standing, moved, run, expires = int(phase), np.inf, 0, at + LASTS_S[kind]
            continue
        moved = min(moved, at) if phase != standing else np.inf
        run = run + 1 if chance < FADES * on else 0
        acted, faded = at - moved >= ACTED_S - NEARLY, run >= HOPS and at - out[-1] > LEAD_S + NEARLY
        due = at >= expires - NEARLY
        if acted or faded or (due and chance < on):
            standing, run, free = None, 0, at + REST_S[kind]
        elif due:
            expires = at + LASTS_S[kind]
    return np.array(out)


def best(cooks: Iterable[Cook]) -> dict[str, dict[str, float]]:
    """For each kind the threshold of the highest F1, and that F1."""
    cooks = list(cooks)
    out = {}
    for kind, name in enumerate(CUES):
        scores = []
        for on in TRIED:
            counts, _, _ = counted(cooks, kind, lambda cook, k, on=on: fires(cook, k, on))
            scores.append(float(f1(np.mean([v.mean(0) for v in counts.values()], axis=0))))
        # Of several that are best, the middle one.
        equal = np.flatnonzero(np.array(scores) == np.nanmax(scores))
        i = int(equal[len(equal) // 2])
        out[name] = {"on": float(TRIED[i]), "f1": scores[i]}
    return out
