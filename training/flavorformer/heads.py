"""What the model says."""

import torch
from torch import Tensor, nn

from . import latents
from .capsules import Capsules, share
from .dropout import Dropout
from .wok_lu import WokLU

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
HIDDEN = 128
TASTE = 48
CAPSULES = (8, 8)


class Heads(nn.Module):
    """Score quantiles, aspects, phase, cue hazards and embedding from one feature vector.

    The latent state (temperatures, moisture, dose, errors of timing …) and where it will end are estimated first, and the
    score sees the estimates: the truth is nearly a function of them, and six numbers teach more than one. The median is free on
    0–100 by a sigmoid; the other quantiles lie softplus steps away in the logit, so that they rise by construction, times
    a spread that calibration sets. Shapes: x [N, D], recipe [N, R], heat [N, 1] → dict of [N, …]; beside the outputs
    of the contract `latent` [N, 18] and `ends` [N, 6] (scaled), and `length` [N, 6] of the aspects' capsules.
    """

    def __init__(self, features: int, recipe: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(features, HIDDEN), WokLU(HIDDEN)
        self.drop = Dropout(0.1)
        self.latent = nn.Linear(HIDDEN, latents.COUNT)
        self.ends = nn.Linear(HIDDEN, len(latents.ENDS))
        self.capsules = Capsules(*CAPSULES, 6)
        self.taste, self.bite = nn.Linear(HIDDEN + latents.COUNT + len(latents.ENDS) + 6 + recipe, TASTE), WokLU(TASTE)
        self.chew, self.swallow = nn.Linear(TASTE, TASTE), WokLU(TASTE)
        self.score = nn.Linear(TASTE + TASTE, 5)
        self.register_buffer("spread", torch.ones(5))
        self.phase = nn.Linear(HIDDEN, 6)
        self.hazard = nn.Linear(HIDDEN, 3)
        self.embedding = nn.Linear(HIDDEN, 64)
        nn.init.constant_(self.hazard.bias, -4.0)

    def forward(self, x: Tensor, recipe: Tensor, heat: Tensor) -> dict[str, Tensor]:
        x = self.drop(self.act(self.hidden(x), heat))
        latent, ends = self.latent(x), self.ends(x)
        length = self.capsules(x)
        aspects = share(length)
        taste = self.bite(self.taste(torch.cat([x, latent, ends, aspects, recipe], -1)), heat)
        s = self.score(torch.cat([taste, self.swallow(self.chew(taste), heat)], -1))
        step = nn.functional.softplus(s[:, 1:])
        median = s[:, :1]
        # Calibration widens each quantile's distance from the median by a factor of its own, rising outwards.
        inner_low, inner_high = step[:, 1:2] * self.spread[1], step[:, 2:3] * self.spread[3]
        outer_low = torch.maximum((step[:, 0:1] + step[:, 1:2]) * self.spread[0], inner_low)
        outer_high = torch.maximum((step[:, 2:3] + step[:, 3:4]) * self.spread[4], inner_high)
        logit = torch.cat([median - outer_low, median - inner_low, median, median + inner_high, median + outer_high], -1)
        return {
            "score": 100 * torch.sigmoid(logit),
            "aspects": aspects,
            "phase": torch.softmax(self.phase(x), -1),
            "hazard": torch.sigmoid(self.hazard(x)),
            "embedding": self.embedding(x),
            "latent": latent,
            "ends": ends,
            "length": length,
        }
