"""Cooks as `wokd features` wrote them."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flavorformer.encoders import EEG_TAIL, MEL_TAIL

HOPS = 5
ROWS = ("eeg", "eeg_mask", "mel", "thermal", "quality", "heat", "dose", "aux", "aux_mask")


@dataclass
class Cook:
    """One cook: arrays by hop, and its labels."""

    dish: str
    seed: int
    split: str
    score: float
    rows: dict[str, np.ndarray]
    recipe: np.ndarray
    aspects: np.ndarray
    phase: np.ndarray
    cues: np.ndarray
    hop: np.ndarray

    @property
    def seconds(self) -> int:
        """Whole seconds of the cook."""
        return len(self.hop) // HOPS


TYPES = {"F16": np.float16, "F32": np.float32, "U8": np.uint8, "U32": np.uint32}


def arrays(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file, read from the disk only where they are looked at: all cooks are larger than a memory."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    return {
        name: np.memmap(file, TYPES[row["dtype"]], "r", 8 + length + row["data_offsets"][0], tuple(row["shape"]))
        for name, row in header.items()
        if name != "__metadata__"
    }


def load(folders: list[Path], dishes: set[str] | None = None) -> tuple[list[Cook], str]:
    """All cooks of some folders, and the id of the features they hold."""
    cooks, ids = [], set()
    for folder in folders:
        index = json.loads((folder / "index.json").read_text())
        ids.add(index["feature_id"])
        for row in index["cooks"]:
            if dishes and row["dish"] not in dishes:
                continue
            a = arrays(folder / row["file"])
            rows = {k: a[k] for k in ROWS}
            named = {k: a[k] for k in ("recipe", "aspects", "phase", "cues", "hop")}
            cooks.append(Cook(dish=row["dish"], seed=row["seed"], split=row["split"], score=float(a["score"][0]), rows=rows, **named))
    if len(ids) != 1:
        raise SystemExit(f"the folders hold features of different kinds: {sorted(ids)}; write them with one wokd")
    return cooks, ids.pop()


def batch(cooks: list[Cook], offsets: np.ndarray, seconds: int) -> dict[str, Tensor]:
    """One hop for each second (the one at `offsets[cook, second]` of its five), zero-padded: [B, T, …]."""
    b = len(cooks)
    out: dict[str, Tensor] = {}

    def put(name: str, values: list[np.ndarray], dtype: torch.dtype = torch.float32) -> None:
        block = torch.zeros(b, seconds, *values[0].shape[1:], dtype=dtype)
        for i, v in enumerate(values):
            block[i, : len(v)] = torch.from_numpy(np.ascontiguousarray(v)).to(dtype)
        out[name] = block

    picks = []
    for i, cook in enumerate(cooks):
        n = min(cook.seconds, seconds)
        picks.append(np.arange(n) * HOPS + offsets[i, :n])
    names = {"eeg": "eeg_new", "mel": "mel_new"}
    for key in ROWS:
        put(names.get(key, key), [c.rows[key][p] for c, p in zip(cooks, picks, strict=True)])
    before = [np.maximum(p - 1, 0) for p in picks]
    put("eeg_tail", [c.rows["eeg"][p][:, :, -EEG_TAIL:] for c, p in zip(cooks, before, strict=True)])
    put("mel_tail", [c.rows["mel"][p][:, :, -MEL_TAIL:] for c, p in zip(cooks, before, strict=True)])
    out["recipe"] = torch.from_numpy(np.stack([c.recipe for c in cooks])).unsqueeze(1).repeat(1, seconds, 1)
    out["bypass"] = torch.zeros(b, seconds, 1)
    put("aspects", [c.aspects[p] for c, p in zip(cooks, picks, strict=True)])
    put("phase", [c.phase[p].astype(np.int64) for c, p in zip(cooks, picks, strict=True)], torch.int64)
    hazard = []
    for c, p in zip(cooks, picks, strict=True):
        now = c.hop[p][:, None] * 0.2 + 0.2
        t = c.cues[None, :]
        hazard.append(((t > now) & (t <= now + 1.0)).astype(np.float32))
    put("hazard", hazard)
    out["score"] = torch.tensor([c.score for c in cooks])
    put("valid", [np.ones(len(p), np.float32) for p in picks])
    return out
