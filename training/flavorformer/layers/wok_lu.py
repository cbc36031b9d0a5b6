"""WokLU: a gate that hardens with the heat of the wok."""

import torch
from torch import Tensor, nn


class WokLU(nn.Module):
    """x·σ(βx) with β = β₀ + β₁·heat per channel.

    Swish (Ramachandran et al. 2017) with a slope that depends on the wall's temperature; where the
    wall is unknown heat is 0 and β falls back to β₀.

    Shapes: x [N, C, ...], heat [N, 1] (°C / 100) → [N, C, ...].
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.ones(channels))
        self.slope = nn.Parameter(torch.full((channels,), 0.1))

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        beta = nn.functional.linear(heat, self.slope.unsqueeze(1), self.beta)
        beta = beta.reshape(beta.shape[0], beta.shape[1], *([1] * (x.dim() - 2)))
        return x * torch.sigmoid(beta * x)
