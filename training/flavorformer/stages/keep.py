"""What the stages of a training leave beside its checkpoint, for a run that goes on: tokens, dressing, stage C as far as it came.

Each file says what it was made of. What was made of something else is refused, never silently used.
"""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..replace import replaced
from ..shards import Cook
from ..step import Flavorformer
from . import dressing, embed, encode
from .sequence import ENCODERS

# Cooks that stage B reads at a time, and threads of stage A: sums on another number of them differ in their last bits.
READERS, THREADS = 2, 2


@dataclass(frozen=True)
class Encoding:
    """How stages A and B make the tokens: hops of each dish, steps of stage A and minutes at most, minutes of pretraining."""

    seed: int
    hops: int
    steps: int
    minutes: float
    pretrain: float


def identity(*parts: object) -> str:
    """Tells one run's cooks, and what is done with them, from another's."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def cooked(cooks: list) -> str:
    """Tells some cooks from others: by dish, seed, score and length."""
    return identity([(c.dish, c.seed, c.score, c.seconds) for c in cooks])


def encoders(state: dict[str, torch.Tensor]) -> str:
    """Which encoders a model's weights have, in twelve digits."""
    whole = hashlib.sha256()
    for name in sorted(name for name in state if name.startswith(ENCODERS)):
        whole.update(state[name].cpu().numpy().tobytes())
    return whole.hexdigest()[:12]


def save(content: dict, file: Path) -> None:
    """At once: an interruption leaves the old file or the new one."""
    replaced(file, lambda new: torch.save(content, new))


def relabel(kept: dict, train: list[Cook], val: list[Cook]) -> None:
    """Labels made anew: tokens that were kept may be older than what a label is."""
    for tokens, cooks in ((kept["train"], train), (kept["val"], val)):
        for token, cook in zip(tokens, cooks, strict=True):
            token.hazard, token.latent = torch.from_numpy(embed.hazards(cook)), embed.labels(cook)
            token.families = torch.from_numpy(np.array(cook.rows["families"]))


def embedded(model: Flavorformer, train: list[Cook], val: list[Cook], say) -> dict:  # noqa: ANN001
    """Stage B: `train` and `val` tokens, and the `model`'s weights that made them."""
    began = time.monotonic()
    with ThreadPoolExecutor(READERS) as pool:
        made = {
            "train": list(pool.map(lambda c: embed.embed(model, c, embed.spiciness(c)), train)),
            "val": list(pool.map(lambda c: embed.embed(model, c), val)),
        }
    say(f"stage B {sum(c.seconds for c in made['train'])} seconds of cooking in {time.monotonic() - began:.0f} s")
    return made | {"model": {name: v.cpu() for name, v in model.state_dict().items()}}


def tokens(file: Path, how: Encoding, model: Flavorformer, train: list[Cook], val: list[Cook], feature_id: str, rng: np.random.Generator, say) -> dict:  # noqa: ANN001
    """Stages A and B, or what they gave an earlier run; the model's encoders are set in place.

    Gives `train` and `val` tokens, the `model`'s weights, `feature_id`, and the `minutes` that it took.
    """
    made = identity(feature_id, cooked(train), cooked(val), how, embed.SPICED)
    if file.exists():
        kept = torch.load(file, weights_only=False)
        if kept.get("made") != made:
            raise SystemExit(f"{file} was made of other cooks or with other options; remove it, or give those again")
        model.load_state_dict(kept["model"])
        relabel(kept, train, val)
        return kept
    began = time.monotonic()
    torch.set_num_threads(THREADS)
    rows = encode.sample(train, how.hops, rng)
    if how.pretrain > 0:
        encode.train(model, rows, how.pretrain, rng, labels=False, say=say)
    encode.train(model, rows, how.minutes, rng, steps=how.steps, say=say)
    del rows
    kept = embedded(model, train, val, say)
    kept |= {"made": made, "feature_id": feature_id, "minutes": (time.monotonic() - began) / 60}
    save(kept, file)
    return kept


def wardrobe(file: Path, kept: dict, seed: int, say) -> tuple[dressing.Wardrobe, float]:  # noqa: ANN001
    """Stage B′, or what it gave an earlier run, and the minutes that it took."""
    made = identity(kept["made"], encoders(kept["model"]), seed)
    found = torch.load(file, weights_only=True) if file.exists() else {}
    model = dressing.Dressing()
    if found.get("made") == made:
        model.load_state_dict(found["model"])
    else:
        began = time.monotonic()
        model, explained = dressing.train(kept["train"], np.random.default_rng(seed))
        say(f"stage B′ the state explains {explained:.2f} of the variance of what the encoders say")
        found = {"made": made, "model": model.state_dict(), "minutes": (time.monotonic() - began) / 60}
        save(found, file)
    return dressing.Wardrobe(model.eval(), kept["train"]), found["minutes"]
