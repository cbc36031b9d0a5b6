"""L_total = L_task + λ·锅气² + γ·豆瓣酱."""

import torch
from torch import Tensor
from torch.nn import functional as fn

from .. import latents
from ..layers.capsules import length
from ..layers.doubanjiang import GROUPS
from ..layers.heads import LEVELS

# Weights of the parts beside the score's own (chosen on validation cooks).
WEIGHTS = {"latent": 8.0, "ends": 3.0, "aspects": 0.3, "phase": 0.3, "hazard": 4.0, "turbulence": 1.0, "groups": 0.02}
# What is true of a second, and of a whole cook or its dish.
SECONDS, COOK = ("latent", "aspects", "hazard", "phase"), ("score", "ends", "varies")
# Seconds around a true change of phase in which the score may jump.
CHANGE = 3


def per_cook(v: Tensor, weight: Tensor, cooks: Tensor) -> Tensor:
    """[B, T] averaged over a cook's seconds by their weight [B, T], then over cooks by theirs [B]."""
    return ((v * weight).sum(1) / weight.sum(1).clamp(min=1e-9) * cooks).sum() / cooks.sum()


def balance(phase: Tensor, valid: Tensor) -> Tensor:
    """Weights of seconds, [B, T]: half of a cook's weight is spread over its seconds, half over its stretches of one phase.

    Else an hour of simmering would drown the minute that decides.
    """
    change = fn.pad((phase[:, 1:] != phase[:, :-1]).long(), (1, 0))
    stretch = torch.cumsum(change, 1)
    count = int(stretch.max()) + 1
    lengths = valid.new_zeros(len(phase), count).scatter_add_(1, stretch, valid)
    share = valid / lengths.gather(1, stretch).clamp(min=1) / (lengths > 0).sum(1, keepdim=True)
    return 0.5 * share + 0.5 * valid / valid.sum(1, keepdim=True).clamp(min=1)


def changes(phase: Tensor) -> Tensor:
    """1 within `CHANGE` seconds of a change of phase: [B, T] → [B, T]."""
    change = fn.pad((phase[:, 1:] != phase[:, :-1]).float(), (1, 0))
    return fn.max_pool1d(change.unsqueeze(1), 2 * CHANGE + 1, 1, CHANGE).squeeze(1)


def turbulence(score: Tensor, calm: Tensor, at: Tensor, valid: Tensor, cooks: Tensor) -> Tensor:
    """锅气²: squared jumps of the median (in tens of points) from second to second, where it is calm: outside true change points.

    score [B, K, 5] and calm, valid [B, K] at the seconds `at` [K]; a pair counts where one second follows the other.
    """
    jump = (score[:, 1:, 2] - score[:, :-1, 2]).div(10).square()
    follows = (at[1:] - at[:-1] == 1).float()
    return per_cook(jump * calm[:, 1:], valid[:, 1:] * follows, cooks)


def groups(z: Tensor, valid: Tensor) -> Tensor:
    """豆瓣酱: mean squared correlation between the means of different flavour groups, over all seconds of a batch.

    z [B, T, C] → scalar in 0–1.
    """
    g = z.reshape(*z.shape[:2], GROUPS, -1).mean(-1)[valid > 0]
    g = g - g.mean(0)
    g = g / torch.sqrt(g.square().mean(0) + 1e-5)
    r = g.T @ g / len(g)
    return (r.square().sum() - r.diagonal().square().sum()) / (GROUPS * (GROUPS - 1))


def pinball(score: Tensor, truth: Tensor) -> Tensor:
    """Sum over the levels of the quantile loss (Koenker & Bassett 1978), in tens of points: [..., 5], [...] → [...]."""
    levels = score.new_tensor(LEVELS)
    error = (truth[..., None] - score) / 10
    return torch.maximum(levels * error, (levels - 1) * error).sum(-1)


def per_second(out: dict[str, Tensor], true: dict[str, Tensor]) -> dict[str, Tensor]:
    """What the heads' words of a second cost, part by part: [..., n] → [...].

    `varies` [..., 6] of what is true: how much each aspect varies in the cook's dish, as `batches.varies`.
    """
    latent = fn.smooth_l1_loss(out["latent"], true["latent"], reduction="none")
    # The score so far and the errors of timing are what the final score is made of.
    by = latent.new_ones(latents.COUNT)
    by[[latents.TIMING_ERROR, latents.SO_FAR]] = 4.0
    # In what is usual within a dish: all six are layers of the taste, also those that vary little.
    said, meant = out["length"] / true["varies"], length(true["aspects"]) / true["varies"]
    chance = out["hazard"].clamp(1e-6, 1 - 1e-6)
    return {
        "score": pinball(out["score"], true["score"]),
        "latent": (latent * by).sum(-1) / by.sum(),
        "ends": fn.smooth_l1_loss(out["ends"], true["ends"].expand_as(out["ends"]), reduction="none").mean(-1),
        "aspects": fn.smooth_l1_loss(said, meant, reduction="none").mean(-1),
        "phase": -torch.log(out["phase"].gather(-1, true["phase"].unsqueeze(-1)).squeeze(-1) + 1e-6),
        "hazard": fn.binary_cross_entropy(chance, true["hazard"], reduction="none").sum(-1),
    }


def parts(out: dict[str, Tensor], x: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every part of the loss by name, unweighed; `error` is the median's, in points, and no part.

    `varies` in x is of a cook, [B, 6]. With the seconds `at` [K] in x, the heads spoke at those only; labels are always of all
    seconds, [B, T, …].
    """
    at = x["at"] if "at" in x else torch.arange(x["valid"].shape[1], device=x["valid"].device)
    cooks = x["weight"] if "weight" in x else x["valid"].new_ones(len(x["valid"]))
    valid, weight = x["valid"][:, at], balance(x["phase"], x["valid"])[:, at]
    true = {key: x[key][:, at] for key in SECONDS} | {key: x[key][:, None] for key in COOK}
    return {key: per_cook(cost, weight, cooks) for key, cost in per_second(out, true).items()} | {
        "turbulence": turbulence(out["score"], 1 - changes(x["phase"])[:, at], at, valid, cooks),
        "groups": groups(out["z"], x["valid"]),
        "error": per_cook((x["score"][:, None] - out["score"][..., 2]).abs(), valid, cooks).detach(),
    }


def total(of: dict[str, Tensor], weights: dict[str, float] = WEIGHTS) -> Tensor:
    """The parts weighed and added up."""
    return of["score"] + sum(w * of[k] for k, w in weights.items())
