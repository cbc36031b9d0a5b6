"""川渝 set: sensor faults in six spice levels, on inputs in the model's units."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .faults import behind, blinks, browning, coughs, dropouts, lens, swings
from .units import AUDIO, EEG, EEG_CLIP, EEG_HZ, EEG_UV, FRAME_HZ, HOP_S, THERMAL, mel_add, mel_centres, mel_measured

LEVELS = range(6)
SIZZLE_HZ = 2_000.0
BLINK = np.array([1.0, 0.95, 0.14, 0.14, 0.05, 0.05, 0.03, 0.03])
"""A blink's height at Fp1, Fp2, C3, C4, P7, P8, O1, O2, as the simulator's scalp has it."""
SWING_UV = 180.0
"""Swing of blinks that masks a channel: with the EEG beneath it comes to the 225 at which the features call one bad."""
CHANGED = {"eeg_new", "eeg_mask", "eeg_tail", "mel_new", "mel_tail", "thermal", "quality", "heat", "dose"}


def spice(x: dict[str, Tensor], level: int | Sequence[int], rng: np.random.Generator, step_s: float = 1.0) -> dict[str, Tensor]:
    """Inputs at a spice level of 0 (as they are) to 5, one for all cooks or one each; those given are not changed.

    Lens oil (τ −0.04·s; the wall's temperature and the dose follow), blinks ×(1 + 0.4·s) (a channel that swings too far is masked,
    and the quality loses its share), coughs, sizzle +2·s dB in the bands above 2 kHz, dropouts (arrays, masks, quality and what is
    derived go to 0). Audio's and the camera's quality sees no other fault, nor does the daemon's. A masked sensor stays masked.

    Against the simulator's own chili cooks: the same for the lens, but where the camera was at the end of its range; the sizzle
    is the upper bound, as here all that sounds above 2 kHz is raised and there the sizzle alone.

    Shapes: [B, T, ...] of the step's inputs, rows `step_s` apart (0.2: every hop); `eeg_tail` and `mel_tail`, the ends of the
    hops before, are changed alike where they are there. Source: design choice of the chili-oil test, as in the simulator.
    """
    rows = torch.arange(x["quality"].shape[1]).double() * step_s
    levels = [level] * len(x["quality"]) if isinstance(level, int) else list(level)
    if len(levels) != len(x["quality"]) or not set(levels) <= set(LEVELS):
        raise ValueError(f"a spice level of 0 to 5, or one for each of {len(x['quality'])} cooks, not {level}")
    out = {k: v.clone() if k in CHANGED else v for k, v in x.items()}
    for cook, s in enumerate(levels):
        if s > 0 and len(rows) > 0:
            _season({k: out[k][cook] for k in CHANGED & set(out)}, s, rng, rows)
    return out


def _season(x: dict[str, Tensor], s: int, rng: np.random.Generator, rows: Tensor) -> None:
    """One cook, in place: [T, ...]. A hop's time of lead keeps the tails of the first row within the tracks."""
    seconds, start = float(rows[-1]) + 3 * HOP_S, rows + HOP_S
    blink, cough, gone = (torch.from_numpy(make(seconds, s, rng)) for make in (blinks, coughs, dropouts))
    seen = x["quality"][:, THERMAL] > 0
    x["thermal"][seen] = lens(x["thermal"][seen], s)
    warm = seen & (x["heat"][:, 0] > 0)
    x["heat"][warm, 0] = behind(x["heat"][warm, 0], 1 - 0.04 * s)
    if "dose" in x:
        x["dose"].copy_(torch.log1p(torch.expm1(x["dose"]) * browning(s)))
    steady = torch.from_numpy(np.outer(swings(blink.numpy()), BLINK) < SWING_UV) & ~gone[EEG][:, None]
    loud = torch.where(mel_centres() > SIZZLE_HZ, 10 ** (2.0 * s / 10), 1.0).reshape(-1, 1)
    for eeg, mel, late in (("eeg_new", "mel_new", 0), ("eeg_tail", "mel_tail", 1)):
        hop = (start / HOP_S).round().long() - late
        if eeg in x:
            n = x[eeg].shape[-1]
            ticks = (start * EEG_HZ).round().long()[:, None] - late * n + torch.arange(n)
            there = (x["eeg_mask"] * steady[hop])[:, :, None]
            more = torch.from_numpy(BLINK)[:, None] * blink[ticks][:, None] / EEG_UV
            x[eeg].copy_(((x[eeg] + more).clamp(-EEG_CLIP, EEG_CLIP) * there).to(x[eeg].dtype))
        if mel in x:
            n = x[mel].shape[-1]
            frames = (start * FRAME_HZ).round().long()[:, None] - late * n + torch.arange(n)
            there = mel_measured(x[mel]) & ~gone[AUDIO, hop][:, None, None]
            x[mel].copy_(torch.where(there, mel_add(x[mel], loud, cough[:, frames].transpose(0, 1)), 0.0))
    hop = (start / HOP_S).round().long()
    x["quality"][:, :3] *= ~gone[:, hop].T
    before = x["eeg_mask"].sum(1)
    x["eeg_mask"] *= steady[hop]
    left = x["eeg_mask"].sum(1) / before.clamp(min=1)
    x["quality"][:, EEG] *= torch.where(left < 0.5, 0.0, left)
    x["thermal"][gone[THERMAL, hop]] = 0
    for name in {"heat", "dose"} & set(x):
        x[name][gone[THERMAL, hop], 0] = 0
    x["heat"][(x["quality"][:, [AUDIO, THERMAL]] == 0).all(-1), 1] = 0
