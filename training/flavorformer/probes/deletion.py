"""Whether attention points at what matters: the most attended sensor is taken away where the peanuts go in."""

import numpy as np
import torch
from torch import Tensor

from ..report.bootstrap import column, stated
from ..report.cooks import PHASES
from ..stages.embed import Tokens, batch
from ..stages.sequence import inputs
from ..step import Flavorformer
from .bench import Bench, Said, by_dish

DISH = "gong-bao"
REDUCE = PHASES.index("reduce")
# Seconds before and after the change of phase; peanuts, chilies and vinegar take 10–15 s.
BEFORE, AFTER = 5, 15
# Random choices, windows and sensors, that are averaged.
DRAWS = 4
# How near in quality a sensor is that takes the most attended one's place.
LIKE = 0.25
WAYS = ("most", "least", "other")
PICTURE_S = 5


def chosen(attention: np.ndarray, quality: np.ndarray, way: str, rng: np.random.Generator) -> np.ndarray:
    """Which sensor is taken away each second, −1 where fewer than two are there: attention and quality [T, 3] → [T].

    The most attended, the least attended, or another than the most attended at random, of like quality where there is one.
    """
    there = quality > 0
    most = np.where(there, attention, -1.0).argmax(1)
    if way == "most":
        out = most
    elif way == "least":
        out = np.where(there, attention, 2.0).argmin(1)
    else:
        others = there & (np.arange(there.shape[1]) != most[:, None])
        like = others & (np.abs(quality - np.take_along_axis(quality, most[:, None], 1)) <= LIKE)
        among = np.where(like.any(1, keepdims=True), like, others)
        out = np.where(among, rng.random(among.shape), -1.0).argmax(1)
    return np.where(there.sum(1) > 1, out, -1)


@torch.no_grad()
def finals(model: Flavorformer, x: dict[str, Tensor], gone: np.ndarray, rows: int = 20_000) -> np.ndarray:
    """Final scores (points) of one cook, x [1, T, …], with sensors taken away: gone [B, T], −1 for none → [B]."""
    quality = x["quality"].repeat(len(gone), 1, 1)
    which, when = np.nonzero(gone >= 0)
    quality[which, when, gone[which, when]] = 0
    out = []
    for part in quality.split(max(1, rows // gone.shape[1])):
        many = {k: v.expand(len(part), *v.shape[1:]) for k, v in x.items()} | {"quality": part}
        out.append(model.sequence(inputs(many))["score"][:, -1, 2])
    return torch.cat(out).numpy().astype(np.float64)


def within(picks: np.ndarray, start: int, length: int) -> np.ndarray:
    """Picks of a window only, −1 outside it: [T] → [T]."""
    out = np.full(len(picks), -1)
    out[start : start + length] = picks[start : start + length]
    return out


def peanuts(phase: np.ndarray) -> int | None:
    """The window's first second, from the start of `reduce`; None where it never came."""
    changed = np.flatnonzero(phase == REDUCE)
    return max(0, int(changed[0]) - BEFORE) if len(changed) else None


def moved(model: Flavorformer, tokens: Tokens, said: Said, rng: np.random.Generator) -> np.ndarray:
    """How far the final score moves, points, by WAYS at the peanuts, then by WAYS in random windows: [6]; NaN without a window."""
    start, length = peanuts(tokens.phase.numpy()), BEFORE + AFTER
    if start is None or tokens.seconds < 3 * length:
        return np.full(2 * len(WAYS), np.nan)
    attention, quality = said.attention[:, :3], tokens.plain["quality"].numpy()[:, :3]
    starts = [s for s in range(tokens.seconds - length) if abs(s - start) >= length]
    gone = []
    for drawn in [[start] * DRAWS, rng.choice(starts, DRAWS)]:
        for way in WAYS:
            gone += [within(chosen(attention, quality, way, rng), s, length) for s in drawn]
    change = np.abs(finals(model, batch([tokens]), np.stack(gone)) - said.median[-1])
    return change.reshape(-1, DRAWS).mean(1)


def pictured(model: Flavorformer, tokens: Tokens, said: Said) -> dict:
    """One cook for a picture: attention and phase by second, and how far the final score moves where a few seconds are deleted."""
    attention, quality = said.attention, tokens.plain["quality"].numpy()[:, :3]
    x, rng, curves = batch([tokens]), np.random.default_rng(4), {}
    for way in ("most", "other"):
        picks = chosen(attention[:, :3], quality, way, rng)
        gone = np.stack([within(picks, max(0, s - PICTURE_S // 2), PICTURE_S) for s in range(tokens.seconds)])
        curves[way] = (finals(model, x, gone) - said.median[-1]).round(3).tolist()
    start = peanuts(tokens.phase.numpy())
    return {
        "dish": tokens.dish,
        "seed": tokens.seed,
        "window": [start, start + BEFORE + AFTER],
        "seconds": PICTURE_S,
        "attention": attention.round(4).tolist(),
        "phase": tokens.phase.tolist(),
        "moved": curves,
    }


def verdict(found: dict) -> str:
    """In words what the differences say."""
    more, there = found["most_less_other"], found["peanuts_less_elsewhere"]
    one = "more" if more["low"] > 0 else "less" if more["high"] < 0 else "not detectably more"
    two = "more" if there["low"] > 0 else "less" if there["high"] < 0 else "not detectably more"
    points = "points" if more["low"] > 0 else "does not point"
    return (
        f"At the peanuts the most attended sensor moves the final score {one} than another of like quality, and {two} than the most attended sensor "
        f"elsewhere: attention {points} at what matters there"
    )


def figures(bench: Bench) -> dict:
    """How far deletions at the peanuts and elsewhere move the final score, points, and one cook for the picture."""
    of_dish = [(tokens, said) for (cook, tokens), said in zip(bench.val, bench.said, strict=True) if cook.dish == DISH]
    rng = np.random.default_rng(3)
    rows = [moved(bench.model, tokens, said, rng) for tokens, said in of_dish]
    what = (
        f"{DISH}: a sensor is masked, second by second, in the {BEFORE + AFTER} s around the change to `reduce`, where peanuts, chilies and vinegar go in, "
        "or in random windows of that length; size of the final score's change, points. most, least: by the model's own attention; other: another sensor "
        f"at random, of like quality (within {LIKE:g}). Seconds with fewer than two sensors are left alone. The simulator pours the slurry there and knows "
        "no peanuts"
    )
    if not any(np.isfinite(row).all() for row in rows):
        return {"what": what, "cooks": 0}
    values, k = by_dish([DISH] * len(rows), rows), len(WAYS)
    found = {
        "what": what,
        "peanuts": {way: stated(values, column(i)) for i, way in enumerate(WAYS)},
        "elsewhere": {way: stated(values, column(k + i)) for i, way in enumerate(WAYS)},
        "most_less_other": stated(values, lambda m: m[..., 0] - m[..., 2]),
        "most_less_least": stated(values, lambda m: m[..., 0] - m[..., 1]),
        "peanuts_less_elsewhere": stated(values, lambda m: m[..., 0] - m[..., k]),
    }
    found["verdict"] = verdict(found)
    # The cook of median effect, neither the best nor the worst to look at.
    known = [i for i, row in enumerate(rows) if np.isfinite(row).all()]
    typical = sorted(known, key=lambda i: rows[i][0])[(len(known) - 1) // 2]
    return found | {"cook": pictured(bench.model, *of_dish[typical])}
