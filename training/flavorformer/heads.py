"""What the model says."""

import torch
from torch import Tensor, nn

from .encoders import WIDTH
from .wok_lu import WokLU

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TASTE = 32


class Heads(nn.Module):
    """Score quantiles, aspects, phase, cue hazards and embedding from one feature vector.

    The score sees the aspects, as it is nearly a function of them. The median is free on 0–100 by a
    sigmoid; the other quantiles lie softplus steps away in the logit, so that they rise by construction,
    times a spread that calibration sets. Shapes: x [N, D], heat [N, 1] → dict of [N, …].
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(features, WIDTH), WokLU(WIDTH)
        self.drop = nn.Dropout(0.3)
        self.taste, self.bite = nn.Linear(WIDTH + 6, TASTE), WokLU(TASTE)
        self.score = nn.Linear(WIDTH + TASTE, 5)
        self.register_buffer("spread", torch.ones(()))
        self.aspects = nn.Linear(WIDTH, 6)
        self.phase = nn.Linear(WIDTH, 6)
        self.hazard = nn.Linear(WIDTH, 3)
        self.embedding = nn.Linear(WIDTH, 64)
        nn.init.constant_(self.hazard.bias, -5.0)

    def forward(self, x: Tensor, heat: Tensor) -> dict[str, Tensor]:
        x = self.drop(self.act(self.hidden(x), heat))
        aspects = torch.sigmoid(self.aspects(x))
        taste = self.bite(self.taste(torch.cat([x, aspects], -1)), heat)
        s = self.score(torch.cat([x, taste], -1))
        step = nn.functional.softplus(s[:, 1:]) * self.spread
        median = s[:, :1]
        logit = torch.cat(
            [
                median - step[:, 0:1] - step[:, 1:2],
                median - step[:, 1:2],
                median,
                median + step[:, 2:3],
                median + step[:, 2:3] + step[:, 3:4],
            ],
            -1,
        )
        return {
            "score": 100 * torch.sigmoid(logit),
            "aspects": aspects,
            "phase": torch.softmax(self.phase(x), -1),
            "hazard": torch.sigmoid(self.hazard(x)),
            "embedding": self.embedding(x),
        }
