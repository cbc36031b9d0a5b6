"""The visible lists of what is taken out. Adding one is a cut, a changed plan, or both, and one line here."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from ..stages import sequence
from ..stages.losses import WEIGHTS
from . import cuts

WHOLE = "whole"


@dataclass(frozen=True)
class Variant:
    """A cut of the fresh model, fields of stage C's plan that are other than usual, and whether the encoders begin without labels, and whether no
    training cook is spiced."""

    cut: cuts.Cut = cuts.uncut
    plan: dict[str, Any] = field(default_factory=dict)
    pretrain: bool = False
    mild: bool = False


def unweighed(part: str) -> dict[str, Any]:
    """The plan without one part of the loss."""
    return {"weights": {**WEIGHTS, part: 0.0}}


def present(x: dict[str, Tensor], rng: np.random.Generator) -> None:
    """`perturb` that takes no modality away; it draws the same numbers, so that recipes, bypasses and batches stay paired."""
    quality = x["quality"].clone()
    sequence.perturb(x, rng)
    x["quality"] = quality


# What comes after the encoders: all of them learn from the same tokens.
LAYERS = {
    WHOLE: Variant(),
    "WokLU → SiLU (heads)": Variant(cuts.swish),
    "Doubanjiang 豆瓣酱 → identity": Variant(cuts.unnormalised),
    "Doubanjiang 豆瓣酱 → LayerNorm": Variant(cuts.layer_norm),
    "cross-modal term": Variant(cuts.own_modality),
    "Wok Temporal Embedding → clock": Variant(cuts.clock),
    "flavour masking by quality": Variant(cuts.unweighed),
    "temperature by toss rate 颠勺频率": Variant(cuts.steady),
    "memory attention": Variant(cuts.forgetful),
    "LSTM": Variant(cuts.still),
    "learned doses": Variant(cuts.undosed),
    "capsules' routing": Variant(cuts.unrouted),
    "capsules → sigmoids": Variant(cuts.uncapsuled),
    "λ·锅气² (turbulence)": Variant(plan=unweighed("turbulence")),
    "γ·豆瓣酱 (decorrelation)": Variant(plan=unweighed("groups")),
    "latent supervision": Variant(plan=unweighed("latent")),
    "foreseen ends": Variant(plan=unweighed("ends")),
    "default start → dumpling fold": Variant(cuts.folded),
    "Dynamic Heat → constant rate": Variant(plan={"heat": (0.0, 1.0, 1.0)}),
    "modality dropout": Variant(plan={"perturb": present}),
}

# What the encoders are: each learns anew from hops, embeds, and stage C follows.
ENCODERS = {
    WHOLE: Variant(),
    "no pretraining → masked-modality pretraining": Variant(pretrain=True),
    "WokLU → SiLU (everywhere)": Variant(cuts.swish),
    "surface-dose plane": Variant(cuts.planeless),
    "montage layer": Variant(cuts.unmounted),
    "川渝 sensor faults in training": Variant(mild=True),
}
LISTS = {"layers": LAYERS, "encoders": ENCODERS}
