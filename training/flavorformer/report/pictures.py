"""Pictures of the report as PNG bytes. Labels are English: a machine need not have a Chinese font."""

import io
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .cooks import ASPECTS, CUES, LEVELS, MODALITIES, PHASES, Cook
from .errors import SHARES
from .phases import stretches

# Colours that the colour-blind can tell apart (Okabe & Ito 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Of the phases: cold iron, hot oil, seared, simmering, reduced, off.
PHASE_COLOURS = ("#8DA0B3", "#F2B134", "#C8452D", "#3D8B80", "#7A4A2B", "#D9D9D9")
GREY = "#666666"
DPI = 110


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure of inches without a window or a global state, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, **options)
    for axis in np.atleast_1d(axes).flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The figure as a PNG, the same bytes for the same picture."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def bars(axis: Axes, x: Any, stated: list[dict], **options: Any) -> None:
    """Values with their intervals; what was not measured is left out."""
    value, low, high = (np.array([s.get(k, np.nan) for s in stated], float) for k in ("value", "low", "high"))
    spread = np.nan_to_num(np.maximum(np.stack([value - low, high - value]), 0))
    axis.errorbar(x, value, yerr=spread, capsize=3, markersize=4, **options)


def calibration(intervals: dict) -> bytes:
    """How often the truth lies below each quantile, against how often it should. Takes `intervals.figures`."""
    figure, axis = canvas(4.2, 4)
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="perfect")
    bars(axis, LEVELS, [intervals["calibration"][f"{level:g}"] for level in LEVELS], color=COLOURS[0], marker="o", label="model")
    axis.set(xlabel="quantile level", ylabel="share of truths below it", title="Calibration of the final score", xlim=(0, 1), ylim=(0, 1))
    axis.legend(frameon=False, fontsize=8)
    return png(figure)


def error_over_cook(errors: dict, baselines: dict | None = None) -> bytes:
    """Error of the point forecast over the cook, with the oracle, the dish median and the baselines. Takes `errors.figures`."""
    figure, axis = canvas(6.4, 4)
    at = np.array(SHARES) * 100
    bars(axis, at, [errors["error"][f"at_{a:.0f}"] for a in at], color=COLOURS[0], marker="o", label="model")
    bars(axis, at[:3], [errors["error"][f"oracle_{a:.0f}"] for a in at[:3]], color=COLOURS[2], marker="s", label="oracle (200 forks)")
    bars(axis, [50], [errors["error"]["onlooker_50"]], color=COLOURS[1], marker="D", label="onlooker (200 forks)")
    for i, (name, row) in enumerate((baselines or {}).get("of", {}).items()):
        if name != "dish median":
            latin = name.encode("ascii", "ignore").decode().strip()
            colour = COLOURS[(i + 2) % len(COLOURS)]
            style = (":", "-.")[i // len(COLOURS) % 2]
            axis.plot(at, [row[f"at_{a:.0f}"]["value"] for a in at], color=colour, linewidth=1, linestyle=style, marker=".", label=latin)
    axis.axhline(errors["error"]["constant"]["value"], color=GREY, linestyle="--", linewidth=1, label="dish median")
    axis.set(xlabel="share of the cook, %", ylabel="mean absolute error, points", title="Error of the final score over the cook", xticks=at)
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return png(figure)


def phase_bar(axis: Axes, phase: np.ndarray, at: np.ndarray, y: float) -> None:
    """Runs of the same phase as coloured blocks around a height."""
    for a, b in stretches(phase):
        end = at[b] if b < len(at) else at[-1]
        axis.barh(y, end - at[a], left=at[a], height=0.8, color=PHASE_COLOURS[int(phase[a])], linewidth=0)


def phase_names(axis: Axes, y: float) -> None:
    """A legend of the phases to the right."""
    handles = [axis.barh(0, 0, color=PHASE_COLOURS[i]) for i in range(len(PHASES))]
    axis.legend(handles, PHASES, frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, y), ncols=1)


