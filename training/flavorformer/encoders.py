"""One encoder a sensor: a hop's array to a token."""

import torch
from torch import Tensor, nn

from .wok_lu import WokLU

WIDTH = 96
EEG_TAIL = 14
MEL_TAIL = 4


class ThermalEncoder(nn.Module):
    """A CNN over mean, SD and maximum of the hop's pictures. [N, 3, 24, 32], heat [N, 1] → [N, 96]."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.a1 = nn.Conv2d(3, 8, 3, 2, 1), WokLU(8)
        self.c2, self.a2 = nn.Conv2d(8, 16, 3, 2, 1), WokLU(16)
        self.c3, self.a3 = nn.Conv2d(16, 16, 3, 2, 1), WokLU(16)
        self.out = nn.Linear(16 * 3 * 4, WIDTH)

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        scale = torch.tensor([1.0, 10.0, 1.0]).reshape(1, 3, 1, 1)
        x = self.a1(self.c1(x * scale), heat)
        x = self.a2(self.c2(x), heat)
        x = self.a3(self.c3(x), heat)
        return self.out(x.flatten(1))


class MelEncoder(nn.Module):
    """A temporal CNN over log-mel with four frames of context. [N, 64, 24], heat [N, 1] → [N, 96]."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.a1 = nn.Conv1d(64, 32, 5, 2), WokLU(32)
        self.c2, self.a2 = nn.Conv1d(32, 32, 3, 2), WokLU(32)
        self.out = nn.Linear(64, WIDTH)

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        x = self.a2(self.c2(self.a1(self.c1(x), heat)), heat)
        mean = x.mean(-1)
        spread = torch.sqrt((x - mean.unsqueeze(-1)).square().mean(-1) + 1e-5)
        return self.out(torch.cat([mean, spread], -1))


class EegEncoder(nn.Module):
    """A montage layer, a temporal CNN, and log power. [N, 8, 64], mask [N, 8], heat [N, 1] → [N, 96]."""

    def __init__(self) -> None:
        super().__init__()
        self.montage = nn.Linear(8, 8, bias=False)
        self.c1, self.a1 = nn.Conv1d(8, 16, 15, 5), WokLU(16)
        self.out = nn.Linear(16, WIDTH)

    def forward(self, x: Tensor, mask: Tensor, heat: Tensor) -> Tensor:
        x = self.montage((x * mask.unsqueeze(-1)).transpose(1, 2)).transpose(1, 2)
        x = self.a1(self.c1(x), heat)
        return self.out(torch.log(x.square().mean(-1) + 1e-3))


class MeasuredEncoder(nn.Module):
    """The measured numbers and auxiliary readings, each with its mask. [N, 23] → [N, 96]."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(23, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(x)
