"""Measures how well networks do that are told exactly what sensors only hint at: what stops a cue or a score. Report takes the file as --more."""

import argparse
import json
from pathlib import Path

import torch

from ..jobs import results
from ..replace import replaced
from ..report import cues, errors, thresholds
from ..report.bounds import MOMENTS
from ..report.figures import written
from ..report.forecasts import medians
from ..rivals import sighted
from ..rivals.pooled import labels
from ..shards import Cook, first, load, same
from ..stages import keep
from ..stages.dressing import blind
from .train import say

# Training cooks of each dish by which the thresholds of its cues are chosen; few, as it takes a second for each hour of cooking.
CHOOSING = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("blind", type=Path, nargs="+", help="folders written by `wokd features --blind`, to learn from")
    parser.add_argument("--judge", type=Path, nargs="+", required=True, help="folders of other cooks, written in the same way")
    parser.add_argument("--split", default="val", help="which cooks of --judge count")
    parser.add_argument("--only", action="append", choices=sighted.SIGHTS, help="only this sight; may be repeated")
    parser.add_argument("--steps", type=int, default=sighted.Plan.steps)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="sights at once, a thread each")
    parser.add_argument("--out", type=Path, required=True)


def figures(net: sighted.Sighted, train: list[Cook], judges: list[Cook], sight: str, known: dict[str, float]) -> dict:
    """Skill of the score and F1 of the cues by the rule of `core::cue`, thresholds chosen on training cooks."""
    on = thresholds.best(sighted.all_judged(net, first(train, CHOOSING), sight, known))
    cooks = sighted.all_judged(net, judges, sight, known)
    of_errors = errors.table(cooks, known)
    fired = {kind: cues.of_kind(cooks, k, lambda cook, k: thresholds.fires(cook, k, on[cues.CUES[k]]["on"])) for k, kind in enumerate(cues.CUES)}
    return {
        "told": list(sighted.SIGHTS[sight]),
        "cooks": len(cooks),
        "error": {key: errors.means(of_errors)[key] for key in MOMENTS},
        "skill": {key: errors.skill(of_errors, key) for key in MOMENTS},
        "f1": {kind: row["f1"] for kind, row in fired.items()},
        "f1_by_dish": {kind: row["by_dish"] for kind, row in fired.items()},
        "thresholds": {kind: row["on"] for kind, row in on.items()},
    }


def one(sight: str, folders: list[Path], judge: list[Path], split: str, steps: int, seed: int) -> tuple[str, dict]:
    """One network, taught and judged, on one thread."""
    torch.set_num_threads(1)
    train, judges = load(folders, "train")[0], load(judge, split)[0]
    known = medians(labels(train))
    net = sighted.train([blind(cook) for cook in train], sight, known, sighted.Plan(steps), seed, say)
    return sight, figures(net, train, judges, sight, known)


def stated(args: argparse.Namespace) -> dict:
    """What all rows of a file belong to; refuses cooks that nothing could be learned from or judged by."""
    feature_id = same([*args.blind, *args.judge])
    train, judges = load(args.blind, "train")[0], load(args.judge, args.split)[0]
    if not train or not judges:
        raise SystemExit(f"there are {len(train)} cooks of split train to learn from and {len(judges)} of split {args.split} to judge by; give --split")
    if strangers := sorted({c.dish for c in judges} - {c.dish for c in train}):
        raise SystemExit(f"nothing is learned of {', '.join(strangers)}: give such cooks to learn from, or none to judge by")
    if {(c.dish, c.split, c.seed) for c in judges} & {(c.dish, c.split, c.seed) for c in train}:
        raise SystemExit("cooks to judge by are among those to learn from")
    of = {"features": feature_id, "learned_from": len(train), "judged_by": len(judges), "split": args.split, "steps": args.steps, "seed": args.seed}
    # With other inputs of a sight its figures are others, too.
    told = {sight: sighted.columns(sight) for sight in sighted.SIGHTS}
    return of | {"cooks_of": [keep.cooked(train), keep.cooked(judges)], "told": told}


def run(args: argparse.Namespace) -> None:
    """Writes the figures after each sight; what the file has is kept, if it is of the same cooks and plan."""
    of = stated(args)
    kept = json.loads(args.out.read_text())["bounds"] if args.out.exists() else {"made": of, "of": {}}
    if kept["made"] != of:
        raise SystemExit(f"{args.out} was made of other cooks or another plan: {kept['made']}; give another --out")
    kept["what"] = (
        f"networks that are told second by second, to half precision, what sensors only hint at, how it changes and what has left as vapour, beside phase, "
        f"time and recipe: taught by the truth of "
        f"{of['learned_from']} simulated cooks, judged by {of['judged_by']} of the split {of['split']} with the rule by which the daemon's cues fire; "
        "one training each"
    )
    calls = [(sight, args.blind, args.judge, args.split, args.steps, args.seed) for sight in args.only or sighted.SIGHTS]
    for sight, found in results(one, calls, args.jobs):
        kept["of"] = {name: row for name in sighted.SIGHTS if (row := written(found) if name == sight else kept["of"].get(name))}
        text = json.dumps({"bounds": kept}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        replaced(args.out, lambda new, text=text: new.write_text(text, encoding="utf-8"))
        told = ", ".join(f"{kind} {row['value']:.2f}" for kind, row in found["f1"].items())
        say(f"{sight}: skill half way {found['skill']['at_50']['value']:.2f}, at flame-off {found['skill']['flame_off']['value']:.2f}; F1 of {told}")
