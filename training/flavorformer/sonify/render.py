"""From steps (epochs of a training, seconds of a cook) to sound."""

from dataclasses import dataclass

import numpy as np

from .wave import RATE, band_noise, impact

SIZZLE_HZ = (2_000.0, 12_000.0)
FRYING_HZ = {"eeg": (300.0, 500.0), "audio": (500.0, 800.0), "thermal": (800.0, 1_200.0), "memory": (1_200.0, 1_900.0)}
SIZZLE_RMS, FRYING_RMS, IMPACT_PEAK = 0.12, 0.05, 0.25
"""Levels at a level or share of 1, full scale 1: all together stay below full scale but for rare peaks."""
IMPACTS_PER_CHANGE, MOST_IMPACTS = 40.0, 8.0
"""Impacts a second at a complete change of attention in one step, and at most."""
RAMP_S = 0.01


@dataclass
class Steps:
    """What is heard, step by step: `loss` [n] (≥ 0; no number is as loud as it gets), `attention` [n, 4] (shares of eeg,
    audio, thermal, memory), `silent` [n] (nothing is known here); `still_s`, the seconds of silence after the last."""

    loss: np.ndarray
    attention: np.ndarray
    silent: np.ndarray
    still_s: float = 0.0


@dataclass
class Layers:
    """The layers of a sound, [samples] each."""

    sizzle: np.ndarray
    frying: np.ndarray
    spatula: np.ndarray

    def mix(self) -> np.ndarray:
        """Their sum."""
        return self.sizzle + self.frying + self.spatula


def level(loss: np.ndarray, reference: float) -> np.ndarray:
    """Loudness of a loss, 0–1: l²/(l² + r²), monotone, a half at the reference r; 1 where the loss is no number."""
    loss = np.asarray(loss, float)
    square = np.square(np.clip(np.where(np.isfinite(loss), loss, 0), 0, 1e6))
    return np.where(np.isfinite(loss), square / (square + reference**2), 1.0)


def change(attention: np.ndarray) -> np.ndarray:
    """How much attention moved since the step before, 0–1: the total variation ½Σ|Δ|. [n, 4] → [n], 0 first."""
    return np.concatenate([[0.0], 0.5 * np.abs(np.diff(attention, axis=0)).sum(1)])


def render(steps: Steps, step_s: float, reference: float = 1.0, seed: int = 0) -> Layers:
    """The sound of n steps of `step_s` seconds each, and the silence after: deterministic by seed.

    - sizzle: noise of 2–12 kHz, RMS 0.12·`level(loss)`;
    - frying: a noise band for each of eeg, audio, thermal and memory between 300 and 1900 Hz, RMS 0.05·share;
    - spatula: impacts below 180 Hz, 40·`change(attention)` a second and at most 8;
    - silence where a step is silent, and `still_s` of it at the end.

    Levels are held through a step and ramped over 20 ms between two. Source: design choice; 2–12 kHz is the band that
    the simulator gives to sizzle.
    """
    n = len(steps.loss)
    if n == 0:
        raise ValueError("there is nothing to hear")
    if step_s <= 4 * RAMP_S:
        raise ValueError(f"a step must be heard for more than {4 * RAMP_S} s, not {step_s}")
    rng = np.random.default_rng(seed)
    samples = round(n * step_s * RATE)
    open_gate = np.where(steps.silent, 0.0, 1.0)
    known = np.where(steps.silent[:, None], 0.0, steps.attention)

    sizzle = SIZZLE_RMS * band_noise(rng, samples, *SIZZLE_HZ) * _held(level(steps.loss, reference) * open_gate, step_s, samples)
    frying = np.zeros(samples)
    for band, shares in zip(FRYING_HZ.values(), known.T, strict=True):
        frying += FRYING_RMS * band_noise(rng, samples, *band) * _held(shares, step_s, samples)

    # Across a gap nobody knows when attention moved.
    after_gap = np.concatenate([[False], steps.silent[:-1]])
    rate = np.minimum(IMPACTS_PER_CHANGE * change(known), MOST_IMPACTS) * np.where(after_gap | steps.silent, 0.0, 1.0)
    spatula = _impacts(rng, rate, step_s, samples) * _held(open_gate, step_s, samples)
    still = np.zeros(round(steps.still_s * RATE))
    return Layers(*(np.concatenate([layer, still]) for layer in (sizzle, frying, spatula)))


def _held(values: np.ndarray, step_s: float, samples: int) -> np.ndarray:
    """A value a step to one a sample: held, with ramps between steps and at both ends."""
    starts = np.arange(len(values)) * step_s
    knots = np.stack([starts + RAMP_S, starts + step_s - RAMP_S], 1).reshape(-1)
    end = len(values) * step_s
    return np.interp(np.arange(samples) / RATE, [0.0, *knots, end], [0.0, *np.repeat(values, 2), 0.0])


def _impacts(rng: np.random.Generator, rate: np.ndarray, step_s: float, samples: int) -> np.ndarray:
    """Impacts at the times when the integral of the rate passes ½, 1½, 2½ …"""
    counted = np.concatenate([[0.0], np.cumsum(rate * step_s)])
    marks = np.arange(0.5, counted[-1], 1.0)
    out = np.zeros(samples)
    for at in np.interp(marks, counted, np.arange(len(counted)) * step_s):
        sound = IMPACT_PEAK * rng.uniform(0.7, 1.0) * impact(rng.uniform(80, 110))
        start = int(at * RATE)
        part = sound[: samples - start]
        out[start : start + len(part)] += part
    return out
