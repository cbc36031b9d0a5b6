"""The faults of the 川渝 set one by one: a lens, blinks, coughs, dropouts, at a spice level s of 0 to 5."""

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from .units import EEG_HZ, FRAME_HZ, HOP_S, THERMAL_C, mel_centres

FILM_C, ZERO_K = 38.0, 273.15
COUGHS_A_MINUTE, DROPOUTS_A_MINUTE, DROPOUT_S = 0.25, 0.1, 3.0
"""Bouts of coughing and dropouts of each sensor a level, and a dropout's mean length (exponential)."""


def lens(thermal: Tensor, level: float) -> Tensor:
    """Oil on the lens: transmittance τ = 1 − 0.04·s, and the film's own glow at 38 °C, in T⁴ radiance.

    T'⁴ = τT⁴ + (1 − τ)T_film⁴ (K) for mean and maximum; the SD by the slope of that map, σ' = σ·τ·(T/T')³.
    Shapes: [..., 3, H, W] in °C/100 → the same. Source: the simulator's camera (Stefan–Boltzmann form, film of 38 °C).
    """
    tau = 1 - 0.04 * level
    mean, top = (behind(thermal[..., i, :, :], tau) for i in (0, 2))
    slope = tau * ((thermal[..., 0, :, :] * THERMAL_C + ZERO_K) / (mean * THERMAL_C + ZERO_K)) ** 3
    return torch.stack([mean, thermal[..., 1, :, :] * slope, top], -3)


def behind(x: Tensor, tau: float) -> Tensor:
    """A temperature in °C/100, any shape, seen through oil of transmittance τ: the formula of `lens`."""
    kelvin = x.double() * THERMAL_C + ZERO_K
    return (((tau * kelvin**4 + (1 - tau) * (FILM_C + ZERO_K) ** 4) ** 0.25 - ZERO_K) / THERMAL_C).to(x.dtype)


@lru_cache(1)
def _high_pass() -> np.ndarray:
    """Impulse response, 1.5 s, of the features' high-pass: Butterworth of order 2 at 1 Hz, bilinear."""
    k = np.tan(np.pi / EEG_HZ)
    b0 = 1 / (1 + np.sqrt(2) * k + k * k)
    a1, a2 = 2 * (k * k - 1) * b0, (1 - np.sqrt(2) * k + k * k) * b0
    y = np.zeros(int(1.5 * EEG_HZ) + 2)
    x = np.zeros_like(y)
    x[2] = 1.0
    for i in range(2, len(y)):
        y[i] = b0 * (x[i] - 2 * x[i - 1] + x[i - 2]) - a1 * y[i - 1] - a2 * y[i - 2]
    return y[2:]


def blinks(seconds: float, level: int, rng: np.random.Generator) -> np.ndarray:
    """The blinks that are more than there were, at Fp1 and as the features filter them, µV: [seconds·250].

    Rate ×(1 + 0.4·s) of 10–20 a minute, so 0.4·s of that is added; sin² of 0.2–0.4 s and 100–300 µV, as the simulator's.
    None begins within 0.15 s of the last one's end, and the mean interval (0.45 s of it fixed) is still that of the rate.
    """
    out = np.zeros(round(seconds * EEG_HZ))
    if level == 0:
        return out
    interval, height = 60 / (0.4 * level * rng.uniform(10, 20)), rng.uniform(100, 300)
    at = rng.exponential(interval)
    while at < seconds:
        length = rng.uniform(0.2, 0.4)
        n = int(length * EEG_HZ)
        shape = height * np.convolve(np.sin(np.pi * np.arange(n) / n) ** 2, _high_pass())
        start = int(at * EEG_HZ)
        out[start : start + len(shape)] += shape[: len(out) - start]
        at += length + 0.15 + rng.exponential(interval - 0.45)
    return out


def swings(blink: np.ndarray) -> np.ndarray:
    """Peak to peak of blinks over the 2 s that end with each hop, µV at Fp1: [hops·50] → [hops]. It is what the features' quality sees."""
    hops = blink[: len(blink) // 50 * 50].reshape(-1, 50)
    high, low = (np.concatenate([np.zeros(9), edge]) for edge in (hops.max(1), hops.min(1)))
    windows = np.lib.stride_tricks.sliding_window_view
    return windows(high, 10).max(1) - windows(low, 10).min(1)


def browning(level: float) -> float:
    """What is left of the rate of browning as it is reckoned through the oil: exp(−Ea/R·(1/T' − 1/T)), Ea 110 kJ/mol as the features'.

    Taken at a surface of 175 °C; from 125 to 225 °C it differs by less than a sixth (0.37 at level 4).
    """
    warm = torch.tensor(1.75, dtype=torch.float64)
    seen, true = (float(c) * THERMAL_C + ZERO_K for c in (behind(warm, 1 - 0.04 * level), warm))
    return math.exp(-110_000 / 8.314 * (1 / seen - 1 / true))


def coughs(seconds: float, level: int, rng: np.random.Generator) -> np.ndarray:
    """Coughs as they reach the bands, power relative to a full-scale sine: [64, seconds·100].

    Bouts of two or three, 0.25·s a minute; noise of amplitude 0.12·e^(−t/70 ms) through a band-pass at 750 Hz, Q 0.6, as the
    simulator's: |H|² = 1/(1 + Q²(f/f₀ − f₀/f)²). White noise of variance σ² (1/3) has 0.015·σ² in every band: 4·Σw²/(Σw)² of a
    Hann window of 400. Bins fluctuate: a gamma variate of shape 3.
    """
    f = mel_centres().numpy()
    band = 0.015 / 3 / (1 + (0.6 * (f / 750 - 750 / f)) ** 2)
    envelope = np.zeros(round(seconds * FRAME_HZ))
    for bout in rng.uniform(0, seconds, rng.poisson(COUGHS_A_MINUTE / 60 * level * seconds)):
        for at in bout + np.concatenate([[0.0], np.cumsum(rng.uniform(0.25, 0.45, rng.integers(1, 3)))]):
            start = int(at * FRAME_HZ)
            tail = np.arange(max(min(50, len(envelope) - start), 0)) / FRAME_HZ
            envelope[start : start + len(tail)] += (0.12 * np.exp(-tail / 0.07)) ** 2
    out = np.zeros((len(band), len(envelope)), np.float32)
    heard = np.flatnonzero(envelope)
    out[:, heard] = band[:, None] * envelope[heard] * rng.gamma(3, 1 / 3, (len(band), len(heard)))
    return out


def dropouts(seconds: float, level: int, rng: np.random.Generator) -> np.ndarray:
    """Hops in which eeg, audio, thermal are not there: bool [3, seconds·5]."""
    out = np.zeros((3, round(seconds / HOP_S)), bool)
    for gone in out:
        for at in rng.uniform(0, seconds, rng.poisson(DROPOUTS_A_MINUTE / 60 * level * seconds)):
            gone[int(at / HOP_S) : int((at + rng.exponential(DROPOUT_S)) / HOP_S) + 1] = True
    return out
