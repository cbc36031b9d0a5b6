"""The units of the model's inputs, as the daemon's features define them.

- eeg: µV / 50, clipped to ±10; 8 sites Fp1, Fp2, C3, C4, P7, P8, O1, O2; 250 Hz.
- mel: (ln(p + 10⁻¹⁰) + 12) / 3.5, p the power of a band relative to a full-scale sine; 64 bands on Slaney's scale from 50
  to 8000 Hz; a frame every 10 ms, each of 25 ms. A frame that was not measured is 0 in every band.
- thermal: °C / 100; mean, SD and maximum of the hop's frames.
- quality, 0–1: eeg, audio, thermal, auxiliary; 0 is not there.
"""

import math

import torch
from torch import Tensor

EEG_UV, EEG_CLIP, EEG_HZ = 50.0, 10.0, 250.0
MEL_SHIFT, MEL_SCALE, MEL_FLOOR = 12.0, 3.5, 1e-10
MEL_PER_DB = math.log(10) / 10 / MEL_SCALE
"""Input units of a decibel of power, well above the floor."""
FRAME_HZ = 100.0
THERMAL_C = 100.0
HOP_S = 0.2
EEG, AUDIO, THERMAL = 0, 1, 2
"""Places in `quality`."""


def _mel(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000) * 27 / math.log(6.4)


def _hz(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


def mel_centres() -> Tensor:
    """Centre frequencies of the bands, Hz: [64] (Slaney 1998)."""
    low, high = _mel(50.0), _mel(8000.0)
    return torch.tensor([_hz(low + (high - low) * (band + 1) / 65) for band in range(64)])


def mel_add(x: Tensor, gain: Tensor, power: Tensor) -> Tensor:
    """Sound at `gain` times its power, and `power` more, in input units: [..., 64, F] → the same; what is floor stays floor."""
    total = torch.exp(x.double() * MEL_SCALE - MEL_SHIFT)
    sound = (total - MEL_FLOOR).clamp(min=0)
    return ((torch.log(total + sound * (gain - 1) + power) + MEL_SHIFT) / MEL_SCALE).to(x.dtype)


def mel_measured(x: Tensor) -> Tensor:
    """Which frames were measured: mel [..., 64, F] → bool [..., 1, F]."""
    return (x != 0).any(-2, keepdim=True)
