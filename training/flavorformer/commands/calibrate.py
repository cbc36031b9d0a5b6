"""From calibration cooks, whose chefs neither training nor test has seen: how much wider the quantiles must lie, and when cues should fire."""

import argparse
import json
from pathlib import Path

from ..report import conformal, cooks, thresholds


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("folder", type=Path, help="the variant `calibration`, written by evaluate with the model that is to be calibrated")
    parser.add_argument("--model-card", type=Path, required=True, help="base.json, written by export beside that model")
    parser.add_argument("--out", type=Path, required=True, help="a JSON file that export takes as --spread")


def run(args: argparse.Namespace) -> None:
    """Writes the factors and prints the thresholds; refuses a model that has factors already, on top of which these would come."""
    rehearsal, card = cooks.load(args.folder, "calibration"), json.loads(args.model_card.read_text())
    if card["sha256"] != rehearsal.model_sha256:
        raise SystemExit(f"{args.folder} was cooked with another model than {args.model_card} is the card of")
    if any(factor != 1 for factor in card["spread"]):
        raise SystemExit(f"{args.model_card} is of a model calibrated already: export it without --spread and evaluate that one")
    calibration = rehearsal.cooks
    outer = float(conformal.fit(calibration).values[0])
    inner = float(conformal.fit([conformal.inner(cook) for cook in calibration], level=0.5).values[0])
    found = {
        "spread": [outer, inner, 1.0, inner, outer],
        "model_sha256": card["sha256"],
        "checkpoint_sha256": card["checkpoint_sha256"],
        "cooks": len(calibration),
        "cues": thresholds.best(calibration),
    }
    args.out.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
