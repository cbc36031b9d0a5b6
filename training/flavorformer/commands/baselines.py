"""Measures every baseline on test cooks: a JSON file that report takes as --baselines."""

import argparse
from pathlib import Path

import numpy as np
import torch

from ..report import baselines
from ..report import shards as plain
from ..report.errors import Errors
from ..report.forecasts import medians
from ..report.shards import Statistics
from ..rivals import learn
from ..rivals.pooled import pooled, strides
from ..shards import load
from ..stages.embed import embed
from ..step import Flavorformer
from .train import say


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("features", type=Path, nargs="+", help="folders written by `wokd features`: what train was given")
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="folders of the cooks to be measured on, written by the same wokd")
    parser.add_argument("--split", default="test", help="which cooks of --test count")
    parser.add_argument("--tokens", type=Path, required=True, help="kept by train beside its checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=learn.Plan.epochs, help="of the plain transformer")
    parser.add_argument("--minutes", type=float, default=learn.Plan.minutes, help="of the plain transformer at most; once more for the shuffled labels")
    parser.add_argument("--threads", type=int, default=2)


def networks(args: argparse.Namespace, known: dict[str, float], test: Statistics) -> dict[str, Errors]:
    """The errors of the plain transformer, taught by the true scores and by shuffled ones; `known` are the training medians, points."""
    kept = torch.load(args.tokens, weights_only=False)
    cooks, feature_id = load(args.test, args.split)
    if feature_id != kept["feature_id"]:
        raise SystemExit(f"{args.tokens} is of features {kept['feature_id']}, the test cooks are of {feature_id}: write them with one wokd")
    every = strides(kept["train"])
    train, val = ([pooled(cook, every[cook.dish]) for cook in kept[split]] for split in ("train", "val"))
    encoders = Flavorformer()
    encoders.load_state_dict(kept["model"])
    del kept
    plan, rng = learn.Plan(args.epochs, args.minutes), np.random.default_rng(args.seed)
    taught = {
        "plain transformer": (train, val),
        # The cooks that choose the epoch are dealt anew too: no true score may be seen.
        "plain transformer, shuffled labels": (learn.dealt(train, rng), learn.dealt(val, rng)),
    }
    nets = {}
    for name, (own, judges) in taught.items():
        say(name)
        nets[name] = learn.train(own, judges, plan, args.seed, say)
    # A dish that was not trained on is pooled as the longest one.
    tokens = (pooled(embed(encoders, cook), every.get(cook.dish, max(every.values()))) for cook in cooks)
    return learn.measure(nets, known, test, tokens)


def run(args: argparse.Namespace) -> None:
    """Writes every cook's errors and prints their means."""
    torch.set_num_threads(args.threads)
    train, test = plain.load(args.features, "train"), plain.load(args.test, args.split)
    of = baselines.measure(train, test, args.seed, args.threads) | networks(args, medians(train), test)
    baselines.save(of, args.out)
    for name, row in baselines.figures(of)["of"].items():
        say(f"{row['error']['value']:6.2f} points, {row['over_constant']['value']:+6.2f} over the dish median  {name}")
