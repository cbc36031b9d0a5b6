"""The seed's "99.7 %" measured: the phase's accuracy, and how often the final score is right within 5 points."""

import numpy as np

from ..report.bootstrap import column, stated
from .bench import Bench, by_dish

POINTS = 5.0


def figures(bench: Bench) -> dict:
    """Share of seconds whose most probable phase is right, and share of cooks whose final score is within 5 points, both 0–1."""
    rows = [
        np.array([(said.phase.argmax(1) == tokens.phase.numpy()).mean(), abs(said.median[-1] - cook.score) <= POINTS])
        for (cook, tokens), said in zip(bench.val, bench.said, strict=True)
    ]
    values = by_dish([cook.dish for cook, _ in bench.val], rows)
    right, close = stated(values, column(0)), stated(values, column(1))
    return {
        "what": f"claimed: 99.7 %. Measured on simulated validation cooks: the most probable phase is right in {right['value']:.1%} of the seconds "
        f"[{right['low']:.1%}, {right['high']:.1%}], and the final score at the last second lies within {POINTS:g} points in {close['value']:.1%} of the cooks "
        f"[{close['low']:.1%}, {close['high']:.1%}]",
        "claimed": 0.997,
        "right": right,
        "within_5_points": close,
    }
