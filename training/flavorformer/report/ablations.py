"""Layers taken out, trained again with the same seeds: what was lost, or that nothing was detected."""

import json
from pathlib import Path

import numpy as np
from scipy.stats import t as student

SEEDS = 5


def resolvable(seeds: int) -> float:
    """Half the 95 % interval of a mean of paired differences in their SD: t(n − 1) / √n, 1.24 for five seeds."""
    return float(student.ppf(0.975, seeds - 1) / np.sqrt(seeds)) if seeds > 1 else float("inf")


def compared(whole: dict[str, float], without: dict[str, float]) -> dict:
    """Error without the layer minus error with it, points, over the seeds that both have, with Student's paired 95 % interval.

    `detected` is whether the interval leaves zero out; of fewer than SEEDS pairs nothing is said to be detected.
    """
    seeds = sorted(whole.keys() & without.keys())
    difference = np.array([without[s] - whole[s] for s in seeds], float)
    n = len(difference)
    if n < 2:
        return {"value": float(difference.mean()) if n else np.nan, "low": np.nan, "high": np.nan, "seeds": n, "sd": np.nan, "detected": False}
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    half = resolvable(n) * sd
    detected = n >= SEEDS and (mean - half > 0 or mean + half < 0)
    return {"value": mean, "low": mean - half, "high": mean + half, "seeds": n, "sd": sd, "detected": bool(detected)}


def figures(errors: dict[str, dict[str, float]], whole: str = "whole") -> dict:
    """Every layer against the whole model: {name: {seed: error in points}}, one of the names being the whole model's."""
    return {
        "what": f"error without the layer minus error with it, points, paired by seed; {SEEDS} seeds resolve ±{resolvable(SEEDS):.2f} SD of the differences",
        "of": {name: compared(errors[whole], of_seed) for name, of_seed in errors.items() if name != whole},
    }


def read(file: Path) -> dict:
    """The figures of a JSON file of errors by name and seed."""
    return figures(json.loads(file.read_text()))
