"""Plain running statistics of cooks that `wokd features` wrote: what a baseline may see."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .cooks import HOP_S, Tensors, indices
from .errors import SHARES

BANDS = 8
CHUNK = 256
# Per row: wall, toss, dose, 8 bands of log-mel, mean, SD and maximum of the thermal picture, 4 qualities.
SCALARS = 3 + BANDS + 3 + 4
RECIPE = 24
# Elapsed time (ln(1 + s)) first, then the recipe's vector, then mean, maximum and last value of every scalar.
CLOCK = slice(0, 1 + RECIPE)
FEATURES = 1 + RECIPE + 3 * SCALARS


@dataclass(frozen=True)
class Statistics:
    """Cooks: dish and seed [n], final score [n] (points), x [n, 4, FEATURES] at SHARES of the cook; NaN before the first row."""

    dish: np.ndarray
    seed: np.ndarray
    score: np.ndarray
    x: np.ndarray


def scalars(rows: Tensors) -> np.ndarray:
    """A few numbers of each row, the pictures read in chunks: [n, SCALARS]."""
    plain = [rows["heat"], rows["dose"]]
    mel, thermal = rows["mel"], rows["thermal"]
    bands, pictures = [], []
    for at in range(0, len(mel), CHUNK):
        m = mel[at : at + CHUNK].astype(np.float32)
        bands.append(m.reshape(len(m), BANDS, -1).mean(axis=2))
        t = thermal[at : at + CHUNK].astype(np.float32)
        pictures.append(np.stack([t[:, 0].mean((1, 2)), t[:, 1].mean((1, 2)), t[:, 2].max((1, 2))], axis=1))
    return np.concatenate([*plain, np.concatenate(bands), np.concatenate(pictures), rows["quality"]], axis=1).astype(np.float64)


def of_cook(rows: Tensors, seconds: float | None) -> np.ndarray:
    """Time, recipe and running means, maxima and last values at SHARES of a cook: [4, FEATURES]; NaN where no row had ended by then."""
    at = (rows["hop"].astype(np.float64) + 1) * HOP_S
    values, recipe = scalars(rows), rows["recipe"].astype(np.float64)
    out = np.full((len(SHARES), FEATURES), np.nan)
    for i, share in enumerate(SHARES):
        last = int(np.searchsorted(at, share * (at[-1] if seconds is None else seconds) + 1e-6, side="right")) - 1
        if last >= 0:
            seen = values[: last + 1]
            out[i] = np.concatenate([[np.log1p(at[last])], recipe, seen.mean(axis=0), seen.max(axis=0), seen[-1]])
    return out


def load(folders: Iterable[Path], split: str) -> Statistics:
    """The statistics of all cooks of a split in folders (or folders of folders); one cook is in memory at a time."""
    dishes, seeds, scores, xs = [], [], [], []
    for index in (index for folder in folders for index in indices(folder)):
        for row in json.loads(index.read_text())["cooks"]:
            if row["split"] == split:
                xs.append(of_cook(Tensors(index.parent / row["file"]), row.get("seconds")))
                dishes.append(row["dish"])
                seeds.append(int(row["seed"]))
                scores.append(float(row["score"]))
    if not xs:
        raise ValueError(f"no cook of split {split!r} in {[str(f) for f in folders]}")
    return Statistics(np.array(dishes), np.array(seeds), np.array(scores), np.stack(xs))
