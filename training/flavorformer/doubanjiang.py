"""Doubanjiang normalisation 豆瓣酱归一化."""

import torch
from torch import Tensor, nn

GROUPS = 24


class Doubanjiang(nn.Module):
    """Normalises a token in 24 flavour groups, keeps a learned share of its level, and adds the others' mean.

    y = γ·(x − μ_g)/√(σ²_g + ε) · s^κ + δ + c·mean(other tokens), with s the token's RMS and κ a learned
    compression in (0, 1). With bypass = 1 the token passes as it is. No batch or sequence statistics.

    Shapes: x [N, M, C] (M modality tokens), mask [N, M], bypass [N, 1] → [N, M, C].
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.size = channels // GROUPS
        self.gain = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.compression = nn.Parameter(torch.zeros(()))
        self.cross = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, mask: Tensor, bypass: Tensor) -> Tensor:
        n, m, c = x.shape
        groups = x.reshape(n, m, GROUPS, self.size)
        centred = groups - groups.mean(-1, keepdim=True)
        scaled = centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + 1e-3)
        level = torch.sqrt(x.square().mean(-1, keepdim=True) + 1e-6)
        kept = level ** torch.sigmoid(self.compression)
        weight = mask.unsqueeze(-1)
        mean = (x * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1.0)
        y = self.gain * scaled.reshape(n, m, c) * kept + self.shift + self.cross * mean
        b = bypass.unsqueeze(-1)
        return b * x + (1 - b) * y
