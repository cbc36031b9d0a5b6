"""A linear probe that names what is heard, taught and tuned by simulated cooks alone."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from . import latents
from .shards import MEL_TAIL, Cook

# What the simulator's truth can label, and the phases that it is heard in by their index in `true_phase`.
SOUNDS = ("frying", "boiling", "burner")
PREHEAT, BLOOM, SEAR, SIMMER = range(4)
# Rows, one a second, of a simulated clip, which is as long as a recording; and how many of each sound a cook may give, so that
# an hour's simmer is no more than a minute's.
CLIP_ROWS = 5
CLIPS_OF_COOK = 2
# What is chosen between on validation cooks: columns of `inputs`, and the inverse strength of the ridge penalty.
INPUTS = {"spectrum": slice(0, 64), "spectrum and its spread in time": slice(0, 128)}
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
# Share of the rightly named validation clips that the threshold keeps (design choice).
KEPT = 0.95


def labels(cook: Cook) -> np.ndarray:
    """The sound of each row as an index of SOUNDS, −1 where it is mixed, unknown or not heard: [n].

    frying: wet food on a wall well above the boil, no sauce in the wok; boiling: food at the boil in a thin liquid over a hotter
    wall; burner: the flame under a wok that holds no food and no liquid. Aromatics are left out, as their wetness is no latent.
    """
    column = dict(zip(latents.SCALES, np.asarray(cook.rows["latent"]).T, strict=True))
    phase, heard = np.asarray(cook.rows["true_phase"]), np.asarray(cook.rows["quality"])[:, 1] > 0.9
    wet, wall, surface, liquid = (column[k] for k in ("moisture", "wall_c", "food_surface_c", "liquid_fraction"))
    dry = liquid < 0.02
    frying = np.isin(phase, (BLOOM, SEAR)) & (wet > 0.2) & (wall > 130) & dry
    boiling = (phase == SIMMER) & (liquid > 0.3) & (column["solids"] < 0.2) & (surface > 94) & (surface < 103) & (wall > 104)
    burner = (phase == PREHEAT) & (wet == 0) & dry & (wall > 60)
    return np.select([heard & frying, heard & boiling, heard & burner], [0, 1, 2], -1)


def clips(cook: Cook) -> list[tuple[int, np.ndarray]]:
    """Stretches of CLIP_ROWS seconds of one sound, spread over the cook: the sound and log-mel [CLIP_ROWS, 64, 24] of each."""
    of = labels(cook)
    edges = [0, *np.flatnonzero(np.diff(of)) + 1, len(of)]
    starts = np.array([s for a, b in zip(edges, edges[1:], strict=False) for s in range(a, b - CLIP_ROWS + 1, CLIP_ROWS)], int)
    out = []
    for sound in range(len(SOUNDS)):
        own = starts[of[starts] == sound]
        kept = own[np.unique(np.linspace(0, len(own) - 1, CLIPS_OF_COOK).round().astype(int))] if len(own) else own
        out += [(sound, np.array(cook.rows["mel"][s : s + CLIP_ROWS])) for s in kept]
    return out


def inputs(mel: np.ndarray) -> np.ndarray:
    """Mean of each band over a hop less the mean over bands, as the gain is hidden, and its SD over the frames: [n, 64, 24] → [n, 128]."""
    new = mel[..., MEL_TAIL:].astype(np.float64)
    spectrum = new.mean(-1)
    return np.concatenate([spectrum - spectrum.mean(-1, keepdims=True), new.std(-1)], -1)


@dataclass(frozen=True)
class Clips:
    """Simulated clips: sound [m]; x [m, CLIP_ROWS, 128] as `inputs`."""

    sound: np.ndarray
    x: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        """Weights of mean 1 by which every sound counts the same: [m]."""
        counts = np.bincount(self.sound, minlength=len(SOUNDS))
        return len(self.sound) / (np.count_nonzero(counts) * counts[self.sound])


def gather(cooks: Iterable[Cook]) -> Clips:
    """The clips of all cooks. Raises ValueError where a sound is in none."""
    found = [(sound, inputs(mel)) for cook in cooks for sound, mel in clips(cook)]
    if missing := [name for i, name in enumerate(SOUNDS) if i not in {sound for sound, _ in found}]:
        raise ValueError(f"no simulated clip of {', '.join(missing)}")
    return Clips(np.array([sound for sound, _ in found]), np.stack([x for _, x in found]))


@dataclass(frozen=True)
class Probe:
    """Multinomial logistic regression of hops; a clip is what its hops' mean log-probability says.

    threshold: the least probability of the likeliest sound, 0–1, with which a clip is named at all.
    """

    inputs: str
    strength: float
    model: Pipeline
    threshold: float = 0.0

    def clip(self, x: np.ndarray) -> np.ndarray:
        """Geometric mean of the probabilities of a clip's hops, made to sum to 1: [n, 128] → [3]."""
        said = self.model.predict_log_proba(x[:, INPUTS[self.inputs]]).mean(0)
        said = np.exp(said - said.max())
        return said / said.sum()

    def names(self, said: np.ndarray) -> int | None:
        """The sound that probabilities [3] name; None where they are not sure enough."""
        return int(said.argmax()) if said.max() >= self.threshold else None


def fit(train: Clips, chosen: str, strength: float) -> Probe:
    """Fits all hops of the clips; every sound weighs the same."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    x = train.x[..., INPUTS[chosen]]
    weight = np.repeat(train.weight, x.shape[1])
    model.fit(x.reshape(-1, x.shape[-1]), np.repeat(train.sound, x.shape[1]), logisticregression__sample_weight=weight)
    return Probe(chosen, strength, model)


def log_loss(said: np.ndarray, of: Clips) -> float:
    """Mean −ln p of the true sound of clips [m, 3], every sound weighing the same."""
    own = np.log(np.maximum(said[np.arange(len(said)), of.sound], 1e-12))
    return float(-(own * of.weight).mean())


def choose(train: Clips, val: Clips) -> tuple[Probe, dict]:
    """The probe of least loss on validation clips with its threshold, and what it reached there."""
    best = None
    for chosen in INPUTS:
        for strength in STRENGTHS:
            probe = fit(train, chosen, strength)
            said = np.stack([probe.clip(x) for x in val.x])
            loss = log_loss(said, val)
            if best is None or loss < best[0]:
                best = loss, probe, said
    loss, probe, said = best
    right, sure = said.argmax(1) == val.sound, said.max(1)
    threshold = float(np.quantile(sure[right], 1 - KEPT))
    named = right & (sure >= threshold)
    reached = {
        "train_clips": len(train.sound),
        "clips": len(val.sound),
        "log_loss": loss,
        "right": float(right.mean()),
        "right_by_sound": {name: float(right[val.sound == i].mean()) for i, name in enumerate(SOUNDS)},
        "rightly_named": float(named.mean()),
    }
    return Probe(probe.inputs, probe.strength, probe.model, threshold), reached
