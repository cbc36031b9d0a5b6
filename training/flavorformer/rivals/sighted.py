"""Networks that are told exactly, second by second, what sensors only hint at: what stops a forecast or a cue, if not the sensors' noise.

As far as such a network learns, whoever senses a kitchen can be expected to do no better than one that is told the same without noise.
It is no proof of a bound: another network might learn more, and one that does worse than the model has not learned enough to bound it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from .. import latents
from ..layers.heads import LEVELS
from ..report.cooks import CUES, MODALITIES, OFF, PHASES
from ..report.cooks import Cook as Judged
from ..shards import HOP_SECONDS, Cook
from ..stages.batches import epoch, weights
from ..stages.dressing import RECIPE, blind, lasted
from ..stages.embed import Blind
from ..stages.losses import WEIGHTS, balance, per_cook, pinball
from .learn import descend
from .transformer import UNIT

# What of the wok and the chef the training's labels know; not what they say of the cook so far, which is the answer itself. No hidden constant
# (activation energy, drying gate) is among them.
STATE = tuple(name for name in latents.SCALES if name not in ("timing_error", "so_far"))
# Of these, what a camera, a microphone and a headset would show if they were exact: temperatures of surfaces, vapour, hands, attention.
TRACES = ("wall_c", "oil_c", "food_surface_c", "sizzle_g_s", "boil_g_s", "plume_g_s", "stagnation", "toss_hz", "attention")
# The visible list of what a network is told, in half precision, beside its change over some seconds, the vapour that has left, the phase, the
# time and the recipe.
SIGHTS: dict[str, tuple[str, ...]] = {
    "phases alone": (),
    "surfaces, vapour, hands and attention": TRACES,
    "all of the wok's state but its hidden constants": STATE,
}
LATENTS = list(latents.SCALES)
# What leaves as vapour; its sum is what a camera and a microphone would have of the water that is gone.
VAPOUR = ("sizzle_g_s", "boil_g_s", "plume_g_s")
# Grams that bring a sum of vapour to about 1.
MUCH_G = 300.0
# Seconds over which a change is told, and what brings it to about ±1: whatever crosses a line slowly changes by little in a second.
CHANGE_S, FAST = 5, 4.0
WIDTH = 128
CLOCKS = 4


@dataclass(frozen=True)
class Plan:
    """How long; the same plan, seed and cooks give the same weights."""

    steps: int = 9000
    peak: float = 3e-3
    seconds: float = 150_000.0
    """Of a dish's cooking in an epoch, as `batches.epoch` says."""
    limit: int = 12_000
    """Padded seconds of a batch."""
    most: int = 32
    """Cooks of a batch."""


def columns(sight: str) -> int:
    """Numbers a second."""
    state = SIGHTS[sight]
    return 2 * len(state) + 2 * len(set(VAPOUR) & set(state)) + len(PHASES) + CLOCKS + RECIPE


def vapour(cook: Blind) -> Tensor:
    """What has left as vapour, in `MUCH_G`, since the cook began and since its phase did: [n, 6]."""
    of = [LATENTS.index(name) for name in VAPOUR]
    rate = cook.latent[:, of].float() * torch.from_numpy(latents.SPREAD[of]) + torch.from_numpy(latents.MIDDLE[of])
    gone = torch.cumsum(rate.clamp(min=0), 0) / MUCH_G
    began = torch.arange(cook.seconds) - lasted(cook.phase).long()
    return torch.cat([gone, gone - gone[began]], -1)


def told(cook: Blind, sight: str) -> Tensor:
    """What a network with this sight knows of each second: [n, columns].

    The state scaled, its change and the vapour so far, the phase, how long it and the cook have lasted, the recipe.
    """
    state = cook.latent[:, [LATENTS.index(name) for name in SIGHTS[sight]]].float()
    before = torch.cat([state[:1].expand(CHANGE_S, -1), state])[: cook.seconds]
    known = [state, (FAST * (state - before)).clamp(-2, 2)]
    if set(VAPOUR) <= set(SIGHTS[sight]):
        known.append(vapour(cook))
    clocks = torch.arange(cook.seconds).float(), lasted(cook.phase)
    times = torch.stack([of for clock in clocks for of in (clock / 300, torch.log1p(clock) / 4)], -1)
    return torch.cat([*known, fn.one_hot(cook.phase.long(), len(PHASES)).float(), times, cook.recipe.float().expand(cook.seconds, -1)], -1)


