"""Attention over what there is: modality tokens now, and the memory of the last minute."""

import math

import torch
from torch import Tensor, nn

from .encoders import WIDTH

_MASKED = -30.0


class ModalityAttention(nn.Module):
    """Flavour masking: tokens are weighed by a learned score plus the logarithm of their quality.

    A token of quality 0 gets the weight 0 exactly. Shapes: tokens [N, M, 96], quality [N, M] →
    [N, 96], weights [N, M] (sum 1, or 0 where nothing is there).
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.score = nn.Linear(WIDTH, 1)
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.value = nn.Linear(WIDTH, WIDTH)

    def forward(self, tokens: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        score = (self.score(tokens).squeeze(-1) + self.bias).clamp(-8, 8)
        weight = torch.exp(score) * quality
        weight = weight / weight.sum(-1, keepdim=True).clamp(min=1e-9)
        return (self.value(tokens) * weight.unsqueeze(-1)).sum(1), weight


class MemoryAttention(nn.Module):
    """One look back over 64 seconds; its temperature follows the toss rate 颠勺频率.

    softmax(q·k / (√d·τ)), τ = softplus(t₀ + t₁·f). Shapes: query [N, 96], memory [N, 64, 96] (newest
    last), fill [N, 1] (slots in use), toss [N, 1] (Hz) → [N, 96], share on memory [N, 1].
    """

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(WIDTH, 32), nn.Linear(WIDTH, 32)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.temperature = nn.Parameter(torch.tensor([0.54, 0.0]))
        self.none = nn.Parameter(torch.zeros(1))

    def forward(self, query: Tensor, memory: Tensor, fill: Tensor, toss: Tensor) -> tuple[Tensor, Tensor]:
        return self.over(query, self.key(memory), self.value(memory), fill, toss)

    def over(self, query: Tensor, keys: Tensor, values: Tensor, fill: Tensor, toss: Tensor) -> tuple[Tensor, Tensor]:
        """The same over keys [N, 64, 32] and values [N, 64, 96] that were made before; slots not in use may hold anything."""
        n, slots, _ = keys.shape
        tau = nn.functional.softplus(self.temperature[0] + self.temperature[1] * toss)
        score = (keys @ self.query(query).unsqueeze(-1)).squeeze(-1) / (math.sqrt(32) * tau)
        age = torch.arange(slots - 1, -1, -1, dtype=torch.float32)
        score = torch.where(age < fill, score, torch.full_like(score, _MASKED))
        weight = torch.softmax(torch.cat([score, self.none.expand(n, 1)], -1), -1)[:, :-1]
        weight = torch.where(age < fill, weight, torch.zeros_like(weight))
        return (weight.unsqueeze(1) @ values).squeeze(1), weight.sum(-1, keepdim=True)
