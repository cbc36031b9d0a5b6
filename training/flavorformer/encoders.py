"""One encoder a sensor: a hop's array to a token."""

import torch
from torch import Tensor, nn

from .wok_lu import WokLU

WIDTH = 96


class ThermalEncoder(nn.Module):
    """A CNN over mean, SD and maximum of the hop's pictures. [N, 3, 24, 32] (°C / 100), heat [N, 1] → [N, 96].

    A fourth plane is the rate at which a surface of that temperature would brown, exp(−Ea/R·(1/T − 1/T₁₅₀)) with a learned
    Ea that starts at 110 kJ/mol (van Boekel 2001 reports 64–184): where on the wok the dose comes from.
    """

    def __init__(self) -> None:
        super().__init__()
        self.activation = nn.Parameter(torch.tensor(1.10))
        self.c1, self.a1 = nn.Conv2d(4, 12, 3, 2, 1), WokLU(12)
        self.c2, self.a2 = nn.Conv2d(12, 16, 3, 2, 1), WokLU(16)
        self.c3, self.a3 = nn.Conv2d(16, 16, 3, 2, 1), WokLU(16)
        self.out, self.plain = nn.Linear(16 * 3 * 4, WIDTH), nn.Linear(2 * 6 * 8, WIDTH, bias=False)

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        # Means of 4 × 4 pixels go past the layers: a few kelvin out of hundreds decide when a cue is due.
        coarse = self.plain(nn.functional.avg_pool2d(x[:, ::2], 4).flatten(1))
        kelvin = 100 * x[:, :1].clamp(-0.4, 4.0) + 273.15
        rate = torch.exp((self.activation * 1e5 / 8.314) * (1 / 423.15 - 1 / kelvin)).clamp(max=20.0)
        scale = x.new_tensor([1.0, 10.0, 1.0]).reshape(1, 3, 1, 1)
        x = self.a1(self.c1(torch.cat([x * scale, torch.log1p(rate)], 1)), heat)
        x = self.a2(self.c2(x), heat)
        x = self.a3(self.c3(x), heat)
        return self.out(x.flatten(1)) + coarse


class MelEncoder(nn.Module):
    """A temporal CNN over log-mel with four frames of context. [N, 64, 24], heat [N, 1] → [N, 96]."""

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
    """The measured numbers and auxiliary readings, each with its mask. [N, D] → [N, 96]."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(numbers, 48), nn.Tanh()
        self.out, self.plain = nn.Linear(48, WIDTH), nn.Linear(numbers, WIDTH, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # The plain way beside the bounded one: a few kelvin out of hundreds decide when a cue is due.
        return self.out(self.act(self.hidden(x))) + self.plain(x)
