"""Which cooks, and which of their seconds, a step of stage C sees."""

import math

import numpy as np
import torch
from torch import Tensor

from .embed import Blind, Tokens

# An aspect that hardly varies within a dish is no more exact than this (0–1).
LEAST_VARIED = 0.02


def epoch(cooks: list[Tokens], seconds: float, limit: int, rng: np.random.Generator, most: int = 24) -> list[list[Tokens]]:
    """Batches of cooks of like length, at most `limit` padded seconds (or one cook) and `most` cooks a batch.

    A dish of ten minutes gets about so many seconds, one of an hour ⁴√6 times as many: more hours, but fewer cooks.
    """
    order: list[Tokens] = []
    for dish in sorted({c.dish for c in cooks}):
        of_dish = [c for c in cooks if c.dish == dish]
        mean = float(np.mean([c.seconds for c in of_dish]))
        count = min(len(of_dish), max(8, round(seconds * (mean / 600) ** 0.25 / mean)))
        order += [of_dish[i] for i in rng.permutation(len(of_dish))[:count]]
    # Like length, but not always with the same neighbours.
    order.sort(key=lambda c: c.seconds * rng.uniform(0.85, 1.15))
    out: list[list[Tokens]] = []
    for cook in order:
        longest = max([cook.seconds, *(c.seconds for c in out[-1])]) if out else cook.seconds
        if out and longest * (len(out[-1]) + 1) <= limit and len(out[-1]) < most:
            out[-1].append(cook)
        else:
            out.append([cook])
    return [out[i] for i in rng.permutation(len(out))]


def steps_of(groups: list[list[Tokens]], cooks: int) -> list[list[list[Tokens]]]:
    """The batches of each step of the optimiser: so many cooks at least, and an even number of batches, for two cores; the longest first."""
    out: list[list[list[Tokens]]] = [[]]
    for group in groups:
        if sum(map(len, out[-1])) >= cooks and len(out[-1]) % 2 == 0:
            out.append([])
        out[-1].append(group)
    return [sorted(step, key=lambda group: -sum(c.seconds for c in group)) for step in out]


def seconds_told(length: int, stride: int, rng: np.random.Generator) -> Tensor:
    """Two seconds in a row out of every `stride`, from a random one on: [K].

    What the heads say hardly changes from second to second, and they are half of the work; the memory sees every second.
    """
    first = np.arange(int(rng.integers(0, stride)), max(length - 1, 1), stride)
    at = np.stack([first, first + 1], -1).flatten()
    return torch.from_numpy(at[at < length] if len(at) else np.arange(length))


def weights(cooks: list[Tokens]) -> dict[str, float]:
    """What a cook of each dish weighs, 1 on average: a dish counts by the root of its number of cooks, so that a braise is heard."""
    # Sorted: a sum in the order of a set would differ from run to run in its last bit, and with it the training.
    counts = {dish: sum(c.dish == dish for c in cooks) for dish in sorted({c.dish for c in cooks})}
    mean = sum(math.sqrt(n) for n in counts.values()) / len(cooks)
    return {dish: 1 / math.sqrt(n) / mean for dish, n in counts.items()}


def varies(cooks: list[Blind]) -> dict[str, Tensor]:
    """How much each aspect varies within each dish: SD over the cooks' ends, 0–1, [6]."""
    dishes = sorted({c.dish for c in cooks})
    ends = {dish: torch.stack([c.aspects[-1].float() for c in cooks if c.dish == dish]) for dish in dishes}
    return {dish: of.std(0, correction=0).clamp(min=LEAST_VARIED) for dish, of in ends.items()}
