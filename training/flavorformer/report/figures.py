"""All figures of a model from its evaluation folders."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import classes, conformal, cooks, criteria, cues, errors, gates, intervals, phases, stability, variants
from .cooks import Rehearsal, Training

# Folders that are no variants: the model as it is, chefs kept for calibration, and the same cooks through other devices and noise.
PLAIN, CALIBRATION, REPEAT = "plain", "calibration", "repeat"
LEFT_OUT = "left-out-"
# Figures of other measurements that must say which model they are of.
HELD = ("probes", "runtime", "sounds")
SWAPPED_EEG = "swapped-eeg"


@dataclass(frozen=True)
class Evaluation:
    """The folders of one model, and what constants may know."""

    plain: Rehearsal
    repeat: Rehearsal | None
    calibration: Rehearsal | None
    variants: dict[str, Rehearsal]
    training: Training


def load(folders: dict[str, Path], train_index: Path, split: str | None = "test") -> Evaluation:
    """Opens the folders by name; `plain` must be there. All must be of one model, but for `left-out-…`, which another one must have cooked.

    split: the cooks that count, None for all; those of `calibration` all count, and may not be among the others. Of `swapped-eeg` only
    cooks with EEG count.
    """
    if PLAIN not in folders:
        raise ValueError(f"no folder is named {PLAIN!r}")
    opened = {name: cooks.load(folder, None if name == CALIBRATION else split) for name, folder in folders.items()}
    plain = opened.pop(PLAIN)
    for name, rehearsal in {PLAIN: plain, **opened}.items():
        if not rehearsal.cooks:
            raise ValueError(f"{folders[name]} has no cook of split {split!r}")
        if (rehearsal.model_sha256 == plain.model_sha256) == name.startswith(LEFT_OUT):
            raise ValueError(f"{name} was cooked with {'the same' if name.startswith(LEFT_OUT) else 'another'} model as plain")
    if SWAPPED_EEG in opened:
        opened[SWAPPED_EEG] = with_eeg(opened[SWAPPED_EEG])
    calibration = opened.pop(CALIBRATION, None)
    if calibration and {c.name for c in calibration.cooks} & {c.name for c in plain.cooks}:
        raise ValueError("cooks of calibration are among those of plain")
    return Evaluation(plain, opened.pop(REPEAT, None), calibration, dict(sorted(opened.items())), cooks.training(train_index))


def with_eeg(rehearsal: Rehearsal) -> Rehearsal:
    """Only the cooks that have EEG at all: where there is none, none is swapped, and no change would prove nothing."""
    return replace(rehearsal, cooks=[cook for cook in rehearsal.cooks if cook.has_eeg])


def conformalised(of: Evaluation) -> dict:
    """The factor on the intervals' half width that calibration cooks ask for, one for all and by elapsed time, and what it makes of plain's coverage."""
    out: dict = {"what": "factor on the half width in the logit for 80 % coverage by cook, from calibration cooks; coverage is that of plain", "before": {}}
    before = intervals.figures(of.plain.cooks)
    out["before"] = {name: before[name] for name in ("coverage_80", "width_80")}
    totals = of.training.totals or None
    for name, usual in (("one factor", None), ("by elapsed time", totals)):
        if name == "by elapsed time" and usual is None:
            continue
        factors = conformal.fit(of.calibration.cooks, usual)
        after = intervals.figures(conformal.conformed(cook, factors) for cook in of.plain.cooks)
        out[name] = {"factors": factors.values.tolist(), "edges": list(factors.edges)} | {k: after[k] for k in ("coverage_80", "width_80", "worst_stratum")}
    return out


def truths(plain: Rehearsal) -> dict[str, dict[str, float]]:
    """Mean and SD of the true final score by dish, points, and of how many cooks."""
    scores = {dish: np.array([cook.reference for cook in plain.of(dish)]) for dish in plain.dishes}
    return {dish: {"cooks": len(v), "mean": float(v.mean()), "sd": float(v.std())} for dish, v in scores.items()}


def measure(of: Evaluation, baselines: dict[str, errors.Errors] | None = None, more: dict[str, Any] | None = None) -> dict[str, Any]:
    """All figures and the gates' verdicts.

    baselines: each cook's errors from `baselines.read`; more: figures that other measurements made, by their name, which gates may point
    at: `runtime` (step_ms, station_ms, parity, file_mb), `training` (minutes). Raises ValueError
    where they would take the place of what is measured here, or say that they are another model's.
    """
    scores = of.training.scores
    own = variants.seen(of.plain, scores)
    found: dict[str, Any] = {
        "edition": of.plain.edition,
        "model_sha256": of.plain.model_sha256,
        "feature_id": of.plain.feature_id,
        "training_medians": scores,
        "folders": {name: {"variant": r.variant, "cooks": len(r.cooks), "first": r.first} for name, r in {PLAIN: of.plain, **of.variants}.items()},
        "variants": {name: variants.figures(own, rehearsal, scores) for name, rehearsal in of.variants.items()},
    }
    losses = {
        name: -found["variants"][f"without-{name}"]["skill_change"]["all"]["value"]
        for name in criteria.SENSORS
        if f"without-{name}" in found["variants"]
    }
    found["plain"] = {
        "truth": truths(of.plain),
        "errors": errors.figures(own.errors, of.plain.unscored),
        "intervals": intervals.figures(of.plain.cooks),
        "phases": phases.figures(of.plain.cooks),
        "cues": cues.figures(of.plain.cooks, of.training.crossings),
        "criteria": criteria.figures(of.plain.cooks, losses),
        "classes": classes.figures(of.plain.cooks),
    }
    if of.repeat:
        found["stability"] = stability.figures(of.plain, of.repeat)
    if of.calibration:
        found["conformal"] = conformalised(of)
    if baselines:
        from . import baselines as rivals

        found["baselines"] = rivals.figures(baselines, own.errors)
    if both := found.keys() & (more or {}).keys():
        raise ValueError(f"figures of other measurements would replace {sorted(both)}")
    for name, figures in (more or {}).items():
        usual = None if name in HELD else of.plain.model_sha256
        if isinstance(figures, dict) and figures.get("model_sha256", usual) != of.plain.model_sha256:
            raise ValueError(f"{name} was measured with another model than plain was cooked with")
    found |= more or {}
    found["gates"] = gates.verdicts(found)
    return found


def written(value: Any) -> Any:
    """Figures as JSON can hold them: plain numbers, None for what is no finite number."""
    if isinstance(value, dict):
        return {str(k): written(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [written(v) for v in value]
    if isinstance(value, np.ndarray):
        return written(value.tolist())
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value
