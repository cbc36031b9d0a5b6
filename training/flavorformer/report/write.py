"""Writes the report: reads what was evaluated, measures, draws, and puts page, figures and pictures in a folder."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import DISCLAIMER, curves, figures, pictures, probes
from . import ablations as layers
from .figures import Evaluation
from .html import page


def drawn(of: Evaluation, found: dict) -> dict[str, bytes]:
    """All pictures by file name, PNG."""
    plain, own = of.plain, found["plain"]
    shown_cooks = {dish: pictures.typical(plain.of(dish)) for dish in plain.dishes}
    made = {
        "calibration": pictures.calibration(own["intervals"]),
        "error-over-cook": pictures.error_over_cook(own["errors"], found.get("baselines")),
        "aspects": pictures.aspects(plain.cooks, own["criteria"]["aspects"]),
        "aftertaste": pictures.aftertaste(own["criteria"]["aftertaste"]),
        "spice-levels": pictures.spice_levels(own, found["variants"]),
        "variants": pictures.variants(own, found["variants"]),
        "deletion": probes.deletion(found.get("probes", {})),
        **{f"storyboard-{dish}": pictures.storyboard(cook) for dish, cook in shown_cooks.items()},
        **{f"attention-{dish}": pictures.attention(cook) for dish, cook in shown_cooks.items()},
    }
    return {name: image for name, image in made.items() if image is not None}


def write(
    folders: dict[str, Path],
    out: Path,
    train_index: Path,
    *,
    split: str | None = "test",
    baselines: Path | None = None,
    ablations: Sequence[Path] = (),
    more: Sequence[Path] = (),
    log: Path | None = None,
) -> dict[str, Any]:
    """Writes report.html, figures.json and the pictures to `out`, and gives the figures.

    folders: `plain` and perhaps `calibration`, `repeat` and variants (`chili-1` …, `without-eeg`, `swapped-eeg`, `other-kitchen`,
    `left-out-…`) as `wokd rehearse` wrote them; train_index: an index.json of training cooks, a folder (of folders) with one,
    or the model's card.
    baselines: a file of `baselines.save`; ablations: JSON files of `ablate`, or of {name: {seed: error}} with the name "whole" among
    them; more: JSON files of figures that other measurements made; log: what train wrote beside its checkpoint. Raises ValueError
    where the folders do not belong together and OSError where one cannot be read.
    """
    of = figures.load(folders, train_index, split)
    rivals = None
    if baselines:
        from . import baselines as module

        rivals = module.read(baselines)
    others: dict[str, Any] = {}
    for file in more:
        made_elsewhere = json.loads(file.read_text())
        if twice := others.keys() & made_elsewhere.keys():
            raise ValueError(f"{file} has {sorted(twice)}, which another file has too")
        others |= made_elsewhere
    if ablations:
        others["ablations"] = layers.read(ablations)
    found = {"split": split or "any", **figures.measure(of, rivals, others)}
    out.mkdir(parents=True, exist_ok=True)
    made = drawn(of, found)
    if log:
        made["training"] = curves.training([json.loads(line) for line in log.read_text().splitlines()])
    for name, image in made.items():
        (out / f"{name}.png").write_bytes(image)
    (out / "report.html").write_text(page(found, made), encoding="utf-8")
    plain = figures.written({"disclaimer": DISCLAIMER, **found})
    (out / "figures.json").write_text(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return plain
