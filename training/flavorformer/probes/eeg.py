"""What the EEG encoder's token predicts, and what the toss rate alone would."""

from dataclasses import dataclass

import numpy as np

from .. import latents
from ..perturb.units import EEG, EEG_UV
from ..shards import EEG_TAIL, Cook
from ..stages.embed import Tokens
from .bench import Bench
from .linear import fitted, judged

TOSS, ATTENTION = (list(latents.SCALES).index(name) for name in ("toss_hz", "attention"))
FP1, C3, C4 = 0, 2, 3
BLINK_UV, BLINK_SHARE = 80.0, 1 / 3
# Hops of each dish that a probe is trained on.
HOPS = 8000
TASKS = {
    "movement": "whether the chef tosses or stirs (latent toss_hz above 0)",
    "attention": "the chef's attention: attention proxy, unvalidated",
    "attention_still": "the same in hops in which the chef moves nothing: attention proxy, unvalidated",
    "quality": "the EEG's own quality",
    "blinks": "blinks, by rule: Fp1 swings by more than 80 µV within the hop and C3 and C4 by less than a third of that, all three channels there",
}


@dataclass(frozen=True)
class Hops:
    """Hops of one cook with EEG: token [n, 96], motion [n, 3], and by task the truth [n] with where it is known, bool [n]."""

    token: np.ndarray
    motion: np.ndarray
    truth: dict[str, tuple[np.ndarray, np.ndarray]]


def blinks(eeg: np.ndarray) -> np.ndarray:
    """Which hops hold a blink by the rule of TASKS: [n, 8, 64] µV with its context → bool [n]."""
    swing = np.ptp(eeg[..., EEG_TAIL:], axis=-1)
    return (swing[:, FP1] > BLINK_UV) & (np.maximum(swing[:, C3], swing[:, C4]) < BLINK_SHARE * swing[:, FP1])


def motion(toss: np.ndarray) -> np.ndarray:
    """All that the measured toss rate alone can tell a linear probe: whether there is one, Hz and Hz²: [n] → [n, 3]."""
    return np.stack([toss > 0, toss, toss**2], -1).astype(float)


def hops(cook: Cook, tokens: Tokens, limit: int | None = None, rng: np.random.Generator | None = None) -> Hops:
    """The hops with EEG, all or `limit` of them drawn. The token is the one made without the wall's temperature: EEG and nothing else."""
    quality = tokens.plain["quality"].numpy()[:, EEG]
    rows = np.flatnonzero(quality > 0)
    if limit is not None and limit < len(rows):
        rows = np.sort(rng.choice(rows, limit, replace=False))
    latent = np.asarray(cook.rows["latent"])[rows].astype(float)
    there = tokens.plain["eeg_mask"].numpy()[rows][:, [FP1, C3, C4]].all(1)
    all_of, still = np.ones(len(rows), bool), latent[:, TOSS] == 0
    truth = {
        "movement": (~still, all_of),
        "attention": (latent[:, ATTENTION], all_of),
        "attention_still": (latent[:, ATTENTION], still),
        "quality": (quality[rows].astype(float), all_of),
        "blinks": (blinks(np.asarray(cook.rows["eeg"])[rows].astype(np.float32) * EEG_UV), there),
    }
    return Hops(tokens.unseen[rows, 0].float().numpy(), motion(tokens.plain["heat"].numpy()[rows, 1]), truth)


def probed(task: str, train: list[Hops], dishes: list[str], test: list[Hops]) -> dict:
    """One task's probes, trained on some cooks and judged on others; only the counts where a truth never varies."""
    known = [h.truth[task][1] for h in train]
    y = np.concatenate([h.truth[task][0][k] for h, k in zip(train, known, strict=True)])
    true = [h.truth[task][0][h.truth[task][1]] for h in test]
    out = {"what": TASKS[task], "hops": int(sum(len(t) for t in true)), "mean": float(np.concatenate(true).mean())}
    if len(np.unique(y)) < 2 or len(np.unique(np.concatenate(true))) < 2:
        return out
    said = {}
    for name in ("token", "motion"):
        probe = fitted(np.concatenate([getattr(h, name)[k] for h, k in zip(train, known, strict=True)]), y)
        given = [getattr(h, name)[h.truth[task][1]] for h in test]
        said[name] = [probe(x) if len(x) else np.zeros(0) for x in given]
    return out | judged(dishes, said, true)


def figures(bench: Bench) -> dict:
    """Every task: AUC or R² by the token, by motion alone, and the token's gain over motion."""
    rng = np.random.default_rng(1)
    count = {d: sum(c.dish == d for c, _ in bench.train) for d in {c.dish for c, _ in bench.train}}
    train = [hops(c, t, -(-HOPS // count[c.dish]), rng) for c, t in bench.train]
    test = [hops(c, t) for c, t in bench.val]
    dishes = [c.dish for c, _ in bench.val]
    return {
        "what": "linear probes (logistic: AUC, ridge: R²) on the frozen EEG token of a hop with EEG quality above 0, trained on training cooks, judged on "
        "validation cooks; `motion` is the same from the measured toss rate alone, `gain` the token's over it",
        "cooks": len(test),
        "of": {task: probed(task, train, dishes, test) for task in TASKS},
    }
