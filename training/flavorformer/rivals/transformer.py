"""A plain transformer of the size of all that is behind the encoders: what the model's own layers must be worth."""

import math

import torch
from torch import Tensor, nn

from ..layers.heads import LEVELS
from .pooled import COLUMNS

WIDTH, LAYERS, HEADS, FORWARD = 128, 3, 4, 160
# Points that a unit of the last layer stands for.
UNIT = 10.0


def positions(seconds: Tensor, width: int = WIDTH) -> Tensor:
    """Sines and cosines of the time in seconds, wavelengths 2π to 10,000·2π (Vaswani et al. 2017): [B, T] → [B, T, width]."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = seconds.unsqueeze(-1) * rates
    return torch.cat([angles.sin(), angles.cos()], -1)


class PlainTransformer(nn.Module):
    """Causal, the norm before each layer (Xiong et al. 2020); untrained it says the dish's median.

    x [B, T, COLUMNS], which `middle` and `spread` [COLUMNS] bring to mean 0 and SD 1, and the seconds at each token's end [B, T] →
    quantiles of the final score at LEVELS, in points above the median of the dish [B, T, 5].
    """

    def __init__(self, middle: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("middle", middle)
        self.register_buffer("spread", spread)
        self.enter = nn.Linear(COLUMNS, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, FORWARD, dropout=0.1, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, norm=nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        # PyTorch copies one layer: without new draws all would begin as the same.
        for weight in self.layers.parameters():
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
        self.leave = nn.Linear(WIDTH, len(LEVELS))
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor, ends: Tensor) -> Tensor:
        z = self.enter((x - self.middle) / self.spread) + positions(ends)
        # No mask for the padding: it lies behind a cook's end, where no token looks.
        mask = nn.Transformer.generate_square_subsequent_mask(z.shape[1])
        return UNIT * self.leave(self.layers(z, mask=mask, is_causal=True))
