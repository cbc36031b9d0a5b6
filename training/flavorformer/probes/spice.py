"""麻辣等级 at the model's inputs: what each spice level of sensor faults costs the final score."""

import numpy as np
import torch

from ..perturb import LEVELS, spice
from ..report.bootstrap import column, stated
from ..shards import Cook
from ..step import Flavorformer
from .bench import Bench, by_dish
from .whole import final, rows


@torch.no_grad()
def errors(model: Flavorformer, cook: Cook) -> np.ndarray:
    """Absolute error of the final score at the last second, points, at every level of the whole cook: [6]."""
    plain, out = rows(cook), []
    for level in LEVELS:
        # A seed of its own for each cook and level, so that a level does not depend on which others were run.
        rng = np.random.default_rng([cook.seed, level])
        hot = {k: v[0] for k, v in spice({k: v.unsqueeze(0) for k, v in plain.items()}, level, rng).items()}
        out.append(abs(float(final(model, hot)) - cook.score))
    return np.array(out)


def figures(bench: Bench) -> dict:
    """Error by level and its change against level 0, points, on the same cooks."""
    cooks = bench.few
    values = by_dish([c.dish for c in cooks], [errors(bench.model, c) for c in cooks])
    return {
        "what": "absolute error of the final score at the last second, points, with faults put on the inputs of the whole cook and the encoders run anew; "
        "`change` is against level 0 of the same cooks. The simulator's own chili cooks, which evaluate runs through the daemon, stand beside it in the report",
        "levels": {
            str(level): {"error": stated(values, column(level)), "change": stated(values, lambda m, k=level: m[..., k] - m[..., 0])} for level in LEVELS
        },
    }
