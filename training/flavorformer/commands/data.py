"""Simulates the cooks to train on and writes their features; goes on where it was interrupted."""

import argparse
from pathlib import Path

from . import evaluate, wokd

# Cooks by dish and split: about as many hours of a braise as of a stir-fry's many.
COOKS = {
    "egg-fried-rice": {"train": 400, "val": 40},
    "tomato-egg": {"train": 400, "val": 40},
    "gong-bao": {"train": 420, "val": 40},
    "mapo-tofu": {"train": 318, "val": 40},
    "hui-guo-rou": {"train": 260, "val": 25},
    "hong-shao-rou": {"train": 80, "val": 15},
}
# Cooks of which only the truth is simulated, beside those of the training split, and the number of the first of them.
BLIND = {"egg-fried-rice": 4000, "tomato-egg": 4000, "gong-bao": 4000, "mapo-tofu": 3000, "hui-guo-rou": 3000, "hong-shao-rou": 700}
BLIND_FIRST = 10_001


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--out", type=Path, default=Path("features"), help="a folder a dish and split is made in it; about 14 GB in all")
    parser.add_argument("--blind", type=Path, default=Path("blind"), help="the same for cooks without sensors, whose truth alone is simulated; about 3 GB")
    parser.add_argument("--share", type=float, default=1.0, help="of the cooks, for a quick look")
    parser.add_argument("--held-out", choices=("val", "test"), help="only cooks that nothing is learnt from: for baselines, to be judged by")
    parser.add_argument("--first", type=int, default=1, help="number of the first of them within their split")
    parser.add_argument("--truth-alone", action="store_true", help="of these only the truth, of as many as the model is judged by: for `bound`")
    parser.add_argument("--threads", type=int, default=2)


def run(args: argparse.Namespace) -> None:
    """Writes every dish's cooks."""
    if args.truth_alone and not args.held_out:
        raise SystemExit("--truth-alone is for --held-out; without it, cooks of which only the truth is simulated are written beside the others")
    binary = wokd.build()
    # As many as `evaluate` takes in each of its variants, or as they are.
    held_out = {dish: {args.held_out: plain if args.truth_alone else variant} for dish, (plain, variant) in evaluate.COOKS.items()}
    for dish, splits in (held_out if args.held_out else COOKS).items():
        for split, cooks in splits.items():
            count = str(max(2, round(cooks * args.share)))
            out = ("--out", str(args.out / f"{split}-{dish}"), "--dish", dish, "--split", split, "--first", str(args.first))
            kind = ("--blind",) if args.truth_alone else ()
            wokd.run(binary, "features", *kind, *out, "--cooks", count, "--threads", str(args.threads))
    for dish, cooks in () if args.held_out else BLIND.items():
        out = ("--out", str(args.blind / dish), "--dish", dish, "--split", "train", "--first", str(BLIND_FIRST))
        wokd.run(binary, "features", "--blind", *out, "--cooks", str(max(2, round(cooks * args.share))), "--threads", str(args.threads))
