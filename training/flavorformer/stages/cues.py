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
from .batches import epoch
from .sequence import Run, inputs

# Seconds that are kept of each dish, of all its cooks alike: many cooks tell more than many seconds of a few.
SECONDS = 200_000
STEPS, ROWS, RATE, WARM = 10_000, 1024, 2e-3, 300
# What the chances weigh beside the lateness.
CHANCE = 3.0


def looked(run: Run, model: Flavorformer, rng: np.random.Generator) -> list[Tensor]:
    """What the cues are told from at some seconds of every training cook, and what is true there.

    Features [N, D], heat [N, 1], hazard [N, 3], lateness [N, 3], in half precision.
    """
    # Two batches are told at a time, each in a thread of its own.
    seen = local()
    hook = model.heads.cues.register_forward_pre_hook(lambda _, given: setattr(seen, "given", given))

    # Inside, as it holds for a thread, not for those that it starts.
    @torch.no_grad()
    def told(task: tuple[list, int, int]) -> list[Tensor]:
        group, stride, seed = task
        own = np.random.default_rng(seed)
        x = run.drawn_batch(group, own)
        at = torch.arange(int(own.integers(stride)), x["valid"].shape[1], stride, device=x["valid"].device)
        model.sequence(inputs(x), at)
        there = x["valid"][:, at].flatten() > 0
        rows = (*seen.given, *(x[key][:, at].flatten(0, 1) for key in ("hazard", "latent")))
        feature, heat, hazard, latent = (row[there].half().cpu() for row in rows)
        return [feature, heat, hazard, latent[:, -CUES:]]

    # Each once: stage C draws from a pool in which sensed ones lie several times.
    cooks = list({id(cook): cook for cook in run.cooks}.values())
    tasks = []
    for dish in sorted({cook.dish for cook in cooks}):
        of_dish = [cook for cook in cooks if cook.dish == dish]
        whole = sum(cook.seconds for cook in of_dish)
        # An epoch of ten times their cooking leaves none of them out, however short they are.
        groups = epoch(of_dish, 10.0 * whole, run.plan.limit, rng, run.plan.most)
        tasks += [(group, max(1, whole // SECONDS), int(rng.integers(0, 2**62))) for group in groups]
    parts = run.workers.map(told, tasks)
    hook.remove()
    return [torch.cat(of) for of in zip(*parts, strict=True)]


def train(run: Run, model: Flavorformer, seed: int) -> None:
    """Trains `heads.cues` in place and nothing else, on the cooks of stage C as it saw them: dressed, and with sensors taken away."""
    model.eval()
    rng = np.random.default_rng([seed, STEPS])
    feature, heat, hazard, late = looked(run, model, rng)
    torch.manual_seed(seed)
    cues = model.heads.cues.train()
    device = next(cues.parameters()).device
    optimiser = torch.optim.AdamW(cues.parameters(), lr=RATE, weight_decay=0.02)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARM) * (1 - step / STEPS)
        pick = torch.from_numpy(rng.integers(0, len(feature), ROWS))
        x, hot, due, true = (v[pick].float().to(device) for v in (feature, heat, hazard, late))
        chance, said = cues(x, hot)
        loss = CHANCE * fn.binary_cross_entropy(chance.clamp(1e-6, 1 - 1e-6), due) + fn.smooth_l1_loss(said, true)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    cues.eval()
