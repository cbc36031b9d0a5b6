"""Desynchronisation of mu over C3 and C4 with movement, as far as single hops a second can show it."""

import numpy as np

from ..layers import WIDTH
from ..perturb.units import EEG, EEG_HZ, EEG_UV
from ..report.bootstrap import column, stated
from ..shards import Cook
from ..stages.embed import Tokens
from .bench import Bench, by_dish
from .columns import r2, r2_row
from .eeg import C3, C4, TOSS
from .linear import fitted

SECONDS = 4
MU_HZ = np.arange(8.0, 12.5, 1.0)
# Windows of each dish that the probe is trained on.
WINDOWS = 3000
LIMITS = (
    "A token sees 0.256 s, which resolves 3.9 Hz: its 8–12 Hz hold theta and the toss's harmonics at 6, 9 and 12 Hz too, so that from one-hop tokens "
    "desynchronisation cannot be told from the artefact of movement. The features hold one hop a second: 4 s are four hops, not a continuous stretch, "
    "and the 1–2 s before a movement cannot be resolved. Desynchronisation would be a change below 0 (literature: −20 to −60 %)."
)


def mu_power(eeg: np.ndarray) -> np.ndarray:
    """Mean of the Hann-tapered periodogram over 8–12 Hz and over the channels: [..., channels, ticks] µV at 250 Hz → [...] µV²/Hz."""
    n = eeg.shape[-1]
    taper = np.hanning(n)
    wave = np.exp(-2j * np.pi * MU_HZ[:, None] * np.arange(n) / EEG_HZ) * taper
    centred = eeg - eeg.mean(-1, keepdims=True)
    return (np.abs(centred @ wave.T) ** 2).mean((-1, -2)) * 2 / (EEG_HZ * (taper**2).sum())


def windows(cook: Cook, tokens: Tokens, limit: int | None = None, rng: np.random.Generator | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows of four rows that all have C3 and C4, all or `limit` of them drawn.

    Mean token [w, 96], log power [w] (dB), movement [w] (1 in all rows, 0 in none, else NaN).
    """
    n = cook.seconds // SECONDS * SECONDS
    mask, quality = tokens.plain["eeg_mask"].numpy()[:n], tokens.plain["quality"].numpy()[:n, EEG]
    there = (mask[:, [C3, C4]].all(1) & (quality > 0)).reshape(-1, SECONDS).all(1)
    which = np.flatnonzero(there)
    if limit is not None and limit < len(which):
        which = np.sort(rng.choice(which, limit, replace=False))
    rows = which[:, None] * SECONDS + np.arange(SECONDS)
    eeg = np.asarray(cook.rows["eeg"])[rows.ravel()][:, [C3, C4]].astype(np.float32) * EEG_UV
    power = 10 * np.log10(mu_power(eeg).reshape(rows.shape).mean(1) + 1e-6)
    moves = (np.asarray(cook.rows["latent"])[rows, TOSS] > 0).mean(1)
    token = tokens.unseen[rows.ravel(), 0].float().numpy().reshape(*rows.shape, WIDTH).mean(1)
    return token, power, np.where((moves == 0) | (moves == 1), moves, np.nan)


def change(power: np.ndarray, moving: np.ndarray) -> float:
    """Mean log power while moving less that while still, dB; NaN where a cook has only one of them."""
    return power[moving == 1].mean() - power[moving == 0].mean() if (moving == 1).any() and (moving == 0).any() else np.nan


def figures(bench: Bench) -> dict:
    """The change with movement, as measured and as the token tells it, and how well it tells the power at all."""
    rng = np.random.default_rng(2)
    count = {d: sum(c.dish == d for c, _ in bench.train) for d in {c.dish for c, _ in bench.train}}
    x, y = [], []
    for cook, tokens in bench.train:
        token, power, _ = windows(cook, tokens, -(-WINDOWS // count[cook.dish]), rng)
        x.append(token)
        y.append(power)
    out = {"what": f"log power of 8–12 Hz at C3 and C4 over {SECONDS} s; change: moving less still, by cook", "limits": LIMITS}
    if not sum(map(len, y)):
        return out | {"windows": 0}
    probe = fitted(np.concatenate(x), np.concatenate(y))
    rows, n = [], 0
    for cook, tokens in bench.val:
        token, power, moving = windows(cook, tokens)
        said = probe(token) if len(power) else power
        rows.append(np.array([*r2_row(said, power), change(power, moving), change(said, moving)]))
        n += len(power)
    values = by_dish([c.dish for c, _ in bench.val], rows)
    return out | {
        "windows": n,
        "token_r2": stated(values, r2),
        "change_db": stated(values, column(3)),
        "change_percent": stated(values, lambda m: 100 * (10 ** (m[..., 3] / 10) - 1)),
        "token_change_db": stated(values, column(4)),
    }
