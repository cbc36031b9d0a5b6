"""From which chance on a cue should fire, chosen on calibration cooks: the rule of `core::cue` on recorded hazards."""

from collections.abc import Iterable

import numpy as np

from .cooks import CUES, OFF, PHASES, Cook
from .cues import LEAD_S, counted, f1

# As in `crates/core/src/cue`: hops in a row, seconds in another phase that mean the cook acted, rest after a cue (s), phases in which it
# cannot fire, and at which share of `on` a cue fades.
HOPS = 2
ACTED_S = 0.6
REST_S = (30.0, 120.0, 30.0)
FADES = 0.5
NEVER = ((OFF,), (PHASES.index("reduce"), OFF), (OFF,))
TRIED = np.round(np.arange(0.1, 0.9, 0.05), 2)


def fires(cook: Cook, kind: int, on: float) -> np.ndarray:
    """When a cue would have fired had its threshold been `on`, s: [m]."""
    phases, chances = cook.rows["phase"].argmax(1), cook.rows["hazard"][:, kind]
    out: list[float] = []
    standing: int | None = None
    moved, run, free = np.inf, 0, -np.inf
    for at, phase, chance in zip(cook.at, phases, chances, strict=True):
        if standing is None:
            able = at >= free and phase not in NEVER[kind]
            run = run + 1 if able and chance >= on else 0
            if run >= HOPS:
                out.append(float(at))
                standing, moved, run = int(phase), np.inf, 0
            continue
        moved = min(moved, at) if phase != standing else np.inf
        run = run + 1 if chance < FADES * on else 0
        if at - moved >= ACTED_S - 1e-6 or (run >= HOPS and at - out[-1] > LEAD_S):
            standing, run, free = None, 0, at + REST_S[kind]
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
