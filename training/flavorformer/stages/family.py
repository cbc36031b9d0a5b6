"""Stage D: behind the frozen model the embedding learns what six invented families think of a cook: what family editions start from."""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from ..step import Flavorformer
from .embed import Tokens, batch
from .sequence import inputs

FAMILIES = 6
# Moments of a cook that are looked at, the last one among them: a braise counts as much as a stir-fry.
MOMENTS = 32
STEPS, ROWS, RATE = 800, 1024, 3e-3
MIDDLE, SPREAD = 60.0, 20.0


@torch.no_grad()
def looked(model: Flavorformer, cooks: list[Tokens], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """What the embedding is made from at some moments of each cook, [N, 192], and the families' scores in spreads, [N, 6]."""
    rows, scores = [], []
    for cook in cooks:
        moments = torch.randint(0, cook.seconds, (MOMENTS,), generator=generator)
        moments[-1] = cook.seconds - 1
        (features, _, heat), _ = model.followed(inputs(batch([cook])), moments)
        rows.append(model.heads.felt(features, heat))
        scores.append(((cook.families - MIDDLE) / SPREAD).expand(MOMENTS, FAMILIES))
    return torch.cat(rows), torch.cat(scores)


def train(model: Flavorformer, cooks: list[Tokens], val: list[Tokens], seed: int) -> dict[str, float]:
    """Trains `heads.embedding` in place and nothing else, with a linear head that is thrown away.

    Gives the mean absolute error in points over moments, cooks and families of validation cooks, and that of the families' medians.
    """
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    x, y = looked(model, cooks, generator)
    head = nn.Linear(model.heads.embedding.out_features, FAMILIES)
    learned = [*model.heads.embedding.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        pick = torch.randint(0, len(x), (ROWS,), generator=generator)
        loss = fn.smooth_l1_loss(head(model.heads.embedding(x[pick])), y[pick])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        a, b = looked(model, val, generator)
        said = head(model.heads.embedding(a))
        return {
            "error": float((said - b).abs().mean()) * SPREAD,
            "median": float((b - y.median(0).values).abs().mean()) * SPREAD,
        }
