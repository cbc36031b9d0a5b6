"""What every measure works on: the trained model, its tokens, and the cooks they were made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from ..report.bootstrap import Grouped
from ..shards import Cook, load
from ..stages.embed import Tokens, batch
from ..stages.sequence import ENCODERS, inputs
from ..step import Flavorformer


@dataclass(frozen=True)
class Said:
    """What the model said of one cook, second by second: median of the final score [n] (points), phase [n, 6], attention [n, 4], state [n, 27]."""

    median: np.ndarray
    phase: np.ndarray
    attention: np.ndarray
    latent: np.ndarray


@dataclass
class Bench:
    """A model with frozen weights; cooks and their tokens in the same order.

    `each` is how many validation cooks of a dish the measures take that run whole cooks through the encoders again;
    `ablations` are errors as `normalisation.reduction` takes them, None where no layer was taken out.
    """

    model: Flavorformer
    train: list[tuple[Cook, Tokens]]
    val: list[tuple[Cook, Tokens]]
    each: int = 8
    ablations: dict | None = None

    @property
    def few(self) -> list[Cook]:
        """The first `each` validation cooks of every dish."""
        of_dish: dict[str, list[Cook]] = {}
        for cook, _ in self.val:
            of_dish.setdefault(cook.dish, []).append(cook)
        return [cook for cooks in of_dish.values() for cook in cooks[: self.each]]

    @cached_property
    def said(self) -> list[Said]:
        """What the model says of every validation cook."""
        return [said(self.model, tokens) for _, tokens in self.val]


@torch.no_grad()
def said(model: Flavorformer, tokens: Tokens) -> Said:
    """Runs the tokens of one cook through all that comes after the encoders."""
    out = model.sequence(inputs(batch([tokens])))
    return Said(*(v.numpy().astype(np.float64) for v in (out["score"][0, :, 2], out["phase"][0], out["attention"][0], out["latent"][0])))


def paired(cooks: list[Cook], tokens: list[Tokens]) -> list[tuple[Cook, Tokens]]:
    """Each cook with its tokens; raises SystemExit where they are not of the same cooks."""
    if [(c.dish, c.seed, c.seconds) for c in cooks] != [(t.dish, t.seed, t.seconds) for t in tokens]:
        raise SystemExit("the tokens were made of other cooks than these features hold")
    return list(zip(cooks, tokens, strict=True))


def opened(checkpoint: Path, tokens: Path, features: list[Path]) -> Bench:
    """A checkpoint and the tokens that `train` wrote, and the feature folders it was trained on; raises SystemExit where they differ."""
    saved, kept = torch.load(checkpoint, weights_only=True), torch.load(tokens, weights_only=False, mmap=True)
    train, feature_id = load(features, "train")
    val, _ = load(features, "val")
    if {saved["feature_id"], kept["feature_id"]} != {feature_id}:
        raise SystemExit("checkpoint, tokens and features are not of one kind of features")
    if any(not torch.equal(v, kept["model"][k]) for k, v in saved["model"].items() if k.startswith(ENCODERS)):
        raise SystemExit("the tokens were made by other encoders than the checkpoint's")
    model = Flavorformer().eval().requires_grad_(False)
    model.load_state_dict(saved["model"])
    return Bench(model, paired(train, kept["train"]), paired(val, kept["val"]))


def by_dish(dishes: Iterable[str], rows: Iterable[np.ndarray]) -> Grouped:
    """A row of numbers for each cook, as the bootstrap takes them: {dish: [n, k]}."""
    out: dict[str, list[np.ndarray]] = {}
    for dish, row in zip(dishes, rows, strict=True):
        out.setdefault(dish, []).append(np.atleast_1d(row).astype(float))
    return {dish: np.stack(of_dish) for dish, of_dish in sorted(out.items())}
