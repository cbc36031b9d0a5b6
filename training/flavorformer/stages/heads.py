"""Stage C′: behind the frozen rest the heads learn on.

Stage C meets a few whole cooks in a step, whose seconds are much alike, while a head wants seconds of many. A layer on what the rest
says of a second costs a thousandth of the cook that led there: so what the heads are given at some seconds of every cook is kept,
and they see those many times over, mixed.
"""

import numpy as np
import torch
from torch import Tensor

from ..step import Flavorformer
from .batches import epoch
from .keep import THREADS
from .losses import COOK, SECONDS, balance, per_second, total
from .sequence import Run, inputs

# Seconds that are kept of each dish.
KEPT = 320_000
STEPS, ROWS, RATE, WARM, DECAY = 9000, 1024, 1e-3, 300, 0.02


def looked(run: Run, model: Flavorformer, rng: np.random.Generator) -> tuple[list[Tensor], dict[str, Tensor]]:
    """What the heads are given at some seconds of every training cook, and what is true there: [N, …], in half precision.

    Seconds lie evenly in a cook; `weight` [N] is what the loss of stage C makes of each within its cook, 1 on average. A cook counts
    by its length, and sensed ones no more than blind ones.
    """

    # Inside, as it holds for a thread, not for those that it starts.
    @torch.no_grad()
    def kept(task: tuple[list, float, int]) -> list[Tensor]:
        group, stride, seed = task
        own = np.random.default_rng(seed)
        x = run.drawn_batch(group, own)
        given, _ = model.followed(inputs(x))
        picks = [np.arange(own.random() * min(stride, cook.seconds), cook.seconds, stride).astype(np.int64) for cook in group]
        row = torch.from_numpy(np.repeat(np.arange(len(group)), [len(at) for at in picks])).to(run.device)
        at = torch.from_numpy(np.concatenate(picks)).to(run.device)
        weight = balance(x["phase"], x["valid"]) * x["valid"].sum(1, keepdim=True)
        rows = [v.unflatten(0, weight.shape)[row, at] for v in given] + [x[key][row, at] for key in SECONDS]
        return [v.half().cpu() for v in (*rows, *(x[key][row] for key in COOK), weight[row, at])]

    # Each once: stage C draws from a pool in which sensed ones lie several times.
    cooks = list({id(cook): cook for cook in run.cooks}.values())
    tasks = []
    for dish in sorted({cook.dish for cook in cooks}):
        of_dish = [cook for cook in cooks if cook.dish == dish]
        whole = sum(cook.seconds for cook in of_dish)
        # An epoch of ten times their cooking leaves none of them out, however short they are.
        groups = epoch(of_dish, 10.0 * whole, run.plan.limit, rng, run.plan.most)
        tasks += [(group, max(1.0, whole / KEPT), int(rng.integers(0, 2**62))) for group in groups]
    rows = [torch.cat(column) for column in zip(*run.workers.map(kept, tasks), strict=True)]
    names = (*SECONDS, *COOK, "weight")
    return rows[: -len(names)], dict(zip(names, rows[-len(names) :], strict=True))


def train(run: Run, model: Flavorformer, seed: int) -> None:
    """Trains the heads in place and nothing else, on the cooks of stage C, dressed as it saw them and with sensors taken away.

    The loss is that of stage C without jumps and flavour groups: seconds lie apart, and what is fused is frozen.
    """
    model.eval()
    rng = np.random.default_rng([seed, STEPS])
    given, true = looked(run, model, rng)
    torch.manual_seed(seed)
    # No longer two batches at a time, each on a thread: two threads work on one, here and in stage D.
    torch.set_num_threads(THREADS)
    heads = model.heads.train()
    device = next(heads.parameters()).device
    optimiser = torch.optim.AdamW(heads.parameters(), lr=RATE, weight_decay=DECAY)
    weights = {key: w for key, w in run.plan.weights.items() if key not in ("turbulence", "groups")}
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARM) * (1 - step / STEPS)
        pick = torch.from_numpy(rng.integers(0, len(given[0]), ROWS))
        said = heads(*(v[pick].float().to(device) for v in given))
        label = {key: v[pick].float().to(device) for key, v in true.items()}
        cost = per_second(said, label | {"phase": label["phase"].long()})
        loss = total({key: (v * label["weight"]).mean() for key, v in cost.items()}, weights)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    heads.eval()
