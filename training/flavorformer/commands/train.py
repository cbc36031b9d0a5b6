"""Trains from nothing in stages; what a stage made is kept beside --out and used again when it is run again."""

import argparse
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from ..report.cooks import Training, median_of_known
from ..report.cooks import constants as as_card
from ..shards import Cook, load
from ..stages import dressing, embed, encode, family, sequence
from ..step import Flavorformer

# Cooks that stage B reads at a time.
READERS = 2
# How stage C works on each: two cores take small batches each, a GPU large ones and more of them at once.
DEVICES: dict[str, dict] = {"cpu": {}, "cuda": {"workers": 1, "limit": 80_000, "most": 32, "cooks": 48}}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("features", type=Path, nargs="+", help="folders written by `wokd features`")
    parser.add_argument("--out", type=Path, default=Path("flavorformer.pt"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hops", type=int, default=50_000, help="hops of each dish in stage A")
    parser.add_argument("--pretrain", type=float, default=0.0, help="minutes of masked-modality pretraining before stage A")
    parser.add_argument("--encode", type=float, default=8.0, help="minutes of stage A")
    parser.add_argument("--epochs", type=int, default=150, help="epochs of stage C")
    parser.add_argument("--minutes", type=float, default=60.0, help="minutes of stage C, in which the schedule finishes early if need be")
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights stage C starts from; its encoders are those of the tokens")
    parser.add_argument("--peak", type=float, default=2e-3, help="learning rate of stage C at high fire")
    parser.add_argument("--seconds", type=float, default=40_000.0, help="seconds of cooking of each dish in an epoch of stage C")
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="what it is trained on")
    parser.add_argument("--blind", type=Path, nargs="+", default=[], help="folders written by `wokd features --blind`: cooks to dress in what sensors say")
    parser.add_argument("--without-dish", metavar="DISH", help="leave a dish out of every stage and of validation (冷盘 zero-shot); wants an --out of its own")


def say(line: str) -> None:
    """A line of progress, at once."""
    print(line, flush=True)


def without(cooks: list[Cook], dish: str | None) -> list[Cook]:
    """The cooks of all other dishes; a dish that there is not is a slip of the pen."""
    if dish and dish not in (known := sorted({c.dish for c in cooks})):
        raise SystemExit(f"no cook of {dish} to leave out; there are {', '.join(known)}")
    return [c for c in cooks if c.dish != dish]


def relabel(kept: dict, train: list[Cook], val: list[Cook]) -> None:
    """Labels made anew: tokens that were kept may be older than what a label is."""
    for tokens, cooks in ((kept["train"], train), (kept["val"], val)):
        for token, cook in zip(tokens, cooks, strict=True):
            token.hazard, token.latent = torch.from_numpy(embed.hazards(cook)), embed.labels(cook)
            token.families = torch.from_numpy(np.array(cook.rows["families"]))


def identity(*parts: object) -> str:
    """Tells one run's cooks, and what is done with them, from another's."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def same_encoders(own: dict, other: dict) -> None:
    """Refuses a checkpoint whose encoders are not those that made the tokens."""
    if any(name.startswith(sequence.ENCODERS) and not torch.equal(own[name], other[name]) for name in own):
        raise SystemExit("--start has other encoders than those of the tokens; remove the tokens, or start from what was trained on them")


def lines(log: list[dict]) -> str:
    """The log as `sonify` reads it: an epoch a line, with loss and val of the score, stage and attention as last judged."""
    told = {"val": None, "attention": [0.25] * 4, "stage": "heating"}
    out = []
    for row in log:
        told |= {k: row[k] for k in ("attention", "stage") if k in row}
        told["val"] = row["val"]["score"] if "val" in row else told["val"]
        out.append(json.dumps({"loss": row["train"]["score"], **row, **told}) + "\n")
    return "".join(out)


def clothes(args: argparse.Namespace, cooks: str, sensed: list[embed.Tokens]) -> dressing.Wardrobe:
    """Stage B′, or what it gave an interrupted run."""
    file = args.out.with_suffix(".dressing")
    kept = torch.load(file, weights_only=True) if file.exists() else {"cooks": None}
    model = dressing.Dressing()
    if kept["cooks"] == cooks:
        model.load_state_dict(kept["model"])
    else:
        model, explained = dressing.train(sensed, np.random.default_rng(args.seed))
        say(f"stage B′ the state explains {explained:.2f} of the variance of what the encoders say")
        torch.save({"cooks": cooks, "model": model.state_dict()}, file)
    return dressing.Wardrobe(model.eval(), sensed)


def constants(train: list[Cook]) -> dict:
    """What a constant or a clock may know of the training cooks."""
    dishes = sorted({c.dish for c in train})
    of = {d: [c for c in train if c.dish == d] for d in dishes}
    # A crossing that came after the chef had acted is censored.
    crossings = {d: median_of_known(np.stack([np.where(c.acted < c.cues, np.nan, c.cues) for c in cooks]).astype(float)) for d, cooks in of.items()}
    totals = {d: float(np.median([c.at[-1] for c in cooks])) for d, cooks in of.items()}
    return as_card(Training({d: float(np.median([c.score for c in cooks])) for d, cooks in of.items()}, crossings, totals))


def tokens(args: argparse.Namespace, rng: np.random.Generator, model: Flavorformer, train: list[Cook], val: list[Cook], known: tuple[str, str]) -> dict:
    """Stages A and B, or what they gave an earlier run; the model's encoders are set in place. known: the features' id and the cooks'."""
    file = args.out.with_suffix(".tokens")
    if file.exists():
        kept = torch.load(file, weights_only=False)
        if kept["cooks"] != known[1]:
            raise SystemExit(f"{file} was made of other cooks; remove it")
        model.load_state_dict(kept["model"])
        relabel(kept, train, val)
        return kept
    rows = encode.sample(train, args.hops, rng)
    if args.pretrain > 0:
        encode.train(model, rows, args.pretrain, rng, labels=False, say=say)
    encode.train(model, rows, args.encode, rng, say=say)
    del rows
    began = time.monotonic()
    with ThreadPoolExecutor(READERS) as pool:
        embedded = [list(pool.map(lambda c: embed.embed(model, c), cooks)) for cooks in (train, val)]
    weights = {name: v.cpu() for name, v in model.state_dict().items()}
    kept = {"feature_id": known[0], "cooks": known[1], "model": weights, "train": embedded[0], "val": embedded[1]}
    say(f"stage B {sum(c.seconds for c in kept['train'])} seconds of cooking in {time.monotonic() - began:.0f} s")
    torch.save(kept, file)
    return kept


def run(args: argparse.Namespace) -> None:
    """All stages."""
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    train, feature_id = load(args.features, "train")
    train = without(train, args.without_dish)
    val = [c for c in load(args.features, "val")[0] if c.dish != args.without_dish]
    if not train or not val:
        raise SystemExit("there must be cooks to train and to validate: `python -m flavorformer data` writes both")
    say(f"{len(train)} cooks to train, {len(val)} to validate, features {feature_id}")
    model = Flavorformer().to(args.device)
    cooks = identity(feature_id, [(c.dish, c.seed, c.score, c.seconds) for c in train + val])
    kept = tokens(args, rng, model, train, val, (feature_id, cooks))
    if args.start:
        start = torch.load(args.start, weights_only=True)["model"]
        same_encoders(kept["model"], start)
        model.load_state_dict(start)
    plan = sequence.Plan(epochs=args.epochs, minutes=args.minutes, seconds=args.seconds, peak=args.peak, **DEVICES[args.device])
    blind = [dressing.blind(c) for c in without(load(args.blind, "train")[0], args.without_dish)] if args.blind else []
    drawn = [cook.to(args.device) for cook in kept["train"]]
    if blind:
        plan.dress, drawn = clothes(args, cooks, kept["train"]).dress, dressing.pool(drawn, blind)
        say(f"{len(blind)} cooks more of which only the truth was simulated")
    stage = sequence.Run(model, drawn, kept["val"], plan, args.seed)
    half = args.out.with_suffix(".half")
    run_id = identity(cooks, args.seed, args.epochs, args.seconds, args.peak, args.start, [(c.dish, c.seed) for c in blind])
    if half.exists():
        state = torch.load(half, weights_only=False)
        if state["run"] != run_id:
            raise SystemExit(f"{half} is of a run with other cooks or options; remove it, or give those again")
        stage.resume(state)
        say(f"going on after epoch {len(stage.log) - 1}")
    while stage.step(say):
        if len(stage.log) % 5 == 0:
            torch.save(stage.state() | {"run": run_id}, half)
    final, log = stage.final().cpu(), stage.log
    told = family.train(final, kept["train"], kept["val"], args.seed)
    say(f"stage D the embedding tells six families' scores with an error of {told['error']:.1f} points; their medians err by {told['median']:.1f}")
    dishes = sorted({c.dish for c in train})
    more = f", and {len(blind)} of which only the truth was simulated" if blind else ""
    data = f"{len(train)} simulated cooks: " + ", ".join(f"{sum(c.dish == d for c in train)} of {d}" for d in dishes) + more
    saved = {"model": final.state_dict(), "feature_id": feature_id, "data": data, "constants": constants(train), "embedding": told}
    torch.save(saved, args.out)
    args.out.with_suffix(".jsonl").write_text(lines(log))
    half.unlink(missing_ok=True)
