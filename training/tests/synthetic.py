"""Tiny folders as `wokd rehearse` and `wokd features` write them, of cooks whose every figure is known beforehand."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from flavorformer import latents
from flavorformer.report import cooks

HOP_S = 0.2
DISHES = {"tomato-egg": (60.0, 60.0), "gong-bao": (40.0, 132.0)}
Z = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816])


def logit(points):
    return np.log(points / (100 - points))


def points(logits):
    return 100 / (1 + np.exp(-logits))


def phases(n: int) -> np.ndarray:
    """preheat, bloom, sear, simmer, reduce, off: equal sixths."""
    return np.minimum(np.arange(n) * 6 // n, 5).astype(np.uint8)


def cook(dish: str, seed: int, *, spread: float = 0.3, told: float = 0.3, skill: float = 1.0, devices: int = 0, device_sd: float = 0.0,
         fires_off: float = 0.0, phase_late: int = 0, oracle_sd: float | None = None, aspect_noise: float = 0.0, broken: bool = False) -> dict[str, np.ndarray]:
    """One cook.

    The final score is drawn about the dish's middle with SD 10. At each hop the model's median logit is the truth's plus a normal error
    of SD `spread` that the cook keeps; it says an SD of `told`. `skill` 1 with `spread` 0 is a perfect model.
    A `broken` cook has no score in its first 40 % and no flame-off, no crossing and no fired cue.
    """
    middle, seconds = DISHES[dish]
    own = np.random.default_rng([seed, len(dish)])
    noise = np.random.default_rng([seed, len(dish), devices])
    n = int(seconds / HOP_S)
    truth = float(np.clip(own.normal(middle, 10), 5, 95))
    centre = skill * logit(truth) + (1 - skill) * logit(middle) + spread * own.normal() + device_sd * noise.normal()
    score = np.tile(points(centre + told * Z), (n, 1)).astype(np.float32)
    true = phases(n)
    said = np.eye(6, dtype=np.float32)[np.r_[np.full(phase_late, true[0]), true[: n - phase_late]]]
    at = (np.arange(n) + 1) * HOP_S
    crossing = np.array([seconds / 6, seconds * 4 / 6, seconds * 5 / 6], np.float32)
    aspects = np.tile(own.uniform(0.1, 0.9, 6), (n, 1)).astype(np.float32)
    attention = np.tile(np.float32([0.1, 0.3, 0.4, 0.2]), (n, 1))
    rows = {
        "hop": np.arange(n, dtype=np.uint32),
        "score": score,
        "aspects": np.clip(aspects + aspect_noise * noise.normal(size=6), 0, 1).astype(np.float32),
        "phase": said,
        "hazard": np.stack([(at > t - 1) & (at <= t) for t in crossing], 1).astype(np.float32),
        "attention": attention,
        "embedding": np.zeros(64, np.float32),
        "quality": np.ones((n, 4), np.float32),
        "reference": np.float32([truth]),
        "families": np.full(6, truth, np.float32),
        "true_phase": true,
        "true_aspects": aspects,
        "so_far": np.linspace(0, truth, n).astype(np.float32),
        "cues": crossing,
        "acted": crossing + 2,
        "fired_kind": np.arange(3, dtype=np.uint8),
        "fired_s": (crossing - 4 + fires_off).astype(np.float32),
        "fired_confidence": np.ones(3, np.float32),
    }
    if oracle_sd is not None:
        rows["oracle"] = (truth + own.normal(size=(3, 1)) * oracle_sd + np.linspace(-1, 1, 200)).astype(np.float32)
        rows["onlooker"] = truth + 1.5 * (rows["oracle"][1:2] - truth)
    if broken:
        rows |= {k: v[:0] for k, v in rows.items() if k.startswith("fired")}
        rows |= {k: np.full(3, np.nan, np.float32) for k in ("cues", "acted")}
        kept = slice(n * 2 // 5, n * 5 // 6)
        rows |= {k: v[kept] for k, v in rows.items() if len(v) == n}
    return rows


def rehearse(folder: Path, variant: str = "plain", cooks: int = 20, first: int = 0, split: str = "test", **options) -> Path:
    """A folder of `cooks` cooks of every dish."""
    folder.mkdir(parents=True)
    listed = []
    for dish in DISHES:
        for seed in range(first, first + cooks):
            rows = cook(dish, seed, **options)
            file = f"{len(listed):05}.safetensors"
            save_file({k: np.ascontiguousarray(v) for k, v in rows.items()}, folder / file)
            listed.append({"file": file, "dish": dish, "seed": seed, "split": split, "hops": len(rows["hop"]),
                           "score": float(rows["reference"][0]), "seconds": DISHES[dish][1]})
    index = {"edition": "base", "model_sha256": "0" * 64, "feature_id": "f", "variant": {"name": variant}, "cooks": listed}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def features(folder: Path, split: str, cooks: int = 60, first: int = 0) -> Path:
    """A folder of feature shards, a row a second, whose heat tells the final score and whose other inputs tell nothing."""
    folder.mkdir(parents=True)
    listed = []
    for dish, (middle, seconds) in DISHES.items():
        for seed in range(first, first + cooks):
            own = np.random.default_rng([seed, len(dish)])
            truth = float(np.clip(own.normal(middle, 10), 5, 95))
            n = int(seconds)
            recipe = np.zeros(24, np.float32)
            recipe[21:24] = np.log1p(seconds * 0.9) / 9, np.log1p(seconds * 1.1) / 9, 1
            rows = {
                "hop": (np.arange(n) * 5).astype(np.uint32),
                "eeg": np.zeros((n, 8, 64), np.float16),
                "eeg_mask": np.ones((n, 8), np.uint8),
                "mel": own.normal(size=(n, 64, 24)).astype(np.float16),
                "thermal": own.normal(size=(n, 3, 24, 32)).astype(np.float16),
                "quality": np.ones((n, 4), np.float32),
                "heat": np.stack([np.full(n, (truth - middle) / 10), own.normal(size=n)], 1).astype(np.float32),
                "dose": np.linspace(0, 1, n, dtype=np.float32)[:, None],
                "aux": np.zeros((n, 8), np.float32),
                "aux_mask": np.zeros((n, 8), np.uint8),
                "recipe": recipe,
                "true_phase": phases(n),
                "true_aspects": np.full((n, 6), 0.5, np.float32),
                "latent": np.zeros((n, latents.WRITTEN), np.float32),
                "reference": np.float32([truth]),
                "families": np.full(6, truth, np.float32),
                "cues": np.float32([seconds / 6, seconds * 4 / 6, np.nan]),
                "acted": np.float32([seconds / 6 + 1, seconds * 4 / 6 - 1, seconds]),
            }
            file = f"{len(listed):05}.safetensors"
            save_file({k: np.ascontiguousarray(v) for k, v in rows.items()}, folder / file)
            listed.append({"file": file, "dish": dish, "seed": seed, "split": split, "rows": n, "score": truth, "seconds": seconds})
    (folder / "index.json").write_text(json.dumps({"feature_id": "f", "cooks": listed}))
    return folder


MEDIANS = {dish: middle for dish, (middle, _) in DISHES.items()}


def folder(tmp_path: Path, name: str = "plain", **options) -> cooks.Rehearsal:
    """A folder of `rehearse`, opened."""
    return cooks.load(rehearse(tmp_path / name, name, **options))


def in_memory(dish: str, seed: int, **options) -> cooks.Cook:
    """One cook that no file holds."""
    return cooks.Cook(dish, seed, "test", DISHES[dish][1], cook(dish, seed, **options))
