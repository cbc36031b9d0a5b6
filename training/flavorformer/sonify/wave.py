"""Noise, impacts and the file."""

import wave
from pathlib import Path

import numpy as np

RATE = 44_100
"""Samples a second."""


def band_noise(rng: np.random.Generator, samples: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Gaussian noise [samples] with nothing outside a band and an RMS of 1: a spectrum of random phase, cut sharp."""
    if samples == 0:
        return np.zeros(0)
    hz = np.fft.rfftfreq(samples, 1 / RATE)
    spectrum = rng.normal(size=(2, len(hz))) * ((hz >= low_hz) & (hz <= high_hz))
    noise = np.fft.irfft(spectrum[0] + 1j * spectrum[1], samples)
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12)


def impact(base_hz: float) -> np.ndarray:
    """A spatula against the wok, heard through the table: two damped modes, peak about 1.

    y(t) = a(t)·e^(−t/τ)·(sin 2πft + 0.6·sin 2π·1.5ft)/1.5, τ = 60 ms, with a raised-cosine attack a of 8 ms, so that
    nothing clicks; for f from 80 to 110 Hz both modes are below 180 Hz (a damped mode is some 3 Hz wide).
    Source: sums of damped modes (van den Doel & Pai 1998); the numbers are design choices.
    """
    t = np.arange(int(0.36 * RATE)) / RATE
    attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(t / 0.008, 1))
    modes = np.sin(2 * np.pi * base_hz * t) + 0.6 * np.sin(2 * np.pi * 1.5 * base_hz * t)
    return attack * np.exp(-t / 0.06) * modes / 1.5


def write_wav(path: Path | str, samples: np.ndarray) -> None:
    """Writes samples [n], full scale ±1 (clipped there), as a mono WAV of 16 bits at `RATE`."""
    pcm = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.tobytes())
