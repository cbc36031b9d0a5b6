"""Attention over the sensors' tokens of a hop."""

import torch
from torch import Tensor, nn

from . import WIDTH


class ModalityAttention(nn.Module):
    """Flavour masking: z = Σ w_m·V_m·token_m, weighed by a learned score plus the logarithm of their quality.

    A token of quality 0 gets the weight 0 exactly. Source: additive attention (Bahdanau et al. 2015); the mask by quality is a design choice.
    Shapes: tokens [N, M, 96], quality [N, M] →
    [N, 96], weights [N, M] (sum 1, or 0 where nothing is there).
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.score = nn.Linear(WIDTH, 1)
        self.bias = nn.Parameter(torch.zeros(tokens))
        # Each encoder has a basis of its own, so each modality has values of its own.
        self.value = nn.Linear(tokens * WIDTH, WIDTH)

    def forward(self, tokens: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        score = ((tokens @ self.score.weight.T).squeeze(-1) + (self.bias + self.score.bias)).clamp(-8, 8)
        weight = torch.exp(score) * quality
        weight = weight / weight.sum(-1, keepdim=True).clamp(min=1e-9)
        return self.value((tokens * weight.unsqueeze(-1)).flatten(1)), weight
