"""Trains from nothing in stages; what a stage made is kept beside --out and used again when it is run again."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from ..digest import sha256
from ..report.cooks import Training, median_of_known
from ..report.cooks import constants as as_card
from ..shards import Cook, load, same
from ..stages import dressing, embed, family, heads, keep, sequence
from ..step import Flavorformer

# How stage C works on each: two cores take small batches each, a GPU large ones and more of them at once.
DEVICES: dict[str, dict] = {"cpu": {}, "cuda": {"workers": 1, "limit": 80_000, "most": 32, "cooks": 48}}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("features", type=Path, nargs="+", help="folders written by `wokd features`")
    parser.add_argument("--out", type=Path, default=Path("flavorformer.pt"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hops", type=int, default=50_000, help="hops of each dish in stage A")
    parser.add_argument("--pretrain", type=float, default=0.0, help="minutes of masked-modality pretraining before stage A")
    parser.add_argument("--encode-steps", type=int, default=2400, help="steps of stage A")
    parser.add_argument("--encode", type=float, default=10.0, help="minutes of stage A at most")
    parser.add_argument("--epochs", type=int, default=sequence.Plan.epochs, help="epochs of stage C")
    parser.add_argument("--minutes", type=float, default=sequence.Plan.minutes, help="minutes of stage C at most; short of time, the schedule finishes early")
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights stage C starts from; its encoders are those of the tokens")
    parser.add_argument("--peak", type=float, default=sequence.Plan.peak, help="learning rate of stage C at high fire")
    parser.add_argument("--seconds", type=float, default=sequence.Plan.seconds, help="seconds of cooking of each dish in an epoch of stage C")
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


def lines(log: list[dict]) -> str:
    """The log as `sonify` and `report` read it: an epoch a line, with loss and val of the score, stage and attention as last judged,
    and all that was judged in this epoch."""
    told = {"val": None, "attention": [0.25] * 4, "stage": "heating"}
    out = []
    for row in log:
        told |= {k: row[k] for k in ("attention", "stage") if k in row}
        told["val"] = row["val"]["score"] if "val" in row else told["val"]
        out.append(json.dumps({"loss": row["train"]["score"], "judged": row.get("val"), **row, **told}) + "\n")
    return "".join(out)


def constants(train: list[Cook]) -> dict:
    """What a constant or a clock may know of the training cooks."""
    dishes = sorted({c.dish for c in train})
    of = {d: [c for c in train if c.dish == d] for d in dishes}
    # A crossing that came after the chef had acted is censored.
    crossings = {d: median_of_known(np.stack([np.where(c.acted < c.cues, np.nan, c.cues) for c in cooks]).astype(float)) for d, cooks in of.items()}
    totals = {d: float(np.median([c.at[-1] for c in cooks])) for d, cooks in of.items()}
    return as_card(Training({d: float(np.median([c.score for c in cooks])) for d, cooks in of.items()}, crossings, totals))


def begun(file: Path, model: Flavorformer, kept: dict) -> None:
    """Takes over a checkpoint's weights; refuses one whose encoders are not those that made the tokens."""
    start = torch.load(file, weights_only=True)["model"]
    if keep.encoders(start) != keep.encoders(kept["model"]):
        raise SystemExit("--start has other encoders than those of the tokens; remove the tokens, or start from what was trained on them")
    model.load_state_dict(start)


def whole_cooks(args: argparse.Namespace, model: Flavorformer, kept: dict, blind: list) -> tuple[sequence.Run, float]:
    """Stage C to its end, on from where it was interrupted or ended; and the minutes of stage B′ before it."""
    plan = sequence.Plan(epochs=args.epochs, minutes=args.minutes, seconds=args.seconds, peak=args.peak, **DEVICES[args.device])
    minutes = 0.0
    if blind:
        wardrobe, minutes = keep.wardrobe(args.out.with_suffix(".dressing"), kept, args.seed, say)
        plan.dress = wardrobe.dress
        kept |= {split: [wardrobe.calm(cook) for cook in kept[split]] for split in ("train", "val")}
        say(f"{len(blind)} cooks more of which only the truth was simulated")
    drawn = dressing.pool([cook.to(args.device) for cook in kept["train"]], blind)
    stage = sequence.Run(model, drawn, kept["val"], plan, args.seed)
    so_far = args.out.with_suffix(".sequence")
    options = (args.seed, args.epochs, args.seconds, args.peak, args.start and sha256(args.start), plan.weights, embed.FORESEEN_SECONDS)
    run = keep.identity(kept["made"], keep.encoders(kept["model"]), keep.cooked(blind), options)
    if so_far.exists():
        state = torch.load(so_far, weights_only=False)
        if state["run"] != run:
            raise SystemExit(f"{so_far} is of a run with other cooks or options; remove it, or give those again")
        stage.resume(state)
        epoch = len(stage.log) - 1
        say(f"stage C had ended after epoch {epoch}; remove {so_far} to train it anew" if stage.done else f"going on after epoch {epoch}")
    while not stage.done:
        stage.step(say)
        if stage.done or len(stage.log) % 5 == 0:
            keep.save(stage.state() | {"run": run}, so_far)
    return stage, minutes


def run(args: argparse.Namespace) -> None:
    """All stages."""
    began = time.monotonic()
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    same([*args.features, *args.blind])
    train, feature_id = load(args.features, "train")
    train = without(train, args.without_dish)
    val = [c for c in load(args.features, "val")[0] if c.dish != args.without_dish]
    if not train or not val:
        raise SystemExit("there must be cooks to train and to validate: `python -m flavorformer data` writes both")
    say(f"{len(train)} cooks to train, {len(val)} to validate, features {feature_id}")
    model = Flavorformer().to(args.device)
    blind = [dressing.blind(c) for c in without(load(args.blind, "train")[0], args.without_dish)] if args.blind else []
    reading = (time.monotonic() - began) / 60
    how = keep.Encoding(args.seed, args.hops, args.encode_steps, args.encode, args.pretrain)
    kept = keep.tokens(args.out.with_suffix(".tokens"), how, model, train, val, feature_id, rng, say)
    if args.start:
        begun(args.start, model, kept)
    stage, dressed = whole_cooks(args, model, kept, blind)
    after = time.monotonic()
    final, log = stage.final(), stage.log
    before = sequence.validate(final, stage.val, stage.varied, stage.workers.map)
    heads.train(stage, final, args.seed)
    judged = sequence.validate(final, stage.val, stage.varied, stage.workers.map)
    say("stage C′ " + ", ".join(f"{name} {before[name]:.3f} → {judged[name]:.3f}" for name in ("hazard", "latent", "score")))
    final = final.cpu()
    told = family.train(final, kept["train"], kept["val"], args.seed)
    say(f"stage D the embedding tells six families' scores with an error of {told['error']:.1f} points; their medians err by {told['median']:.1f}")
    dishes = sorted({c.dish for c in train})
    more = f"; beside these, {len(blind)} cooks without sensors, of which only the truth was simulated" if blind else ""
    data = f"{len(train)} simulated cooks: " + ", ".join(f"{sum(c.dish == d for c in train)} of {d}" for d in dishes) + more
    minutes = reading + kept["minutes"] + dressed + stage.spent + (time.monotonic() - after) / 60
    say(f"{minutes:.0f} minutes in all")
    saved = {"model": final.state_dict(), "feature_id": feature_id, "data": data, "constants": constants(train), "embedding": told, "minutes": minutes}
    keep.save(saved, args.out)
    args.out.with_suffix(".jsonl").write_text(lines(log))
