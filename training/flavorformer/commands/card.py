"""Puts a report's figures on the shipped model's card and writes the page beside it; refuses those of another model.

What the report did not measure stays as an earlier one found it, if that was of the same model and cooks.
"""

import argparse
import json
from pathlib import Path

from ..replace import replaced
from ..report.card import carried, summary
from ..report.card_page import page
from .wokd import ROOT


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("figures", type=Path, help="figures.json, written by report")
    parser.add_argument("--models", type=Path, default=ROOT / "deploy" / "models", help="the folder of base.json")


def run(args: argparse.Namespace) -> None:
    """Rewrites base.json and README.md."""
    file = args.models / "base.json"
    card, figures = json.loads(file.read_text()), json.loads(args.figures.read_text())
    if figures["model_sha256"] != card["sha256"]:
        raise SystemExit(f"{args.figures} was measured on another model than {file} is the card of: evaluate that one")
    card["figures"] = carried(summary(figures), card.get("figures"))
    # The page first: a figure that it cannot tell must not leave card and page apart.
    told = page(card)
    replaced(file, lambda new: new.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"))
    replaced(args.models / "README.md", lambda new: new.write_text(told, encoding="utf-8"))
