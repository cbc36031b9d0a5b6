"""Cooks as a network sees them that looks back at all of a cook: a token a second, or means of a few seconds where that were too many."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..layers import WIDTH
from ..report.forecasts import Labels
from ..report.shards import thinned
from ..stages.embed import Tokens, batch
from ..stages.sequence import inputs
from ..statistics import COUNT

# Tokens of the longest training cook of a dish.
LONGEST = 512
# Beside the three sensors' tokens what stage C reads; without bypass, which nothing here could act on.
PLAIN = {"quality": 4, "heat": 2, "dose": 1, "aux": 8, "aux_mask": 8, "recipe": 24, "statistics": COUNT}
COLUMNS = 3 * WIDTH + sum(PLAIN.values())


@dataclass(frozen=True)
class Pooled:
    """One cook: x [m, COLUMNS] (half precision), and how many seconds had ended at the end of each token [m]; score in points."""

    dish: str
    seed: int
    score: float
    x: Tensor
    ends: np.ndarray

    def last(self, seen: int) -> int:
        """The last token that had ended when so many seconds were seen; −1 for none."""
        return int(np.searchsorted(self.ends, seen, side="right")) - 1


def strides(cooks: Iterable[Tokens]) -> dict[str, int]:
    """Seconds a token by dish. A cook's own length may not decide them: it is not known before the cook has ended."""
    longest: dict[str, int] = {}
    for cook in cooks:
        longest[cook.dish] = max(longest.get(cook.dish, 0), cook.seconds)
    return {dish: -(-seconds // LONGEST) for dish, seconds in longest.items()}


@torch.no_grad()
def pooled(cook: Tokens, every: int) -> Pooled:
    """What stage C is given of a cook, in means of so many seconds; a sensor that is not there gives zeros."""
    x = inputs(batch([cook]))
    there = (x["quality"][..., :3] > 0).float().unsqueeze(-1)
    rows = torch.cat([(x["sensed"] * there).flatten(-2), *(x[name] for name in PLAIN)], -1)[0]
    ends = np.minimum(np.arange(every, cook.seconds + every, every), cook.seconds)
    return Pooled(cook.dish, cook.seed, cook.score, torch.from_numpy(thinned(rows.numpy(), every)).half(), ends)


def labels(cooks: list) -> Labels:
    """Whose scores these are; of anything that has a dish, a seed and a score."""
    return Labels(np.array([c.dish for c in cooks]), np.array([c.seed for c in cooks]), np.array([c.score for c in cooks]))
