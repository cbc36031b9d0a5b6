"""Trains stage C with other settings than the shipped ones over the same tokens, for a GPU; one line of validation figures each."""

import argparse
import dataclasses
import json
from pathlib import Path

import torch

from ..stages import sequence
from ..stages.losses import WEIGHTS
from ..step import Flavorformer
from .train import DEVICES, say

# What is tried: options of `sequence.Plan`, a line each.
SETTINGS: dict[str, dict] = {
    "shipped": {},
    "ends unforeseen, other weights": {"peak": 2e-3, "weights": WEIGHTS | {"ends": 0.0, "latent": 3.0, "hazard": 1.5}},
    "ends foreseen, other weights": {"peak": 2.5e-3, "weights": WEIGHTS | {"ends": 2.0, "latent": 3.0, "hazard": 1.5}},
    "hotter": {"peak": 4e-3},
}
TOLD = ("error", "half", "end", "so_far", "latent", "phase", "hazard", "total")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("tokens", type=Path, help="the .tokens file that train kept")
    parser.add_argument("--device", choices=DEVICES, default="cuda")
    parser.add_argument("--only", action="append", choices=SETTINGS, help="only this setting; may be repeated")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=150_000.0, help="seconds of cooking of each dish in an epoch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("search.json"))


def run(args: argparse.Namespace) -> None:
    """Each setting from the same start; the figures are those of its best validation."""
    kept = torch.load(args.tokens, weights_only=False)
    train, val = ([cook.to(args.device) for cook in kept[split]] for split in ("train", "val"))
    plan = sequence.Plan(epochs=args.epochs, minutes=1e9, seconds=args.seconds, every=5, **DEVICES[args.device])
    found = {}
    for name in args.only or SETTINGS:
        torch.manual_seed(args.seed)
        model = Flavorformer()
        own = model.state_dict()
        model.load_state_dict(own | {k: v for k, v in kept["model"].items() if k.startswith(sequence.ENCODERS)})
        stage = sequence.Run(model.to(args.device), train, val, dataclasses.replace(plan, **SETTINGS[name]), args.seed)
        while not stage.done:
            stage.step(lambda line: None)
        best = min((row for row in stage.log if "val" in row), key=lambda row: row["val"]["total"])
        found[name] = {key: best["val"][key] for key in TOLD} | {"epoch": best["epoch"], "minutes": stage.spent}
        say(f"{name}: " + " ".join(f"{key} {value:.3f}" for key, value in found[name].items()))
        args.out.write_text(json.dumps(found, indent=2) + "\n")
