"""Stage C′: behind the frozen rest the cues learn on.

A layer on what the rest says of a second costs a thousandth of the whole cook that led there. So the seconds of some cooks are kept as
the frozen rest tells them, and the cues' own layer sees hundreds of thousands of them many times over.
"""

from threading import local

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from ..latents import CUES
from ..step import Flavorformer
from .batches import epoch, weights
from .losses import balance
from .sequence import Run, inputs

# Of cooking of each dish, as `epoch` says, and of how many of its seconds one is kept.
SECONDS, STRIDE = 500_000.0, 3
STEPS, ROWS, RATE, WARM = 15_000, 1024, 2e-3, 300
# What the chances weigh beside the lateness.
CHANCE = 3.0


@torch.no_grad()
def looked(run: Run, model: Flavorformer, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, np.ndarray]:
    """What the cues are told from at some seconds of training cooks, and what is true there.

    Features [N, D], heat [N, 1], hazard [N, 3], lateness [N, 3], in half precision, and how often each second is to be drawn, [N] summing to 1.
    """
    # Two batches are told at a time, each in a thread of its own.
    seen = local()
    hook = model.heads.cues.register_forward_pre_hook(lambda _, given: setattr(seen, "given", given))
    groups = epoch(run.cooks, SECONDS, run.plan.limit, rng, run.plan.most)
    weigh = weights([cook for group in groups for cook in group])

    def told(task: tuple[list, int]) -> list[Tensor]:
        group, seed = task
        own = np.random.default_rng(seed)
        x = run.drawn_batch(group, weigh, own)
        at = torch.arange(int(own.integers(STRIDE)), x["valid"].shape[1], STRIDE, device=x["valid"].device)
        model.sequence(inputs(x), at)
        share = balance(x["phase"], x["valid"])[:, at]
        share = share / share.sum(1, keepdim=True).clamp(min=1e-9) * x["weight"][:, None]
        there = x["valid"][:, at].flatten() > 0
        rows = (*seen.given, *(x[key][:, at].flatten(0, 1) for key in ("hazard", "latent")), share.flatten())
        feature, heat, hazard, latent, often = (row[there] for row in rows)
        return [v.half().cpu() for v in (feature, heat, hazard, latent[:, -CUES:])] + [often.double().cpu()]

    tasks = [(group, int(seed)) for group, seed in zip(groups, rng.integers(0, 2**62, len(groups)), strict=True)]
    parts = run.workers.map(told, tasks)
    hook.remove()
    *rows, often = (torch.cat(of) for of in zip(*parts, strict=True))
    return *rows, (often / often.sum()).numpy()


def train(run: Run, model: Flavorformer, seed: int) -> None:
    """Trains `heads.cues` in place and nothing else, on the cooks of stage C as it saw them: dressed, and with sensors taken away."""
    model.eval()
    rng = np.random.default_rng([seed, STEPS])
    feature, heat, hazard, late, often = looked(run, model, rng)
    cumulated = np.cumsum(often)
    torch.manual_seed(seed)
    cues = model.heads.cues.train()
    device = next(cues.parameters()).device
    optimiser = torch.optim.AdamW(cues.parameters(), lr=RATE, weight_decay=0.02)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARM) * (1 - step / STEPS)
        pick = torch.from_numpy(np.searchsorted(cumulated, rng.random(ROWS) * cumulated[-1]))
        x, hot, due, true = (v[pick].float().to(device) for v in (feature, heat, hazard, late))
        chance, said = cues(x, hot)
        loss = CHANCE * fn.binary_cross_entropy(chance.clamp(1e-6, 1 - 1e-6), due) + fn.smooth_l1_loss(said, true)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    cues.eval()