class Sighted(nn.Module):
    """x [B, T, columns] → quantiles of the final score in points above the dish's median [B, T, 5] and logits of the cues' chances [B, T, 3]."""

    def __init__(self, given: int) -> None:
        super().__init__()
        self.enter = nn.Linear(given, WIDTH)
        self.lstm = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.hidden = nn.Linear(2 * WIDTH, WIDTH)
        self.leave = nn.Linear(WIDTH, len(LEVELS) + len(CUES))
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = fn.silu(self.enter(x))
        said = self.leave(fn.silu(self.hidden(torch.cat([z, self.lstm(z)[0]], -1))))
        return UNIT * said[..., : len(LEVELS)], said[..., len(LEVELS) :]


def loss(net: Sighted, group: list[Blind], sight: str, medians: dict[str, float], weigh: dict[str, float]) -> Tensor:
    """Quantile loss of the score and cross entropy of the cues, seconds and cooks weighed as in the model's own training."""

    def put(of: Callable[[Blind], Tensor]) -> Tensor:
        return nn.utils.rnn.pad_sequence([of(cook) for cook in group], batch_first=True)

    score, chance = net(put(lambda cook: told(cook, sight)))
    hazard, phase, valid = put(lambda c: c.hazard.float()), put(lambda c: c.phase.long()), put(lambda c: torch.ones(c.seconds))
    above = torch.tensor([cook.score - medians[cook.dish] for cook in group])
    missed = fn.binary_cross_entropy_with_logits(chance, hazard, reduction="none").sum(-1)
    cost = pinball(score, above[:, None].expand(valid.shape)) + WEIGHTS["hazard"] * missed
    return per_cook(cost, balance(phase, valid), torch.tensor([weigh[cook.dish] for cook in group]))


def train(cooks: list[Blind], sight: str, medians: dict[str, float], plan: Plan, seed: int, say: Callable[[str], None] = print) -> Sighted:
    """Trains for the plan's steps; `medians` are the training cooks' median scores by dish, points."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Sighted(columns(sight))
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.peak, weight_decay=0.01)
    step = 0
    while step < plan.steps:
        groups = epoch(cooks, plan.seconds, plan.limit, rng, plan.most)
        weigh = weights([cook for group in groups for cook in group])
        losses = []
        for group in groups[: plan.steps - step]:
            losses.append(descend(optimiser, net, loss(net, group, sight, medians, weigh), plan.peak, step, step / plan.steps))
            step += 1
        say(f"{sight}: step {step} of {plan.steps}, loss {np.mean(losses):.3f}")
    return net.eval()


@torch.no_grad()
def judged(net: Sighted, cook: Cook, sight: str, median: float) -> Judged:
    """A cook as the report judges one, of what the network said: a second's words stand from the next hop on until those of the next.

    So nothing is said of a hop that was told in it: that the flame is off is no input of the model either in the first hop without one.
    """
    of = blind(cook)
    score, chance = net(told(of, sight)[None])
    hop = np.array(cook.rows["hop"], np.int64)
    hops = np.arange(hop[-1] + 1)
    row = np.maximum(np.searchsorted(hop, hops) - 1, 0)
    told_phase = np.array(cook.rows["true_phase"])[row]
    # The last act is to turn the flame off; the rows know it by the second only.
    phase = np.where((hops + 1) * HOP_SECONDS > cook.acted[CUES.index("flame_off")], OFF, told_phase)
    rows = {
        "hop": hops,
        "score": (median + score[0].numpy())[row],
        "hazard": torch.sigmoid(chance[0]).numpy()[row],
        "phase": np.eye(len(PHASES))[told_phase],
        "true_phase": phase,
        "quality": np.ones((len(hops), len(MODALITIES))),
        "reference": np.array([cook.score]),
        "cues": cook.cues,
        "acted": cook.acted,
    }
    return Judged(cook.dish, cook.seed, cook.split, float(cook.at[-1]), rows)


def all_judged(net: Sighted, cooks: Iterable[Cook], sight: str, medians: dict[str, float]) -> list[Judged]:
    """What the network says of every cook."""
    return [judged(net, cook, sight, medians[cook.dish]) for cook in cooks]
