"""Judges what evaluate wrote: every gate with what is wanted and what was measured, tables and pictures on one page."""

import argparse
import json
from pathlib import Path

from ..report import DISCLAIMER, card, card_page
from ..report.gates import verdict
from ..report.write import write


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("folder", type=Path, help="written by evaluate: a folder for each variant")
    parser.add_argument("--train", type=Path, required=True, help="the model's card, or the features that were trained on")
    parser.add_argument("--split", default="test", help="which cooks count; 'any' for all")
    parser.add_argument("--baselines", type=Path, help="file of the baselines' errors")
    parser.add_argument("--ablations", type=Path, nargs="+", default=(), help="files of ablate")
    parser.add_argument("--more", type=Path, nargs="+", default=(), help="JSON files of other measurements' figures")
    parser.add_argument("--log", type=Path, help="what train wrote beside its checkpoint, with the ending .jsonl")
    parser.add_argument("--out", type=Path, required=True, help="folder for report.html, figures.json and the pictures")


def run(args: argparse.Namespace) -> None:
    """Writes the report; prints its gates, and what other commands found as the model's page has it."""
    found = sorted(args.folder.glob("*/index.json"))
    folders = {path.parent.name: path.parent for path in found if "model_sha256" in json.loads(path.read_text())}
    split = None if args.split == "any" else args.split
    figures = write(folders, args.out, args.train, split=split, baselines=args.baselines, ablations=args.ablations, more=args.more, log=args.log)
    print(DISCLAIMER)
    for gate in figures["gates"]:
        value = "" if gate["measured"] is None else f"{gate['measured']:.3f}"
        print(f"{verdict(gate).replace('not reached', 'NOT reached'):13} {value:>9}  wanted {gate['wanted']:28} {gate['name']}")
    print("", *card_page.measured_elsewhere(card.rounded(card.measured_elsewhere(figures))), sep="\n")
