"""How far FGSM and PGD on a cook's last minute move its final score, beside random noise of the same size."""

from dataclasses import astuple

import numpy as np
import torch
from torch import Tensor

from ..perturb import Reach, fgsm, pgd
from ..report.bootstrap import column, stated
from ..shards import Cook
from ..step import Flavorformer
from .bench import Bench, by_dish
from .replay import Stretch, score, stretch

SECONDS = 60
# Reaches tried, as shares of the default one.
SHARES = {"half": 0.5, "default": 1.0, "double": 2.0}
WAYS = ("fgsm", "pgd", "noise")
# Of PGD; each is a pass through every second and back.
STEPS = 5


def noise(x: dict[str, Tensor], reach: Reach, generator: torch.Generator) -> dict[str, Tensor]:
    """Every value up or down by the whole reach at random: one step of FGSM on a random linear score."""
    weights = {name: torch.randn(x[name].shape, generator=generator) for name in reach.units()}
    return fgsm(lambda v: sum((v[name] * w).sum() for name, w in weights.items()), x, reach)


def moved(model: Flavorformer, at: Stretch, reach: Reach, generator: torch.Generator) -> np.ndarray:
    """Change of the final score in points, in the wanted direction and averaged over up and down; of noise its size: [B, WAYS]."""
    # Each cook twice in one batch: once to be moved up, once down.
    x, state = ({k: torch.cat([v, v]) for k, v in of.items()} for of in (at.x, at.state))
    wanted = torch.ones(2, len(x["quality"]) // 2)
    wanted[1] = -1

    def said(v: dict[str, Tensor]) -> Tensor:
        return score(model, v, state) * wanted.flatten()

    spoiled = [fgsm(said, x, reach), pgd(said, x, reach, steps=STEPS, generator=generator), noise(x, reach, generator)]
    with torch.no_grad():
        plain = said(x)
        change = torch.stack([said(v) - plain for v in spoiled], -1)
    change[:, WAYS.index("noise")].abs_()
    return change.unflatten(0, wanted.shape).mean(0).numpy()


def scaled(share: float) -> Reach:
    """A share of the default reach of every input."""
    return Reach(*(share * v for v in astuple(Reach())))


def figures(bench: Bench, seconds: int = SECONDS, shares: dict[str, float] = SHARES) -> dict:
    """Mean change of the score by reach and way, points."""
    of_dish: dict[str, list[Cook]] = {}
    for cook in bench.few:
        of_dish.setdefault(cook.dish, []).append(cook)
    dishes, rows, generator = [], [], torch.Generator().manual_seed(1)
    for dish, cooks in of_dish.items():
        at = stretch(bench.model, cooks, seconds)
        rows += list(np.concatenate([moved(bench.model, at, scaled(share), generator) for share in shares.values()], -1))
        dishes += [dish] * len(cooks)
    values, k = by_dish(dishes, rows), len(WAYS)
    names = ("thermal °C", "EEG µV", "log-mel dB")
    return {
        "what": f"change of the final score in points when the last {seconds} seconds' pictures, EEG and log-mel are changed within a reach, gradients "
        f"through the encoders and every step; fgsm and pgd ({STEPS} steps): in the wanted direction, mean of up and down; noise: size of the change by ± the "
        "reach at random. Only the arrays are changed: heat and dose, which the daemon derives apart, are not",
        "of": {
            name: {
                "reach": dict(zip(names, astuple(scaled(share)), strict=True)),
                **{way: stated(values, column(i * k + j)) for j, way in enumerate(WAYS)},
            }
            for i, (name, share) in enumerate(shares.items())
        },
    }
