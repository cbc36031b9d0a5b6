"""Trains the model with one layer left out at a time, the same seeds for all, at a small budget; report takes what it writes as --ablations."""

import argparse
import json
from pathlib import Path

from ..ablations import runs
from ..ablations.variants import LISTS
from ..jobs import results
from ..replace import replaced


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("source", type=Path, nargs="+", help="layers: the .tokens file that train kept; encoders: the folders of features")
    parser.add_argument("--level", choices=LISTS, default="layers", help="which list of variants")
    parser.add_argument("--out", type=Path, help="JSON file, gone on with where it is there; ablations-LEVEL.json without it")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="NAME", help="only this variant, and the whole; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once, a thread each")
    parser.add_argument("--steps", type=int, default=400, help="steps of the optimiser in stage C")
    parser.add_argument("--cooks", type=int, default=1, help="cooks a step of stage C, at least; two batches are")
    parser.add_argument("--limit", type=int, default=1200, help="padded seconds of a batch of stage C, or one cook")
    parser.add_argument("--peak", type=float, default=4e-3, help="rate of stage C at high fire")
    parser.add_argument("--seconds", type=float, default=40_000.0, help="seconds of cooking of each dish in an epoch of stage C")
    parser.add_argument("--validate", type=int, default=15, help="validation cooks of each dish")
    parser.add_argument("--encode", type=int, default=300, help="encoders only: steps of stage A")
    parser.add_argument("--hops", type=int, default=4000, help="encoders only: hops of each dish in stage A")
    parser.add_argument("--train", type=int, default=20, help="encoders only: cooks of each dish to learn from")


def wanted(level: str, only: list[str] | None) -> list[str]:
    """The names of the variants to run, the whole first."""
    names = list(LISTS[level])
    if unknown := set(only or ()) - set(names):
        raise SystemExit(f"no variant {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return [name for name in names if not only or name in only or name == names[0]]


def run(args: argparse.Namespace) -> None:
    """What is missing in the file, seed by seed, so that an interrupted one holds whole pairs."""
    encoders = {"encode": args.encode, "hops": args.hops, "train": args.train} if args.level == "encoders" else {}
    budget = runs.Budget(args.steps, args.cooks, args.limit, args.peak, args.seconds, args.validate, **encoders)
    if args.level == "layers" and len(args.source) > 1:
        raise SystemExit("layers are taken out over one file of tokens")
    source = args.source[0] if args.level == "layers" else tuple(args.source)
    names = wanted(args.level, args.only)
    file = args.out or Path(f"ablations-{args.level}.json")
    of = runs.stated(args.level, source, budget)
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"budget": of, "errors": {}}
    if content.get("budget") != of:
        raise SystemExit(f"{file} was made with another budget or of other cooks: {content.get('budget')}; give another --out")
    errors = content["errors"]
    missing = [(name, seed) for seed in range(1, args.seeds + 1) for name in names if str(seed) not in errors.get(name, {})]
    print(f"{len(missing)} runs of {len(names) * args.seeds}, {file}", flush=True)
    for name, seed, found in results(runs.one, [(args.level, source, name, seed, budget) for name, seed in missing], args.jobs):
        errors.setdefault(name, {})[str(seed)] = found
        replaced(file, lambda new: new.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"))
        print(f"seed {seed} {name}: " + " ".join(f"{k} {'diverged' if v is None else f'{v:.2f}'}" for k, v in found.items()), flush=True)
