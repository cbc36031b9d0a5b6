"""Layers taken out, trained again with the same seeds: what was lost, or that nothing was detected."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.stats import t as student

SEEDS = 5
# Over all seconds of a cook, by which a layer is judged, and at its half and its end.
MOMENTS = ("all", "half", "end")
# Points by seed; None where the training diverged.
Errors = dict[str, float | None]


def resolvable(seeds: int) -> float:
    """Half the 95 % interval of a mean of paired differences in their SD: t(n − 1) / √n, 1.24 for five seeds."""
    return float(student.ppf(0.975, seeds - 1) / np.sqrt(seeds)) if seeds > 1 else float("inf")


def compared(whole: Errors, without: Errors) -> dict:
    """Error without the layer minus error with it, points, over the seeds that both have, with Student's paired 95 % interval.

    `detected` is whether the interval leaves zero out; of fewer than SEEDS pairs nothing is said to be detected. `diverged` are the
    seeds without an error on one side: they are no pairs.
    """
    both = whole.keys() & without.keys()
    seeds = sorted(s for s in both if whole[s] is not None and without[s] is not None)
    difference = np.array([without[s] - whole[s] for s in seeds], float)
    n = len(difference)
    counts = {"seeds": n, "diverged": len(both) - n}
    if n < 2:
        return {"value": float(difference.mean()) if n else np.nan, "low": np.nan, "high": np.nan, **counts, "sd": np.nan, "detected": False}
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    half = resolvable(n) * sd
    detected = n >= SEEDS and (mean - half > 0 or mean + half < 0)
    return {"value": mean, "low": mean - half, "high": mean + half, **counts, "sd": sd, "detected": bool(detected)}


def pairs(row: dict) -> str:
    """How many pairs a comparison rests on, and how many trainings diverged and are none."""
    return f"{row['seeds']}" + f", {row['diverged']} diverged" * bool(row["diverged"])


def at(errors: dict[str, Errors | dict[str, Errors]], moment: str) -> dict[str, Errors]:
    """The errors of one moment of a cook, {name: {seed: error}}; a plain number is that of all seconds, and of no other moment."""
    out: dict[str, Errors] = {}
    for name, of_seed in errors.items():
        for seed, error in of_seed.items():
            by_moment = error if isinstance(error, dict) else {MOMENTS[0]: error}
            if moment in by_moment:
                out.setdefault(name, {})[seed] = by_moment[moment]
    return out


def figures(files: list[dict], whole: str = "whole") -> dict:
    """Every layer against the whole model of its own file.

    files: as `ablate` wrote them, {"budget": …, "errors": {name: {seed: {moment: error in points}}}}, or {name: {seed: error}} alone;
    one of the names is the whole model's. `of` judges by all seconds, and holds the other moments beside it.
    """
    of: dict[str, dict] = {}
    for file in files:
        errors = file.get("errors", file)
        by_moment = {moment: at(errors, moment) for moment in MOMENTS}
        for name in (name for name in errors if name != whole):
            if name in of:
                raise ValueError(f"two files say what {name} is worth")
            found = {m: compared(e[whole], e[name]) for m, e in by_moment.items() if whole in e and name in e}
            of[name] = found.pop(MOMENTS[0]) | found
    what = (
        f"error without the layer minus error with it on validation cooks, points, each trained anew at a small budget, paired by seed; {SEEDS} seeds "
        f"resolve ±{resolvable(SEEDS):.2f} SD of the differences, and of {len(of)} layers that are worth nothing {len(of) / 20:.1f} would be detected by chance"
    )
    return {"what": what, "budgets": [file["budget"] for file in files if "budget" in file], "of": of}


def read(files: Iterable[Path]) -> dict:
    """The figures of some JSON files of errors."""
    return figures([json.loads(file.read_text(encoding="utf-8")) for file in files])
