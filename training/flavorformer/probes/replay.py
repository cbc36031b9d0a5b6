"""The last seconds of cooks, one step a second, from the state that the seconds before left behind."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..shards import Cook
from ..step import HOPS_PER_TICK, OUTPUTS, STATE, Flavorformer
from .whole import ROW, rows

BLOCK = 256
MEDIAN = 2


@dataclass(frozen=True)
class Stretch:
    """The last N seconds of B cooks: inputs {name: [B, N, …]} of ROW, and the state before them {name: [B, …]}."""

    x: dict[str, Tensor]
    state: dict[str, Tensor]


def step(model: Flavorformer, x: dict[str, Tensor], state: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A second as five hops of which one was looked at: inputs [B, …] → outputs, next state.

    The ends of the hop before are the row's own, as between two rows four hops are missing.
    """
    b = len(x["quality"])
    tails = {name: x[name] for name in ("eeg_tail", "mel_tail")}
    counts = {"hops": torch.full((b, 1), float(HOPS_PER_TICK)), "reset": torch.zeros(b, 1)}
    out = model({k: v for k, v in x.items() if k not in tails} | counts, state | tails)
    return dict(zip(OUTPUTS, out, strict=False)), dict(zip(STATE, out[len(OUTPUTS) :], strict=True))


def score(model: Flavorformer, x: dict[str, Tensor], state: dict[str, Tensor]) -> Tensor:
    """The median of the final score after the last of the seconds, points: [B, N, …] → [B]."""
    out = {}
    for t in range(x["quality"].shape[1]):
        out, state = step(model, {k: v[:, t] for k, v in x.items()}, state)
    return out["score"][:, MEDIAN]


@torch.no_grad()
def stretch(model: Flavorformer, cooks: list[Cook], seconds: int) -> Stretch:
    """Runs cooks up to their last `seconds` (or those of the shortest); they end together, and a shorter one waits in a blank state."""
    longest, count = max(c.seconds for c in cooks), min(seconds, *(c.seconds for c in cooks))
    blank, state = model.blank(len(cooks))
    tails = {name: state[name] for name in ("eeg_tail", "mel_tail")}
    for start in range(0, longest - count, BLOCK):
        end = min(start + BLOCK, longest - count)
        x = {name: torch.zeros(len(cooks), end - start, *{**blank, **tails}[name].shape[1:]) for name in ROW}
        begins = [max(longest - c.seconds - start, 0) for c in cooks]
        for i, (cook, first) in enumerate(zip(cooks, begins, strict=True)):
            before = longest - cook.seconds
            if first < end - start:
                for name, v in rows(cook, start + first - before, end - before).items():
                    x[name][i, first:] = v
        for t in range(end - start):
            _, state = step(model, {k: v[:, t] for k, v in x.items()}, state)
            begun = torch.tensor([t >= first for first in begins])
            state = {k: v * begun.to(v.dtype).reshape(-1, *([1] * (v.dim() - 1))) for k, v in state.items()}
    last = [rows(cook, cook.seconds - count) for cook in cooks]
    return Stretch({name: torch.stack([r[name] for r in last]) for name in ROW}, state)
