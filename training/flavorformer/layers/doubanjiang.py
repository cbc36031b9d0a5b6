"""Doubanjiang normalisation 豆瓣酱归一化."""

import torch
from torch import Tensor, nn

GROUPS = 24


class Doubanjiang(nn.Module):
    """Normalises a token in 24 flavour groups, keeps a learned share of its level and of itself, and adds the tokens' mean.

    y = γ·(x − μ_g)/√(σ²_g + ε) · s^κ + π·x + δ + c·mean(tokens that are there), with s the token's RMS and κ a learned
    compression in (0, 1); π keeps what a normalisation loses, a few kelvin out of hundreds.
    With bypass = 1 the token passes as it is. No batch or sequence statistics. Source: group normalisation (Wu & He 2018) of one token,
    RMS of Zhang & Sennrich 2019; the kept level, the plain way and the cross term are design choices.

    Shapes: x [N, M, C] (M modality tokens), mask [N, M], bypass [N, 1] → [N, M, C].
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        size = channels // GROUPS
        # x @ spread is each channel's group mean: a product of matrices, as sums over four numbers at a time are slow.
        self.register_buffer("spread", torch.block_diag(*[torch.full((size, size), 1 / size)] * GROUPS), persistent=False)
        self.gain = nn.Parameter(torch.ones(channels))
        self.plain = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.compression = nn.Parameter(torch.zeros(()))
        self.cross = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, mask: Tensor, bypass: Tensor) -> Tensor:
        centred = x - x @ self.spread
        scaled = centred / torch.sqrt(centred.square() @ self.spread + 1e-3)
        kept = (x.square().mean(-1, keepdim=True) + 1e-6) ** (torch.sigmoid(self.compression) / 2)
        weight = mask.unsqueeze(-1)
        mean = (x * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1.0)
        y = torch.addcmul(self.shift + self.cross * mean, self.gain, scaled * kept)
        y = torch.addcmul(y, self.plain, x)
        return y + bypass.unsqueeze(-1) * (x - y)
