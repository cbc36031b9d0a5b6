"""The microphone's encoder."""

import torch
from torch import Tensor, nn

from . import WIDTH
from .wok_lu import WokLU


class MelEncoder(nn.Module):
    """A temporal CNN over log-mel with four frames of context: mean and SD over time of two convolutions, then linear.

    [N, 64, 24], heat [N, 1] → [N, 96]. Source: design choice, as all widths here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.a1 = nn.Conv1d(64, 48, 5, 2), WokLU(48)
        self.c2, self.a2 = nn.Conv1d(48, 48, 3, 2), WokLU(48)
        self.out = nn.Linear(96, WIDTH)

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        x = self.a2(self.c2(self.a1(self.c1(x), heat)), heat)
        mean = x.mean(-1)
        spread = torch.sqrt((x - mean.unsqueeze(-1)).square().mean(-1) + 1e-5)
        return self.out(torch.cat([mean, spread], -1))
