"""One training of one variant: counted in steps, so that a seed and a budget give the same figures on any clock."""

import math
import sys
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from ..shards import first, load
from ..stages import embed, encode, keep, sequence
from ..stages.rollback import Diverged
from ..step import Flavorformer
from .variants import LISTS, Variant

# The median's error over all seconds, at half of the cook and at its end, as `sequence.validate` names them.
MOMENTS = {"all": "error", "half": "half", "end": "end"}
# Errors by moment in points, mean over cooks, then over dishes; None where the training diverged.
Found = dict[str, float | None]


@dataclass(frozen=True)
class Budget:
    """What every run may spend; all of it is written beside the figures."""

    steps: int
    """Steps of the optimiser in stage C."""
    cooks: int
    """Cooks a step of stage C."""
    limit: int
    """Padded seconds of a batch of stage C."""
    peak: float
    """Its rate at high fire."""
    seconds: float
    """Seconds of cooking of each dish in an epoch of stage C."""
    validate: int
    """Validation cooks of each dish."""
    encode: int = 0
    """Steps of stage A; as many again without labels where it begins with them."""
    hops: int = 0
    """Hops of each dish in stage A."""
    train: int = 0
    """Cooks of each dish that the encoders learn from and embed."""


def silent(line: str) -> None:
    """No progress: a run is one line of its caller's."""


def start(variant: Variant, seed: int) -> Flavorformer:
    """The model that a seed gives, cut. What a cut draws disturbs nothing: what it leaves starts, and goes on, as in the whole."""
    torch.manual_seed(seed)
    model = Flavorformer()
    with torch.random.fork_rng(devices=[]):
        variant.cut(model)
    return model


def after_encoders(model: Flavorformer, variant: Variant, train: list[embed.Tokens], val: list[embed.Tokens], budget: Budget, seed: int) -> Found:
    """Stage C at the budget, judged once at its end."""
    # Never judged on the way, which could end it early by its own losses.
    of = {name: getattr(budget, name) for name in ("steps", "cooks", "limit", "peak", "seconds")}
    plan = sequence.Plan(**of, minutes=math.inf, every=sys.maxsize, workers=1)
    torch.manual_seed(seed)
    stage = sequence.Run(model, train, val, replace(plan, **variant.plan), seed)
    try:
        while not stage.done:
            stage.step(silent)
    except Diverged:
        return dict.fromkeys(MOMENTS)
    # Put back to its start on the way, it had fewer steps to learn in than the others: no pair to them.
    if stage.guard.count:
        return dict.fromkeys(MOMENTS)
    judged = stage.log[-1]["val"]
    return {moment: judged[of] for moment, of in MOMENTS.items()}


@lru_cache(maxsize=1)
def tokens(file: Path) -> dict:
    """A tokens file of a training, mapped: several processes share one copy in memory."""
    return torch.load(file, mmap=True, weights_only=False)


def layer(file: Path, name: str, seed: int, budget: Budget) -> Found:
    """A variant of LAYERS on the tokens that a training kept."""
    variant, kept = LISTS["layers"][name], tokens(file)
    return after_encoders(start(variant, seed), variant, kept["train"], first(kept["val"], budget.validate), budget, seed)


def encoder(folders: tuple[Path, ...], name: str, seed: int, budget: Budget) -> Found:
    """A variant of ENCODERS from the features on: stage A, tokens of some cooks, stage C."""
    variant = LISTS["encoders"][name]
    train, val = (first(load(list(folders), split)[0], count) for split, count in (("train", budget.train), ("val", budget.validate)))
    model = start(variant, seed)
    rows = encode.sample(train, budget.hops, np.random.default_rng(seed))
    for labels in (False, True) if variant.pretrain else (True,):
        # Seeded by the stage: what came before it must not change which hops it sees.
        torch.manual_seed(seed)
        encode.train(model, rows, math.inf, np.random.default_rng([seed, labels]), labels=labels, steps=budget.encode, say=silent)
    spiced = [embed.embed(model, cook, 0 if variant.mild else embed.spiciness(cook)) for cook in train]
    embedded = spiced, [embed.embed(model, cook) for cook in val]
    return after_encoders(model, variant, *embedded, budget, seed)


RUNS = {"layers": layer, "encoders": encoder}


def one(level: str, source: Path | tuple[Path, ...], name: str, seed: int, budget: Budget) -> tuple[str, int, Found]:
    """One run on one thread, as sums on several would depend on their number."""
    torch.set_num_threads(1)
    return name, seed, RUNS[level](source, name, seed, budget)


def stated(level: str, source: Path | tuple[Path, ...], budget: Budget) -> dict:
    """What the figures of a file belong to; a file of another budget, other cooks or other encoders is not gone on with."""
    if level == "layers":
        kept = tokens(source)
        of = {"feature_id": kept["feature_id"], "cooks_of": [keep.cooked(kept[split]) for split in ("train", "val")], "encoders": keep.encoders(kept["model"])}
    else:
        (train, feature_id), (val, _) = (load(list(source), split) for split in ("train", "val"))
        of = {"feature_id": feature_id, "cooks_of": [keep.cooked(cooks) for cooks in (train, val)], "spiced": embed.SPICED}
    return {"level": level, **of, **asdict(budget)}
