"""The thermal camera's encoder."""

import torch
from torch import Tensor, nn

from . import WIDTH
from .wok_lu import WokLU


class ThermalEncoder(nn.Module):
    """A CNN over mean, SD and maximum of the hop's pictures. [N, 3, 24, 32] (°C / 100), heat [N, 1] → [N, 96].

    A fourth plane is ln(1 + r) of the rate r = exp(−Ea/R·(1/T − 1/T₁₅₀)) at which a surface of that temperature would brown, at most 20,
    with a learned Ea that starts at 110 kJ/mol (van Boekel 2001 reports 64–184): where on the wok the dose comes from. A rate, as food
    moves under the camera; `Doses` sums up over the cook. A thermal picture has no colour: caramel's waits for an RGB camera.
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
