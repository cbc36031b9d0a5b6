"""The seed's "8.3 %" measured: how much of the error the Doubanjiang normalisation takes away."""

from collections.abc import Sequence

import numpy as np

from ..report.ablations import SEEDS, resolvable
from .bench import Bench

# What the model without it is called in a file of errors; the first that is there counts.
LAYERS = ("no Doubanjiang", "Doubanjiang 豆瓣酱 → identity")
CLAIM = "claimed: the normalisation, with its cross-modal term, takes 8.3 % off the error. "


def by_seed(errors: dict, name: str) -> dict[str, float]:
    """One name's error over all seconds by seed, points, from either form of the file; a seed whose training diverged is left out."""
    of_seed = errors.get("errors", errors).get(name, {})
    plain = {seed: error["all"] if isinstance(error, dict) else error for seed, error in of_seed.items()}
    return {seed: error for seed, error in plain.items() if error is not None}


def reduction(errors: dict | None, layers: Sequence[str] = LAYERS, whole: str = "whole") -> dict | None:
    """Error saved by a layer in % of the error without it, paired by seed, with Student's 95 % interval over seeds.

    errors: {name: {seed: error in points}}, or {"errors": {name: {seed: {"all": error, …}}}}, as `report.ablations` reads them; None
    where the layer or the whole was not measured with any same seed. Of one pair there is no interval.
    """
    with_it = by_seed(errors or {}, whole)
    without = next((of for name in layers if (of := by_seed(errors or {}, name))), {})
    share = np.array([100 * (without[s] - with_it[s]) / without[s] for s in sorted(with_it.keys() & without.keys())])
    if not len(share):
        return None
    half = resolvable(len(share)) * float(share.std(ddof=1)) if len(share) > 1 else np.nan
    mean = float(share.mean())
    return {"value": mean, "low": mean - half, "high": mean + half, "seeds": len(share)}


def figures(bench: Bench) -> dict:
    """The claim, and what was measured of it, if it was."""
    found = reduction(bench.ablations)
    if found is None:
        said = "Not measured: no model was trained without it"
    else:
        said = f"Measured by training again without it: {found['value']:.1f} % [{found['low']:.1f}, {found['high']:.1f}] over {found['seeds']} seeds"
        if found["seeds"] < SEEDS or not (found["low"] > 0 or found["high"] < 0):
            said += ": no effect was detected"
    return {"what": CLAIM + said, "claimed": 8.3, "percent": found}
