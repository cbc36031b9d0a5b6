"""The seed's "r = 0.83" measured: wok hei 锅气 against gradient flow."""

import numpy as np
import torch

from .. import latents
from ..report.bootstrap import column, stated
from ..shards import Cook
from ..step import Flavorformer
from .bench import Bench, by_dish
from .columns import correlation, correlation_row
from .whole import final, rows

WHI = list(latents.SCALES).index("whi")
SENSED = ("thermal", "eeg_new", "mel_new")


def flow(model: Flavorformer, cook: Cook) -> np.ndarray:
    """Length of d(final score)/d(pictures, EEG and log-mel of a second), points per unit of the model's inputs: [T]."""
    x = rows(cook)
    leaves = {name: x[name].clone().requires_grad_() for name in SENSED}
    with torch.enable_grad():
        gradients = torch.autograd.grad(final(model, {**x, **leaves}), list(leaves.values()))
    return torch.sqrt(sum(g.flatten(1).square().sum(-1) for g in gradients)).numpy().astype(np.float64)


def row(flowing: np.ndarray, whi: np.ndarray) -> np.ndarray:
    """A cook's sums for the correlation with the length, with its logarithm, and its own correlation: [5 + 5 + 1]."""
    log = np.log(flowing + 1e-12)
    varies = flowing.std() > 0 and whi.std() > 0
    return np.array([*correlation_row(flowing, whi), *correlation_row(log, whi), np.corrcoef(flowing, whi)[0, 1] if varies else np.nan])


def figures(bench: Bench) -> dict:
    """Correlation over the seconds of all cooks, of the logarithm, and within a cook."""
    cooks = bench.few
    values = by_dish([c.dish for c in cooks], [row(flow(bench.model, c), np.asarray(c.rows["latent"])[:, WHI].astype(float)) for c in cooks])
    r = stated(values, lambda m: correlation(m[..., :5]))
    return {
        "what": "claimed: r = 0.83 between wok hei and gradient flow. Measured over the seconds of simulated validation cooks, between the true wok-hei index "
        f"and the length of d(final score)/d(inputs of that second): r = {r['value']:.2f} [{r['low']:.2f}, {r['high']:.2f}]",
        "claimed": 0.83,
        "r": r,
        "r_of_logarithm": stated(values, lambda m: correlation(m[..., 5:10])),
        "r_within_cook": stated(values, column(10)),
    }
