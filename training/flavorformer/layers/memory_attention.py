"""Attention over the memory of the last minute."""

import math

import torch
from torch import Tensor, nn

from . import WIDTH

_MASKED = -30.0
KEY = 32


class MemoryAttention(nn.Module):
    """One look back over the last 64 tokens; its temperature follows the toss rate 颠勺频率.

    softmax(q·k / (√d·τ)) with one more slot "none" of a learned score, τ = softplus(t₀ + t₁·f). One step: query
    [N, 96], memory [N, 64, 96] (newest last), fill [N, 1] (slots in use), toss [N, 1] (Hz) → [N, 96], share on memory [N, 1].
    Source: scaled dot products of Vaswani et al. 2017; the slot for nothing and the temperature by toss rate are design choices.
    """

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(WIDTH, KEY), nn.Linear(WIDTH, KEY)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.temperature = nn.Parameter(torch.tensor([0.54, 0.0]))
        self.none = nn.Parameter(torch.zeros(1))

    def tau(self, toss: Tensor) -> Tensor:
        """Temperature times √d."""
        return nn.functional.softplus(self.temperature[0] + self.temperature[1] * toss) * math.sqrt(KEY)

    def forward(self, query: Tensor, memory: Tensor, fill: Tensor, toss: Tensor) -> tuple[Tensor, Tensor]:
        n, slots, _ = memory.shape
        # q·(K·m + b) = (Kᵀ·q)·m + q·b, and Σ w·(V·m + b) = V·Σ w·m + b·Σ w: the memory meets vectors, not matrices.
        q = self.query(query)
        score = (memory @ (q @ self.key.weight).unsqueeze(-1)).squeeze(-1) + (q @ self.key.bias).unsqueeze(-1)
        score = score / self.tau(toss)
        age = torch.arange(slots - 1, -1, -1, dtype=torch.float32, device=score.device)
        score = torch.where(age < fill, score, _MASKED)
        weight = torch.softmax(torch.cat([score, self.none.expand(n, 1)], -1), -1)[:, :-1]
        weight = torch.where(age < fill, weight, 0.0)
        share = weight.sum(-1, keepdim=True)
        mixed = (weight.unsqueeze(1) @ memory).squeeze(1)
        return mixed @ self.value.weight.T + share * self.value.bias, share

    def sequence(self, query: Tensor, tokens: Tensor, toss: Tensor, slots: int) -> tuple[Tensor, Tensor]:
        """The same at every position of whole sequences, in blocks: query and tokens [B, T, 96], toss [B, T, 1] → [B, T, 96], share [B, T, 1].

        Position t looks at tokens t − slots + 1 … t. A block of `slots` queries needs the keys of its own block and of
        the one before, so the cost is linear in T.
        """
        b, t, _ = query.shape
        blocks = -(-t // slots)
        pad = blocks * slots - t

        def cut(x: Tensor) -> Tensor:
            return nn.functional.pad(x, (0, 0, 0, pad)).reshape(b, blocks, slots, x.shape[-1])

        def with_before(x: Tensor) -> Tensor:
            x = cut(x)
            return torch.cat([nn.functional.pad(x, (0, 0, 0, 0, 1, 0))[:, :-1], x], 2)

        q, k, v = cut(self.query(query)), with_before(self.key(tokens)), with_before(self.value(tokens))
        score = q @ k.transpose(-1, -2) / cut(self.tau(toss)).clamp(min=1e-6)
        at = torch.arange(2 * slots, device=score.device)
        age = slots + at[:slots, None] - at[None, :]
        seen = (age >= 0) & (age < slots)
        there = at[None, :] + (torch.arange(blocks, device=score.device)[:, None] - 1) * slots >= 0
        mask = seen[None] & there[:, None, :]
        score = score.masked_fill(~mask, -1e9)
        none = self.none.expand(*score.shape[:-1], 1)
        weight = torch.softmax(torch.cat([score, none], -1), -1)[..., :-1]
        share = weight.sum(-1, keepdim=True)
        return tuple(x.reshape(b, blocks * slots, -1)[:, :t] for x in (weight @ v, share))
