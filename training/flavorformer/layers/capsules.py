"""Aspects as capsules ("spherification"): a vector's length says how much, its direction how."""

import torch
from torch import Tensor, nn

LOW, HIGH = 0.1, 0.9


def squash(s: Tensor) -> Tensor:
    """|s|²/(1 + |s|²) · s/|s| (Sabour, Frosst & Hinton 2017): shorter than 1, same direction. [..., D] → [..., D]."""
    square = s.square().sum(-1, keepdim=True)
    return s * torch.sqrt(square + 1e-7) / (1 + square)


class Capsules(nn.Module):
    """Dynamic routing with one routing step, from `sources` capsules cut out of a vector to `aspects` capsules.

    û_ij = W_ij u_i; c = softmax_j(0); v = squash(Σ c û); then once b_ij = û_ij·v_j, c = softmax_j(b), v = squash(Σ c û)
    (Sabour, Frosst & Hinton 2017). The target of a length is 0.1–0.9, as a squashed vector reaches neither end.

    Shapes: x [N, ≥ sources·size], the rest unused → lengths [N, aspects] in 0–1.
    """

    def __init__(self, sources: int, size: int, aspects: int, routing: int = 1) -> None:
        super().__init__()
        self.sources, self.size, self.routing = sources, size, routing
        self.weight = nn.Parameter(torch.randn(sources, size, aspects * size) * size**-0.5)
        self.bias = nn.Parameter(torch.zeros(aspects, size))
        # x @ gather sums over each capsule's components: a product of matrices, as sums over eight numbers at a time are slow.
        self.register_buffer("gather", torch.eye(aspects).repeat_interleave(size, 0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        u = squash(x[:, : self.sources * self.size].unflatten(1, (self.sources, self.size)))
        votes = torch.matmul(u.transpose(0, 1), self.weight)
        s = votes.sum(0) / self.bias.shape[0] + self.bias.flatten()
        for _ in range(self.routing):
            agreement = torch.softmax((votes * self.squashed(s)) @ self.gather, -1)
            s = (votes * (agreement @ self.gather.T)).sum(0) + self.bias.flatten()
        # |squash(s)|, without the vector.
        square = s.square() @ self.gather
        return square / (1 + square)

    def squashed(self, s: Tensor) -> Tensor:
        """`squash` of each of the capsules that lie side by side: [N, aspects·size] → the same."""
        square = s.square() @ self.gather
        return s * ((torch.sqrt(square + 1e-7) / (1 + square)) @ self.gather.T)


def share(length: Tensor) -> Tensor:
    """A capsule's length as an aspect in 0–1."""
    return ((length - LOW) / (HIGH - LOW)).clamp(0, 1)


def length(share: Tensor) -> Tensor:
    """An aspect in 0–1 as the length that is asked of its capsule."""
    return LOW + (HIGH - LOW) * share