def attention(cook: Cook) -> bytes:
    """Shares of attention over a cook, above its true phases."""
    figure, (above, below) = canvas(8, 3.4, 2, sharex=True, height_ratios=(5, 1))
    above.stackplot(cook.at, cook.rows["attention"].T.astype(float), labels=MODALITIES, colors=COLOURS[:4], linewidth=0)
    above.set(ylabel="attention", ylim=(0, 1), title=f"Attention over a cook: {cook.dish}, seed {cook.seed}")
    above.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    phase_bar(below, cook.rows["true_phase"].astype(int), cook.at, 0)
    phase_names(below, 0.5)
    below.set(yticks=[], xlabel="seconds")
    return png(figure)


def aspects(cooks: list[Cook], found: dict) -> bytes:
    """Every aspect at the last hop against its truth, a point a cook. Takes `criteria.aspects` for the correlations."""
    figure, axes = canvas(8, 5.4, 2, 3, sharex=True, sharey=True)
    dishes = sorted({cook.dish for cook in cooks})
    ends = {d: np.array([[c.rows["true_aspects"][-1], c.rows["aspects"][-1]] for c in cooks if c.dish == d]) for d in dishes}
    for i, (name, axis) in enumerate(zip(ASPECTS, axes.flat, strict=True)):
        axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
        for k, (dish, points) in enumerate(ends.items()):
            axis.scatter(points[:, 0, i], points[:, 1, i], s=6, alpha=0.6, color=COLOURS[k % len(COLOURS)], label=dish, linewidths=0)
        r = found["correlation"][name]["value"]
        # Focus is attention read from EEG: nobody validated it.
        title = "attention proxy, unvalidated" if name == "focus" else name
        axis.set_title(f"{title}  r = {r:.2f}" if np.isfinite(r) else title, fontsize=9)
    figure.supxlabel("truth", fontsize=9)
    figure.supylabel("model", fontsize=9)
    figure.legend(*axes.flat[0].get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside upper center", ncols=len(dishes))
    return png(figure)


def spice_levels(plain: dict, variants: dict[str, dict]) -> bytes | None:
    """Skill at flame-off and coverage by spice level, 0 being plain; None where no level was cooked. Takes figures of errors and variants."""
    levels = {int(name.removeprefix("chili-")): v for name, v in variants.items() if name.startswith("chili-")}
    if not levels:
        return None
    figure, (skill, coverage) = canvas(8, 3.2, 1, 2)
    at = sorted(levels)
    bars(skill, [0, *at], [plain["errors"]["skill"]["flame_off"], *(levels[k]["skill"]["flame_off"] for k in at)], color=COLOURS[1], marker="o")
    covered = [plain["intervals"]["coverage_80"], *(levels[k]["coverage_80"] for k in at)]
    bars(coverage, [0, *at], covered, color=COLOURS[0], marker="o")
    skill.axhline(0, color=GREY, linewidth=0.8, linestyle="--")
    coverage.axhline(0.8, color=GREY, linewidth=0.8, linestyle="--")
    skill.set(xlabel="spice level", ylabel="skill at flame-off", title="Sensor faults by spice level", xticks=[0, *at])
    coverage.set(xlabel="spice level", ylabel="coverage of the 80 % interval", ylim=(0, 1), xticks=[0, *at])
    return png(figure)


def variants(plain: dict, found: dict[str, dict]) -> bytes | None:
    """Skill at flame-off of plain and of every variant, with intervals. Takes figures of errors and variants."""
    if not found:
        return None
    names = ["plain", *sorted(found)]
    stated = [plain["errors"]["skill"]["flame_off"], *(found[name]["skill"]["flame_off"] for name in names[1:])]
    figure, axis = canvas(6.4, 1 + 0.28 * len(names))
    value, low, high = (np.array([s[k] for s in stated], float) for k in ("value", "low", "high"))
    y = np.arange(len(names))[::-1]
    axis.errorbar(value, y, xerr=np.nan_to_num(np.maximum(np.stack([value - low, high - value]), 0)), fmt="o", capsize=3, markersize=4, color=COLOURS[0])
    axis.axvline(0, color=GREY, linewidth=0.8, linestyle="--")
    axis.set_yticks(y, names)
    axis.set(xlabel="skill at flame-off (1 perfect, 0 the dish median)", title="What each change costs")
    return png(figure)


def storyboard(cook: Cook) -> bytes:
    """A cook as a strip (分镜稿): the score with its 50 and 80 % intervals, true and said phases, crossings t* and fired cues."""
    figure, (score, phase, cue) = canvas(9, 5, 3, sharex=True, height_ratios=(5, 1.4, 1.6))
    at, q = cook.at, cook.quantiles
    score.fill_between(at, q[:, 0], q[:, 4], color=COLOURS[0], alpha=0.18, linewidth=0, label="80 %")
    score.fill_between(at, q[:, 1], q[:, 3], color=COLOURS[0], alpha=0.35, linewidth=0, label="50 %")
    score.plot(at, q[:, 2], color=COLOURS[0], linewidth=1.4, label="median")
    score.plot(at, cook.rows["so_far"], color=COLOURS[4], linewidth=0.9, label="true, if it ended here")
    score.axhline(cook.reference, color=GREY, linestyle="--", linewidth=1, label="true final score")
    score.set(ylim=(0, 100), ylabel="technique score", title=f"Storyboard: {cook.dish}, seed {cook.seed} (simulated)")
    score.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    phase_bar(phase, cook.rows["true_phase"].astype(int), at, 1)
    phase_bar(phase, cook.rows["phase"].argmax(axis=1), at, 0)
    phase_names(phase, 0.5)
    phase.set_yticks([1, 0], ["true phase", "said phase"])
    crossings, acted = cook.rows["cues"], cook.rows["acted"]
    for k, colour in enumerate(COLOURS[1:4]):
        fired = cook.rows["fired_s"][cook.rows["fired_kind"] == k]
        cue.plot([crossings[k]], [k], marker="|", markersize=12, color=colour, linestyle="", markeredgewidth=2)
        cue.plot([acted[k]], [k], marker="x", markersize=5, color=GREY, linestyle="")
        cue.plot(fired, np.full(len(fired), k), marker=">", markersize=6, color=colour, linestyle="", markerfacecolor="none")
    marks = {"t* (crossing)": ("|", "black"), "chef acted": ("x", GREY), "fired": (">", "black")}
    handles = [cue.plot([], [], marker=m, linestyle="", color=c, markerfacecolor="none")[0] for m, c in marks.values()]
    cue.legend(handles, marks, frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    cue.set_yticks(range(len(CUES)), CUES)
    cue.set(ylim=(-0.6, 2.6), xlabel="seconds")
    return png(figure)


def aftertaste(found: dict) -> bytes | None:
    """回甘: how far the score strays after flame-off; None where no cook came so far. Takes `criteria.aftertaste`."""
    curve = found["curve"]
    if not curve:
        return None
    figure, axis = canvas(6.4, 3)
    axis.plot(np.arange(len(curve)), curve, color=COLOURS[1], linewidth=1.6)
    axis.set(xlabel="seconds after flame-off", ylabel="distance from flame-off, points", title="Aftertaste: how the score lingers")
    axis.set_ylim(bottom=0)
    return png(figure)


def typical(cooks: list[Cook]) -> Cook:
    """The cook whose mean error is the median one of these: neither the best nor the worst to look at."""
    wrong = [float(np.abs(cook.median - cook.reference).mean()) for cook in cooks]
    return cooks[int(np.argsort(wrong)[(len(wrong) - 1) // 2])]
