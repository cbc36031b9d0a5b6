"""Runs held-out cooks through the exported model by `wokd rehearse`, as they are and spoiled; goes on where it was interrupted."""

import argparse
from pathlib import Path

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


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="a folder for each variant is made in it")
    parser.add_argument("--model", type=Path, help="the model's ONNX file; the shipped edition without it")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="only this one; may be repeated")
    parser.add_argument("--share", type=float, default=1.0, help="of the cooks, for a quick look")
    parser.add_argument("--threads", type=int, default=2)


def run(args: argparse.Namespace) -> None:
    """Every variant of every dish."""
    binary = wokd.build()
    model = ("--model", str(args.model)) if args.model else ()
    for variant in args.variant or VARIANTS:
        options = VARIANTS[variant]
        split = () if "--split" in options else ("--split", "test")
        for dish, (plain, spoiled) in COOKS.items():
            count = max(2, round(args.share * (plain if variant == "plain" else spoiled)))
            out = ("--out", str(args.out / variant), "--dish", dish, "--cooks", str(count), "--threads", str(args.threads))
            wokd.run(binary, "rehearse", *model, *split, *options, *out)
