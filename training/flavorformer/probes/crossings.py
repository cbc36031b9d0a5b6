"""How exactly a cue's moment asks for what it waits for to be known, and how often the model knows the moment so exactly.

A cue may be off by its tolerance τ. What it waits for changes by s a second when the moment comes, so whoever tells the moment by it must
know it within τ·s: the more slowly it changes, the more exactly. The model's own estimate of how late the moment is, is held to the same τ.
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


def crossing(cook: Cook, late_s: np.ndarray, kind: int, name: str) -> np.ndarray:
    """At the last second before t*: the quantity, what it changes by a second, what it must be known within, and whether an estimate of how
    late the moment is [n] (s) is within the tolerance. [4], NaN where the chef acted first."""
    t, acted = float(cook.cues[kind]), float(cook.acted[kind])
    row = int(np.searchsorted(cook.at, t, side="right")) - 1
    if np.isnan(t) or acted < t or row < RATE_S:
        return np.full(4, np.nan)
    true = np.asarray(cook.rows["latent"])[:, LATENTS.index(name)].astype(float)
    rate = abs(true[row] - true[row - RATE_S]) / (cook.at[row] - cook.at[row - RATE_S])
    rows = {"hop": cook.rows["hop"], "true_phase": cook.rows["true_phase"], "cues": cook.cues, "acted": cook.acted}
    within = tolerance(Judged(cook.dish, cook.seed, cook.split, float(cook.at[-1]), rows), kind)
    return np.array([true[row], rate, within * rate, abs(late_s[row] - (cook.at[row] - t)) <= within])


def figures(bench: Bench) -> dict:
    """For each kind of cue and each dish whose quantity is a label, means over its cooks; `known` is the share whose moment is known so exactly."""
    names = ("at", "rate", "within", "known")
    of: dict[str, dict] = {}
    for kind, cue in enumerate(CUES):
        for dish, name in WAITED[cue].items():
            pairs = [(cook, said.latent) for (cook, _), said in zip(bench.val, bench.said, strict=True) if cook.dish == dish]
            rows = np.array([crossing(cook, latents.late_s(latent[:, latents.WRITTEN + kind]), kind, name) for cook, latent in pairs])
            rows = rows.reshape(-1, len(names))
            if known := rows[~np.isnan(rows[:, 0])].tolist():
                grouped = by_dish([dish] * len(known), [np.array(row) for row in known])
                of.setdefault(cue, {})[dish] = {"quantity": name} | {key: stated(grouped, column(i)) for i, key in enumerate(names)}
    return {
        "what": "a cue may be off by its tolerance; what it waits for changes so fast when the moment comes that it must be known within tolerance × rate. "
        "Means over simulated validation cooks whose chef had not acted before; `known` is the share of them in which the model's own estimate of how far "
        "away the moment is, in the second before, is within the tolerance",
        "of": of,
    }
