"""Runs held-out cooks through the exported model by `wokd rehearse`, as they are and spoiled; goes on where it was interrupted."""

import argparse
from pathlib import Path

from ..report.figures import LEFT_OUT
from . import wokd

# Cooks of each dish: as they are, and in each variant, which takes the first of the same.
COOKS = {
    "egg-fried-rice": (340, 60),
    "tomato-egg": (340, 60),
    "gong-bao": (340, 60),
    "mapo-tofu": (340, 60),
    "hui-guo-rou": (180, 30),
    "hong-shao-rou": (60, 12),
}
# A quantile of few cooks is a poor one: calibration takes twice as many as a variant.
CALIBRATION = 2
# What makes a variant; those that are not in this list do not exist.
VARIANTS: dict[str, tuple[str, ...]] = {
    "plain": ("--oracle", "200"),
    "calibration": ("--split", "calibration"),
    "repeat": ("--devices", "1"),
    "without-eeg": ("--without", "eeg"),
    "without-audio": ("--without", "audio"),
    "without-thermal": ("--without", "thermal"),
    "swapped-eeg": ("--swap-eeg",),
    **{f"chili-{level}": ("--chili", str(level)) for level in range(1, 6)},
    **{f"{word}-kitchen": ("--kitchen", word) for word in ("burner", "wok", "room", "noise", "camera", "other")},
}
# A model that was trained without a dish cooks only that one: 冷盘 zero-shot. Not among the variants, as each wants a model of its own.
STRANGERS = {f"{LEFT_OUT}{dish}": dish for dish in COOKS}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="a folder for each variant is made in it")
    parser.add_argument("--model", type=Path, help="the model's ONNX file; the shipped edition without it")
    parser.add_argument("--variant", action="append", choices=[*VARIANTS, *STRANGERS], help="only this one; may be repeated")
    parser.add_argument("--share", type=float, default=1.0, help="of the cooks, for a quick look")
    parser.add_argument("--split", default="test", help="whose cooks; `val` while a model is still being chosen, so that `test` stays unopened")
    parser.add_argument("--first", type=int, default=1, help="number of the first cook within its split; beyond what training validated on")
    parser.add_argument("--threads", type=int, default=2)


def run(args: argparse.Namespace) -> None:
    """Every variant of every dish."""
    strangers = [variant for variant in args.variant or () if variant in STRANGERS]
    if strangers and (not args.model or len(args.variant) > 1):
        raise SystemExit(f"{strangers[0]} wants --model, the one that was trained without the dish, and no other variant beside it")
    binary = wokd.build()
    model = ("--model", str(args.model)) if args.model else ()
    for variant in args.variant or VARIANTS:
        options = VARIANTS.get(variant, ())
        split = () if "--split" in options else ("--split", args.split, "--first", str(args.first))
        for dish, (plain, spoiled) in COOKS.items():
            if dish != STRANGERS.get(variant, dish):
                continue
            whole = {"plain": plain, "calibration": CALIBRATION * spoiled}.get(variant, spoiled)
            count = max(2, round(args.share * whole))
            out = ("--out", str(args.out / variant), "--dish", dish, "--cooks", str(count), "--threads", str(args.threads))
            wokd.run(binary, "rehearse", *model, *split, *options, *out)
