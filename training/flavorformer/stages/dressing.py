"""Stage B′: cooks that nobody sensed, dressed in what the sensors would have said.

The physics of a cook costs a hundredth of its sensors. What decides a score is physics, and a thousand scores are soon known by
heart; so stage C also learns from many more cooks of which only the truth was simulated. A small network tells what the frozen
encoders say, on average, in a state; the rest, noise and gains and emissivities, comes from a sensed cook of the same dish.

The daemon's memory takes a second's mean of five hops, but of a sensed cook one hop a second is kept, whose noise is more than
twice as large. So what the network does not explain is averaged over as many seconds.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from .. import latents
from ..layers import WIDTH
from ..shards import Cook
from ..step import HOPS_PER_TICK
from .embed import PLAIN, Blind, Tokens, hazards, labels

# The state as far as sensors show it: what a cook has been so far leaves no trace of its own.
SEEN = [i for i, name in enumerate(latents.SCALES) if name not in ("whi_peak", "sauce", "timing_error", "so_far")]
PHASES, RECIPE, MODALITIES = 6, 24, 4
GIVEN = 2 * len(SEEN) + PHASES + 1 + RECIPE + MODALITIES
# What is told of a second: three tokens, two without the camera, bands and picture, wall and toss, dose.
PARTS = (3 * WIDTH, 2 * WIDTH, 7, 2, 1)
HIDDEN = 160
STEPS, ROWS, RATE = 7000, 1024, 3e-3
# Seconds of each sensed cook that it learns from.
LOOKED = 400
# Of the cooking in a pool, by sensed cooks.
SENSED = 0.375


def blind(cook: Cook) -> Blind:
    """The labels of a cook that `wokd features --blind` wrote."""
    return Blind(
        dish=cook.dish,
        seed=cook.seed,
        score=cook.score,
        latent=labels(cook).half(),
        aspects=torch.from_numpy(np.array(cook.rows["true_aspects"])).half(),
        phase=torch.from_numpy(np.array(cook.rows["true_phase"])),
        hazard=torch.from_numpy(hazards(cook)).bool(),
        families=torch.from_numpy(np.array(cook.rows["families"])),
        recipe=torch.from_numpy(cook.recipe),
    )


def lasted(phase: Tensor) -> Tensor:
    """For how many seconds each second's phase has lasted, 0 in its first: [n] → [n]."""
    new = fn.pad((phase[1:] != phase[:-1]).long(), (1, 0), value=1)
    at = torch.arange(len(phase))
    return (at - torch.cummax(at * new, 0).values).float()


def given(latent: Tensor, phase: Tensor, recipe: Tensor, quality: Tensor) -> Tensor:
    """What a second is told from: state, its change within a second, phase and how long it has lasted, recipe, qualities: [n, GIVEN]."""
    state = latent[:, SEEN].float()
    change = fn.pad(state[1:] - state[:-1], (0, 0, 1, 0))
    kind = fn.one_hot(phase.long(), PHASES).float()
    return torch.cat([state, 10 * change.clamp(-0.5, 0.5), kind, torch.log1p(lasted(phase))[:, None] / 4, recipe.expand(len(phase), -1), quality], -1)


def told(cook: Tokens) -> Tensor:
    """What a sensed cook said: [n, sum(PARTS)]."""
    return torch.cat([cook.seen.flatten(1).float(), cook.unseen.flatten(1).float(), cook.numbers, cook.plain["heat"], cook.plain["dose"]], -1)


