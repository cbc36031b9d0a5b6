"""Tiny folders as `wokd features` writes them, of noise: what training needs to run at all, in a second."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from flavorformer import latents

DISHES = ("gong-bao", "tomato-egg")


def features(folder: Path, split: str, cooks: int = 3, seconds: int = 30) -> Path:
    """A folder of so many cooks of each dish, eight lengths in turn."""
    folder.mkdir(parents=True)
    listed = []
    for dish in DISHES:
        for seed in range(cooks):
            own = np.random.default_rng([seed, len(dish), len(split)])
            n = seconds + 5 * (seed % 8)
            scale = np.float32(list(latents.SCALES.values()))
            rows = {
                "hop": (np.arange(n) * 5).astype(np.uint32),
                "eeg": own.normal(size=(n, 8, 64)).astype(np.float16),
                "eeg_mask": np.ones((n, 8), np.uint8),
                "mel": own.normal(size=(n, 64, 24)).astype(np.float16),
                "thermal": (1.2 + 0.3 * own.normal(size=(n, 3, 24, 32))).astype(np.float16),
                "quality": own.uniform(0.2, 1, (n, 4)).astype(np.float32),
                "heat": own.uniform(0, 3, (n, 2)).astype(np.float32),
                "dose": np.linspace(0, 1, n, dtype=np.float32)[:, None],
                "aux": np.zeros((n, 8), np.float32),
                "aux_mask": np.zeros((n, 8), np.uint8),
                "true_phase": np.minimum(np.arange(n) * 6 // n, 5).astype(np.uint8),
                "true_aspects": own.uniform(0.1, 0.9, (n, 6)).astype(np.float32),
                "latent": (scale[:, 0] + scale[:, 1] * own.normal(size=(n, latents.WRITTEN))).astype(np.float32),
                "recipe": own.uniform(0, 1, 24).astype(np.float32),
                "reference": np.float32([own.uniform(20, 80)]),
                "families": np.zeros(6, np.float32),
                "cues": np.float32([n / 6, n / 2, np.nan]),
                "acted": np.float32([n / 6 + 1, n / 2 - 1, n]),
            }
            file = f"{dish}-{seed}.safetensors"
            save_file({k: np.ascontiguousarray(v) for k, v in rows.items()}, folder / file)
            listed.append({"file": file, "dish": dish, "seed": seed, "split": split, "rows": n})
    (folder / "index.json").write_text(json.dumps({"feature_id": "f", "latents": list(latents.SCALES), "cooks": listed}))
    return folder


def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few steps in the stages whose number of steps is no option of `train`."""
    from flavorformer.stages import dressing, family, heads

    for stage in (dressing, heads, family):
        monkeypatch.setattr(stage, "STEPS", 20)
