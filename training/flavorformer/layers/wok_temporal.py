"""Wok Temporal Embedding: positions whose rate follows the wok."""

import math

import torch
from torch import Tensor, nn

PHASES = 8


class WokTemporal(nn.Module):
    """Sines and cosines of phases that run faster on a hotter, livelier wok.

    dφ_k/dt = w_k·(1 + a_T·(T/T₀ − 1) + a_f·(f/f₀) + a_D·d₀·D), w_k geometric from 2π/4 s to 2π/20 min;
    T₀ = 150 °C, f₀ = 3.14 Hz and d₀ = 0.01 are learned from these starts. Phases are float64 and kept
    in [0, 2π): float32 would lose them within a cook.

    Shapes: heat [N, 2] (°C / 100, Hz), dose [N, 1] (ln(1 + s)) → rates [N, 8] float64 (rad/s);
    phase [N, 8] float64 → embedding [N, 16]. Source: sinusoids of Vaswani et al. 2017; that heat and toss set their pace is a design choice.
    """

    def __init__(self) -> None:
        super().__init__()
        periods = torch.logspace(math.log10(4.0), math.log10(1200.0), PHASES, dtype=torch.float64)
        self.register_buffer("base", 2 * math.pi / periods)
        self.temperature = nn.Parameter(torch.tensor(1.5))
        self.toss = nn.Parameter(torch.tensor(3.14))
        self.dose = nn.Parameter(torch.tensor(0.01))
        self.mix = nn.Parameter(torch.tensor([0.1, 0.1, 1.0]))

    def rate(self, heat: Tensor, dose: Tensor) -> Tensor:
        warm = torch.where(heat[:, :1] > 0, heat[:, :1] / self.temperature - 1, 0.0)
        weight = torch.stack([self.mix[0], self.mix[1] / self.toss, self.mix[2] * self.dose])
        pace = 1 + torch.cat([warm, heat[:, 1:], dose], -1) @ weight.unsqueeze(1)
        return self.base * pace.clamp(0.2, 5.0).double()

    @staticmethod
    def wrap(phase: Tensor) -> Tensor:
        return phase - 2 * math.pi * torch.floor(phase / (2 * math.pi))

    @staticmethod
    def embed(phase: Tensor) -> Tensor:
        # Wrapped, a phase fits float32; ONNX Runtime has no float64 cosine.
        small = phase.float()
        return torch.cat([torch.sin(small), torch.cos(small)], -1)
