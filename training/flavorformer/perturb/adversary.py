"""FGSM and PGD: how far a small, wilful change of the inputs moves the score."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .units import AUDIO, EEG, EEG_CLIP, EEG_UV, MEL_PER_DB, THERMAL, THERMAL_C, mel_measured

Score = Callable[[dict[str, Tensor]], Tensor]
"""The inputs to a score of any shape; its sum is moved. Rows of a batch must not depend on each other."""


@dataclass(frozen=True)
class Reach:
    """ε, the largest change of a value, of each input in its own unit; 0 leaves it alone."""

    thermal_c: float = 1.0
    """°C; 1–2 K is what a thermal module states as its accuracy (MLX90640)."""
    eeg_uv: float = 5.0
    """µV."""
    mel_db: float = 1.0
    """dB."""

    def units(self) -> dict[str, float]:
        """ε in the model's units, by input."""
        return {"thermal": self.thermal_c / THERMAL_C, "eeg_new": self.eeg_uv / EEG_UV, "mel_new": self.mel_db * MEL_PER_DB}


def _there(x: dict[str, Tensor], name: str) -> Tensor:
    """1 where a value was measured, else 0, broadcast to the input: quality above 0, and the channel or frame there."""
    seen = (x["quality"] > 0).float()
    if name == "thermal":
        return seen[..., THERMAL : THERMAL + 1, None, None]
    if name == "eeg_new":
        return seen[..., EEG : EEG + 1, None] * x["eeg_mask"].unsqueeze(-1)
    return seen[..., AUDIO : AUDIO + 1, None] * mel_measured(x["mel_new"])


def _within(name: str, new: Tensor, old: Tensor, reach: Tensor) -> Tensor:
    """The nearest that a sensor could give, within the reach: EEG is clipped, an SD is not negative, a maximum not below its mean."""
    new = torch.minimum(torch.maximum(new, old - reach), old + reach)
    if name == "eeg_new":
        new = new.clamp(-EEG_CLIP, EEG_CLIP)
    elif name == "thermal":
        mean, sd, top = new.unbind(-3)
        new = torch.stack([mean, sd.clamp(min=0), torch.maximum(top, mean)], -3)
    # Where the old value kept to what a sensor gives, so does the nearer end of the reach.
    new = torch.minimum(torch.maximum(new, old - reach), old + reach)
    return torch.where(reach > 0, new, old)


def pgd(
    score: Score,
    x: dict[str, Tensor],
    reach: Reach | None = None,
    up: bool = True,
    steps: int = 10,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """Projected gradient: x ← Π(x + α·sign ∂score/∂x), α = 2.5·ε/steps, from a random start within ε; up or down.

    The projection Π keeps every value within ε of what it was and what a sensor can give; what is masked (quality or
    `eeg_mask` 0, a frame not measured) is not touched, nor are heat, dose and the tails, which the daemon derives apart:
    so the change is one of these arrays alone. Gradients of parameters are left as they were.

    Shapes: inputs [B, ...] or [B, T, ...] in the model's units, of which thermal, eeg_new and mel_new are changed where they
    are there → new inputs, detached. Source: Madry et al. 2018; the default reach is a design choice.
    """
    if steps < 1:
        raise ValueError(f"{steps} steps go nowhere")
    start = {name: v.detach() for name, v in x.items()}
    limits = {name: e * _there(start, name) for name, e in (reach or Reach()).units().items() if name in start and e > 0}
    sign = 1.0 if up else -1.0
    moved = {}
    for name, limit in limits.items():
        noise = torch.rand(start[name].shape, generator=generator).to(start[name]) * 2 - 1 if steps > 1 else torch.zeros_like(start[name])
        moved[name] = _within(name, start[name] + noise * limit, start[name], limit)
    for _ in range(steps if moved else 0):
        leaves = {name: v.clone().requires_grad_() for name, v in moved.items()}
        with torch.enable_grad():
            gradients = torch.autograd.grad(score({**start, **leaves}).sum(), list(leaves.values()), allow_unused=True)
        for (name, old), gradient in zip(moved.items(), gradients, strict=True):
            if gradient is not None:
                pace = limits[name] * (2.5 / steps if steps > 1 else 1.0)
                moved[name] = _within(name, old + sign * pace * gradient.sign(), start[name], limits[name])
    return {**start, **moved}


def fgsm(score: Score, x: dict[str, Tensor], reach: Reach | None = None, up: bool = True) -> dict[str, Tensor]:
    """Fast gradient sign: one step of ε, x + ε·sign ∂score/∂x; else as `pgd`. Source: Goodfellow et al. 2015."""
    return pgd(score, x, reach, up, steps=1)
