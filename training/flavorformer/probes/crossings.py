"""How exactly a cue's moment asks for what it waits for to be known, and how exactly the model knows it.

A cue may be off by its tolerance τ. What it waits for changes by s a second when the moment comes, so it must be known within τ·s;
more slowly, and the same tolerance asks for more. What the model's own estimate of the state is wrong by is divided by that.
"""

import numpy as np

from .. import latents
from ..report.bootstrap import column, stated
from ..report.cooks import CUES
from ..report.cooks import Cook as Judged
from ..report.cues import tolerance
from ..shards import Cook
from .bench import Bench, by_dish

LATENTS = list(latents.SCALES)
# What each dish's stages wait for (`until` in `crates/simulator/src/dish/`), as far as it is a label: caramel and softened aromatics are none.
# Of stewed meat and tofu the cook value; gong-bao's, too, is later than its liquid.
WAITED = {
    "bloom": {"egg-fried-rice": "oil_c", "tomato-egg": "oil_c", "gong-bao": "oil_c", "mapo-tofu": "oil_c", "hui-guo-rou": "moisture"},
    "reduce": {"tomato-egg": "liquid_fraction", "gong-bao": "doneness", "mapo-tofu": "doneness", "hong-shao-rou": "doneness"},
    "flame_off": {
        "egg-fried-rice": "liquid_fraction",
        "tomato-egg": "liquid_fraction",
        "gong-bao": "solids",
        "mapo-tofu": "liquid_fraction",
        "hong-shao-rou": "solids",
    },
}
# Seconds before the moment over which its rate is taken.
RATE_S = 5


def crossing(cook: Cook, estimate: np.ndarray, kind: int, name: str) -> np.ndarray:
    """At the last second before t*: the quantity, what it changes by a second, what it must be known within, by how much the estimate
    [n, 27] is wrong, in its own units; and whether that is within. [5], NaN where the chef acted first."""
    t, acted = float(cook.cues[kind]), float(cook.acted[kind])
    row = int(np.searchsorted(cook.at, t, side="right")) - 1
    if np.isnan(t) or acted < t or row < RATE_S:
        return np.full(5, np.nan)
    of = LATENTS.index(name)
    true = np.asarray(cook.rows["latent"])[:, of].astype(float)
    rate = abs(true[row] - true[row - RATE_S]) / (cook.at[row] - cook.at[row - RATE_S])
    rows = {"hop": cook.rows["hop"], "true_phase": cook.rows["true_phase"], "cues": cook.cues, "acted": cook.acted}
    within = rate * tolerance(Judged(cook.dish, cook.seed, cook.split, float(cook.at[-1]), rows), kind)
    wrong = abs(float(estimate[row, of]) * latents.SPREAD[of] + latents.MIDDLE[of] - true[row])
    return np.array([true[row], rate, within, wrong, wrong <= within])


def figures(bench: Bench) -> dict:
    """For each kind of cue and each dish whose quantity is a label, means over its cooks; `exact` is the share known exactly enough."""
    names = ("at", "rate", "within", "wrong", "exact")
    of: dict[str, dict] = {}
    for kind, cue in enumerate(CUES):
        for dish, name in WAITED[cue].items():
            pairs = [(cook, said.latent) for (cook, _), said in zip(bench.val, bench.said, strict=True) if cook.dish == dish]
            rows = np.array([crossing(cook, latent, kind, name) for cook, latent in pairs]).reshape(-1, 5)
            if known := rows[~np.isnan(rows[:, 0])].tolist():
                grouped = by_dish([dish] * len(known), [np.array(row) for row in known])
                of.setdefault(cue, {})[dish] = {"quantity": name} | {key: stated(grouped, column(i)) for i, key in enumerate(names)}
    return {
        "what": "a cue may be off by its tolerance; what it waits for changes so fast when the moment comes that it must be known within tolerance × rate. "
        "Means over simulated validation cooks whose chef had not acted before; `exact` is the share of them in which the model's own estimate of the "
        "quantity, a second before the moment, is as exact as that",
        "of": of,
    }
