"""Measures how well networks do that are told exactly what sensors only hint at: what stops a cue or a score. Report takes the file as --more."""

import argparse
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from ..ablations.runs import first
from ..replace import replaced
from ..report import cues, errors, thresholds
from ..report.figures import written
from ..rivals import sighted
from ..shards import Cook, load, same
from ..stages.dressing import blind
from .train import say

# Training cooks of each dish by which the thresholds of its cues are chosen; few, as it takes a second for each hour of cooking.
CHOOSING = 40
KEYS = ("at_50", "flame_off", "known_off")


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


def figures(net: sighted.Sighted, train: list[Cook], judges: list[Cook], sight: str, medians: dict[str, float]) -> dict:
    """Skill of the score and F1 of the cues by the rule of `core::cue`, thresholds chosen on training cooks."""
    on = thresholds.best(sighted.all_judged(net, first(train, CHOOSING), sight, medians))
    cooks = sighted.all_judged(net, judges, sight, medians)
    of_errors = errors.table(cooks, medians)
    fired = {kind: cues.of_kind(cooks, k, lambda cook, k: thresholds.fires(cook, k, on[cues.CUES[k]]["on"])) for k, kind in enumerate(cues.CUES)}
    return {
        "told": list(sighted.SIGHTS[sight]),
        "cooks": len(cooks),
        "error": {key: errors.means(of_errors)[key] for key in KEYS},
        "skill": {key: errors.skill(of_errors, key) for key in KEYS},
        "f1": {kind: row["f1"] for kind, row in fired.items()},
        "f1_by_dish": {kind: row["f1_by_dish"] for kind, row in fired.items()},
        "thresholds": {kind: row["on"] for kind, row in on.items()},
    }


def one(sight: str, folders: list[Path], judge: list[Path], split: str, steps: int, seed: int) -> tuple[str, dict]:
    """One network, taught and judged, on one thread."""
    torch.set_num_threads(1)
    train, judges = load(folders, "train")[0], load(judge, split)[0]
    scores = {dish: [c.score for c in train if c.dish == dish] for dish in sorted({c.dish for c in train})}
    medians = {dish: float(np.median(of)) for dish, of in scores.items()}
    net = sighted.train([blind(cook) for cook in train], sight, medians, sighted.Plan(steps), seed, say)
    return sight, figures(net, train, judges, sight, medians) | {"learned_from": len(train), "steps": steps}


def results(jobs: int, calls: list[tuple]) -> Iterator[tuple[str, dict]]:
    """Every sight's figures, as they end."""
    if jobs == 1:
        yield from (one(*call) for call in calls)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(one, *call) for call in calls]):
            yield done.result()


def run(args: argparse.Namespace) -> None:
    """Writes the figures after each sight; what the file has is kept."""
    same([*args.blind, *args.judge])
    of = json.loads(args.out.read_text())["bounds"]["of"] if args.out.exists() else {}
    what = (
        "networks that are told exactly, second by second, beside phase, time and recipe, what sensors only hint at; judged by simulated cooks of the "
        f"split {args.split} with the rule by which the daemon's cues fire"
    )
    calls = [(sight, args.blind, args.judge, args.split, args.steps, args.seed) for sight in args.only or sighted.SIGHTS]
    for sight, found in results(args.jobs, calls):
        of[sight] = written(found)
        text = json.dumps({"bounds": {"what": what, "of": of}}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        replaced(args.out, lambda new, text=text: new.write_text(text, encoding="utf-8"))
        told = ", ".join(f"{kind} {row['value']:.2f}" for kind, row in found["f1"].items())
        say(f"{sight}: skill half way {found['skill']['at_50']['value']:.2f}, at flame-off {found['skill']['flame_off']['value']:.2f}; F1 of {told}")