class Dressing(nn.Module):
    """y = μ + σ·(W₃·silu(W₂·silu(W₁·x))), μ and σ those of the data. [n, GIVEN] → [n, sum(PARTS)]."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(GIVEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, sum(PARTS)))
        self.register_buffer("middle", torch.zeros(sum(PARTS)))
        self.register_buffer("spread", torch.ones(sum(PARTS)))

    def forward(self, x: Tensor) -> Tensor:
        return self.middle + self.spread * self.net(x)


def train(cooks: list[Tokens], rng: np.random.Generator, steps: int | None = None) -> tuple[Dressing, float]:
    """Learns what the encoders say from sensed cooks; gives also the share of its variance that the state explains."""
    x, y = [], []
    for cook in cooks:
        pick = np.sort(rng.choice(cook.seconds, min(cook.seconds, LOOKED), replace=False))
        x.append(given(cook.latent, cook.phase, cook.recipe, cook.plain["quality"])[pick])
        y.append(told(cook)[pick])
    x, y = torch.cat(x), torch.cat(y)
    model = Dressing()
    model.middle.copy_(y.mean(0))
    model.spread.copy_(y.std(0).clamp(min=1e-3))
    y = (y - model.middle) / model.spread
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-3)
    losses = []
    steps = steps or STEPS
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - step / steps) ** 0.7
        pick = torch.from_numpy(rng.integers(0, len(x), ROWS))
        loss = fn.mse_loss(model.net(x[pick]), y[pick])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return model.eval(), 1 - float(np.mean(losses[-200:]))


def pool(sensed: list[Tokens], blind: list[Blind]) -> list[Tokens | Blind]:
    """Cooks to draw from, sensed ones so often that about `SENSED` of the cooking is theirs."""
    seconds = [sum(c.seconds for c in cooks) for cooks in (sensed, blind)]
    return sensed * max(1, round(SENSED / (1 - SENSED) * seconds[1] / seconds[0])) + blind


def calmed(rest: Tensor) -> Tensor:
    """What the sensors' tokens have beyond the mean of their state, over the last seconds, as many as hops in one; never from those to come.

    Bands, picture, wall, toss and dose stay as they are: of those the daemon, too, takes one hop a second. [n, sum(PARTS)] → the same.
    """
    tokens, others = rest.split((sum(PARTS[:2]), sum(PARTS[2:])), -1)
    before = fn.pad(tokens.T[None], (HOPS_PER_TICK - 1, 0), mode="replicate")
    return torch.cat([fn.avg_pool1d(before, HOPS_PER_TICK, 1)[0].T, others], -1)


class Wardrobe:
    """Dresses blind cooks in the residuals of sensed ones."""

    def __init__(self, model: Dressing, cooks: list[Tokens]) -> None:
        self.model = model
        self.donors: dict[str, list[tuple[Tokens, Tensor]]] = {}
        for cook in cooks:
            _, rest = self.explained(cook)
            self.donors.setdefault(cook.dish, []).append((cook, rest.half()))

    @torch.no_grad()
    def explained(self, cook: Tokens) -> tuple[Tensor, Tensor]:
        """The mean of what a sensed cook's state says, and the rest, calmed: both [n, sum(PARTS)]."""
        mean = self.model(given(cook.latent, cook.phase, cook.recipe, cook.plain["quality"]))
        return mean, calmed(told(cook) - mean)

    def calm(self, cook: Tokens) -> Tokens:
        """A sensed cook as the daemon's memory would have it."""
        seen, unseen, *_ = torch.split(sum(self.explained(cook)), PARTS, -1)
        return replace(cook, seen=seen.unflatten(1, (3, WIDTH)).half(), unseen=unseen.unflatten(1, (2, WIDTH)).half())

    @torch.no_grad()
    def dress(self, cook: Blind | Tokens, rng: np.random.Generator) -> Tokens:
        """What a donor's sensors would have said of a blind cook: second by second from the donor's same phase, from a random second of it on."""
        if isinstance(cook, Tokens):
            return cook
        donor, rest = self.donors[cook.dish][rng.integers(len(self.donors[cook.dish]))]
        at = torch.from_numpy(aligned(cook.phase.numpy(), donor.phase.numpy(), rng))
        plain = {key: donor.plain[key][at] for key in PLAIN}
        y = self.model(given(cook.latent, cook.phase, cook.recipe, plain["quality"])) + rest[at]
        seen, unseen, numbers, plain["heat"], plain["dose"] = torch.split(y, PARTS, -1)
        plain["heat"][:, 1].clamp_(min=0)
        plain["dose"].clamp_(min=0)
        said = {"seen": seen.unflatten(1, (3, WIDTH)), "unseen": unseen.unflatten(1, (2, WIDTH)), "numbers": numbers, "plain": plain}
        plainly = {key: getattr(cook, key).float() for key in ("latent", "aspects", "hazard")}
        return Tokens(**(vars(cook) | plainly | {"phase": cook.phase.long()}), **said)


def aligned(phase: np.ndarray, donor: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each second of a cook a second of the donor in the same phase, in the donor's order and back to the start of it: [n].

    A phase that the donor never had takes any second of it.
    """
    rows = {int(p): np.flatnonzero(donor == p) for p in np.unique(donor)}
    at = np.empty(len(phase), np.int64)
    for p in np.unique(phase):
        mine = np.flatnonzero(phase == p)
        theirs = rows.get(int(p), np.arange(len(donor)))
        at[mine] = theirs[(np.arange(len(mine)) + rng.integers(len(theirs))) % len(theirs)]
    return at
