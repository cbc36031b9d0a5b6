"""How a training went, as a picture."""

import numpy as np

from .pictures import COLOURS, GREY, canvas, png

# Phases of Dynamic Heat as they follow each other, each with the colour behind its epochs.
HEAT = {"warm-up": "#FDF3E1", "high fire": "#F9D9C9", "low simmer": "#E3F0EA", "收汁": "#E6E6F5"}
LATIN = {"收汁": "finish"}
# What the rule of convergence says of a validation, and its mark.
STAGES = {"oscillating": ("v", "oscillating"), "converged": ("*", "converged"), "diverged": ("x", "rolled back")}


def training(rows: list[dict]) -> bytes:
    """Loss of the score by epoch on training and on validation cooks, with what heat and rule said. Takes the log of `train`."""
    figure, axis = canvas(6.4, 3.6)
    heats = [row["heat"] for row in rows]
    edges = [0, *(i for i in range(1, len(heats)) if heats[i] != heats[i - 1]), len(heats)]
    for start, end in zip(edges, edges[1:], strict=False):
        axis.axvspan(start - 0.5, end - 0.5, color=HEAT.get(heats[start], "#FFFFFF"), linewidth=0, label=LATIN.get(heats[start], heats[start]))
    axis.plot([row["train"]["score"] for row in rows], color=COLOURS[0], linewidth=1, label="training cooks")
    seen = [(i, row) for i, row in enumerate(rows) if isinstance(row.get("judged"), dict)]
    axis.plot([i for i, _ in seen], [row["judged"]["score"] for _, row in seen], color=COLOURS[1], marker=".", label="validation cooks")
    for stage, (mark, word) in STAGES.items():
        marked = [(i, row["judged"]["score"]) for i, row in seen if row["stage"] == stage]
        if marked:
            axis.plot(*np.array(marked).T, linestyle="", marker=mark, markersize=7, color=GREY, label=word)
    if stopped := [i for i, row in enumerate(rows) if row.get("stopped")]:
        axis.axvline(stopped[0], color=GREY, linestyle="--", linewidth=1, label="ended by the rule")
    axis.set(xlabel="epoch", ylabel="loss of the score", title="Training of stage C", xlim=(-0.5, len(rows) - 0.5))
    axis.legend(frameon=False, fontsize=8, ncols=2)
    return png(figure)
