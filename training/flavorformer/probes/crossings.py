"""How exactly a cue's moment asks for what it waits for to be known, and how often the model knows the moment so exactly.

A cue may be off by its tolerance τ. What it waits for changes by s a second when the moment comes, so whoever tells the moment by it must
know it within τ·s: the more slowly it changes, the more exactly. The model's own estimate of how late the moment is, is held to the same τ.
"""

from dataclasses import dataclass

import numpy as np

from .. import latents
from ..report.bootstrap import column, stated
from ..report.cooks import CUES
from ..report.cooks import Cook as Judged
from ..report.cues import tolerance
from ..report.sounds import share
from ..shards import Cook
from .bench import Bench, by_dish

LATENTS = list(latents.SCALES)


@dataclass(frozen=True)
class Line:
    """What a cue of a dish waits for: a label of the state, and where it crosses."""

    cue: str
    dish: str
    quantity: str
    at: float


# As the stages end in `crates/simulator/src/dish/` (`until`), as far as it is a label: caramel and softened aromatics are none. What is stewed
# waits for two quantities, of which the later decides.
LINES = (
    Line("bloom", "egg-fried-rice", "oil_c", 155),
    Line("bloom", "tomato-egg", "oil_c", 140),
    Line("bloom", "gong-bao", "oil_c", 145),
    Line("bloom", "mapo-tofu", "oil_c", 140),
    Line("bloom", "hui-guo-rou", "moisture", 0.35),
    Line("reduce", "tomato-egg", "liquid_fraction", 0.92),
    Line("reduce", "gong-bao", "doneness", 3.35),
    Line("reduce", "gong-bao", "liquid_fraction", 0.78),
    Line("reduce", "mapo-tofu", "doneness", 3.8),
    Line("reduce", "mapo-tofu", "liquid_fraction", 0.62),
    Line("reduce", "hong-shao-rou", "doneness", 5.12),
    Line("reduce", "hong-shao-rou", "liquid_fraction", 0.62),
    Line("flame_off", "egg-fried-rice", "liquid_fraction", 0.25),
    Line("flame_off", "tomato-egg", "liquid_fraction", 0.68),
    Line("flame_off", "gong-bao", "solids", 0.48),
    Line("flame_off", "mapo-tofu", "liquid_fraction", 0.27),
    Line("flame_off", "hong-shao-rou", "solids", 0.58),
)
# Seconds before the moment over which its rate is taken.
RATE_S = 5


def crossing(cook: Cook, late_s: np.ndarray, line: Line) -> np.ndarray | None:
    """At the last second before t*: what the quantity changes by a second, what it must be known within, and whether an estimate of how
    late the moment is [n] (s) is within the tolerance. [3]; None where the chef acted first, or where it is not this that then crossed:
    what had been met when its stage began is due by the stage, and of two quantities the other may be the later.
    """
    kind = CUES.index(line.cue)
    t, acted = float(cook.cues[kind]), float(cook.acted[kind])
    row = int(np.searchsorted(cook.at, t, side="right")) - 1
    if np.isnan(t) or acted < t or not RATE_S <= row < cook.seconds - 1:
        return None
    true = np.asarray(cook.rows["latent"])[:, LATENTS.index(line.quantity)].astype(float)
    if (true[row] < line.at) == (true[row + 1] < line.at):
        return None
    rate = abs(true[row] - true[row - RATE_S]) / (cook.at[row] - cook.at[row - RATE_S])
    rows = {"hop": cook.rows["hop"], "true_phase": cook.rows["true_phase"], "cues": cook.cues, "acted": cook.acted}
    within = tolerance(Judged(cook.dish, cook.seed, cook.split, float(cook.at[-1]), rows), kind)
    return np.array([rate, within * rate, abs(late_s[row] - (cook.at[row] - t)) <= within])


def figures(bench: Bench) -> dict:
    """A row for each line that some cooks cross: means over them, and of how many (with its exact interval) the moment is `known` so exactly."""
    of = []
    for line in LINES:
        late = latents.WRITTEN + CUES.index(line.cue)
        cooks = [(cook, latents.late_s(said.latent[:, late])) for (cook, _), said in zip(bench.val, bench.said, strict=True) if cook.dish == line.dish]
        rows = [row for cook, late_s in cooks if (row := crossing(cook, late_s, line)) is not None]
        if rows:
            means = by_dish([line.dish] * len(rows), rows)
            known = share(int(sum(row[2] for row in rows)), len(rows))
            of.append(vars(line) | {"rate": stated(means, column(0)), "within": stated(means, column(1)), "known": known})
    return {
        "what": "whoever tells a cue's moment by what it waits for must know that within tolerance × rate; over simulated validation cooks whose chef "
        "had not acted before and in which it is this that crossed. `known`: in how many the model's own estimate of how far away the moment is, in the "
        "second before, is within the tolerance",
        "of": of,
    }
