"""Measures on validation cooks what the model's parts know and what moves its score; a JSON file that report takes as --more.

A measure that the file has of the same checkpoint and options is not made again, so it goes on where it was interrupted.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch

from ..digest import sha256
from ..probes import PROBES
from ..probes.bench import opened
from ..replace import replaced
from ..report.figures import written
from ..report.probes import deletion
from ..step import Flavorformer
from .export import hold
from .wokd import ROOT


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("checkpoint", type=Path, help="written by train")
    parser.add_argument("features", type=Path, nargs="+", help="the folders it was trained on, written by `wokd features`")
    parser.add_argument("--tokens", type=Path, help="written by train beside the checkpoint, whose name with .tokens is the default")
    parser.add_argument("--only", action="append", choices=PROBES, help="only this measure, made anew; may be repeated")
    parser.add_argument("--cooks", type=int, default=8, help="of each dish, for the measures that run the encoders again")
    parser.add_argument("--ablations", type=Path, help='errors of models without a layer, by name and seed, as the report takes them')
    parser.add_argument("--models", type=Path, default=ROOT / "deploy" / "models", help="the folder of the edition that the checkpoint is of, as exported")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file; a picture of the same name is put beside it")


def edition(model: Flavorformer, folder: Path) -> str:
    """The hash of the exported edition that a checkpoint's model is of; raises SystemExit where it says something else than that one's golden steps."""
    card = json.loads((folder / "base.json").read_text())
    # Calibration widens the intervals of the file, not of the checkpoint.
    exported = copy.deepcopy(model)
    exported.heads.spread.copy_(torch.tensor(card["spread"]))
    hold(exported, folder, "give the folder of the checkpoint's own with --models")
    return card["sha256"]


def run(args: argparse.Namespace) -> None:
    """Writes the figures after each measure, and the picture of the deletion test."""
    bench = opened(args.checkpoint, args.tokens or args.checkpoint.with_suffix(".tokens"), args.features)
    bench.each = args.cooks
    bench.ablations = json.loads(args.ablations.read_text()) if args.ablations else None
    # What the figures are of: with anything else they are made anew.
    sha = edition(bench.model, args.models)
    of = {"checkpoint": sha256(args.checkpoint), "cooks": len(bench.val), "each": bench.each}
    kept = json.loads(args.out.read_text())["probes"] if args.out.exists() else {}
    found = (kept if kept.get("of") == of else {"of": of}) | {"model_sha256": sha}

    def save() -> None:
        text = json.dumps({"probes": found}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        replaced(args.out, lambda new: new.write_text(text, encoding="utf-8"))

    save()
    for name, measure in PROBES.items():
        # Ablations come later than the rest, and cost nothing here.
        made = name in found and not (name == "normalisation" and bench.ablations)
        if name not in args.only if args.only else made:
            continue
        began = time.monotonic()
        found[name] = written(measure(bench))
        save()
        print(f"{name}: {found[name].get('verdict', found[name]['what'])} ({time.monotonic() - began:.0f} s)", flush=True)
    if image := deletion(found):
        args.out.with_suffix(".png").write_bytes(image)
