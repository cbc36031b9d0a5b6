"""What the model says."""

import torch
from torch import Tensor, nn

from .. import latents
from .capsules import Capsules, share
from .cues import Cues
from .dropout import Dropout
from .wok_lu import WokLU

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
HIDDEN = 192
TASTE = 48
CAPSULES = (8, 8)


class Heads(nn.Module):
    """Score quantiles, aspects, phase, cue hazards and embedding from one feature vector.

    The latent state (temperatures, moisture, dose, errors of timing …) and where it will end are estimated first, and the
    score sees the estimates: the truth is nearly a function of them, and six numbers teach more than one. The median is free on
    0–100 by a sigmoid; the other quantiles lie softplus steps away in the logit, so that they rise by construction, times
    a spread that calibration sets (quantiles by increments as in Gasthaus et al. 2019; the rest is a design choice).

    Shapes: x [N, D], recipe [N, R], heat [N, 1] → dict of [N, …]; beside the outputs of the contract `latent` [N, 27] and
    `ends` [N, 6] (scaled), and `length` [N, 6] of the aspects' capsules.
    """

    def __init__(self, features: int, recipe: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(features, HIDDEN), WokLU(HIDDEN)
        self.drop = Dropout(0.1)
        self.cues = Cues(features)
        self.latent = nn.Linear(HIDDEN, latents.WRITTEN)
        self.ends = nn.Linear(HIDDEN, len(latents.ENDS))
        self.capsules = Capsules(*CAPSULES, 6)
        self.taste, self.bite = nn.Linear(HIDDEN + latents.COUNT + len(latents.ENDS) + 6 + recipe, TASTE), WokLU(TASTE)
        self.chew, self.swallow = nn.Linear(TASTE, TASTE), WokLU(TASTE)
        self.score = nn.Linear(TASTE + TASTE, 5)
        self.register_buffer("spread", torch.ones(5))
        # Quantiles but the median, from below; steps that lead to each, the quantile between it and the median, and its side.
        self.away = [0, 1, 3, 4]
        self.register_buffer("inner", torch.tensor([1, 1, 2, 2]), persistent=False)
        self.register_buffer("outwards", torch.tensor([[1.0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]), persistent=False)
        self.register_buffer("signed", torch.tensor([[-1.0, 0, 0, 0, 0], [0, -1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]), persistent=False)
        self.phase = nn.Linear(HIDDEN, 6)
        self.embedding = nn.Linear(HIDDEN, 64)

    def felt(self, x: Tensor, heat: Tensor) -> Tensor:
        """The hidden layer that all but the cues are told from: x [N, D], heat [N, 1] → [N, 192]."""
        return self.drop(self.act(self.hidden(x), heat))

    def forward(self, x: Tensor, recipe: Tensor, heat: Tensor) -> dict[str, Tensor]:
        hazard, late = self.cues(x, heat)
        x = self.felt(x, heat)
        latent, ends = torch.cat([self.latent(x), late], -1), self.ends(x)
        length = self.capsules(x)
        aspects = share(length)
        taste = self.bite(self.taste(torch.cat([x, latent, ends, aspects, recipe], -1)), heat)
        s = self.score(torch.cat([taste, self.swallow(self.chew(taste), heat)], -1))
        # How far each quantile lies from the median, widened by its own factor of the calibration and rising outwards.
        away = nn.functional.softplus(s[:, 1:]) @ self.outwards * self.spread[self.away]
        away = torch.maximum(away, away.index_select(1, self.inner))
        logit = s[:, :1] + away @ self.signed
        return {
            "score": 100 * torch.sigmoid(logit),
            "aspects": aspects,
            "phase": torch.softmax(self.phase(x), -1),
            "hazard": hazard,
            "embedding": self.embedding(x),
            "latent": latent,
            "ends": ends,
            "length": length,
        }
