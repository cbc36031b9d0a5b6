"""Cooks as `wokd features` wrote them: one hop a second with its context, and the truth."""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import latents

HOP_SECONDS = 0.2
# Samples of EEG and frames of log-mel before a hop that its row begins with, and that the encoders look back.
EEG_TAIL, MEL_TAIL = 14, 4
# What a file has once, not by hop.
WHOLE = ("recipe", "cues", "acted", "reference", "families")
TYPES = {"F16": np.float16, "F32": np.float32, "U8": np.uint8, "U32": np.uint32}


class Rows(Mapping[str, np.ndarray]):
    """The tensors of a safetensors file, each mapped anew when it is asked for: thousands of files would be too many to hold open."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header = json.loads(stream.read(length))
        self.start = 8 + length
        self.header = {name: row for name, row in header.items() if name != "__metadata__"}

    def __getitem__(self, name: str) -> np.ndarray:
        row = self.header[name]
        return np.memmap(self.file, TYPES[row["dtype"]], "r", self.start + row["data_offsets"][0], tuple(row["shape"]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.header)

    def __len__(self) -> int:
        return len(self.header)

    def hops(self) -> Iterator[str]:
        """The names that have one row a hop."""
        count = self.header["hop"]["shape"][0]
        return (name for name, row in self.header.items() if name not in WHOLE and row["shape"][0] == count)


@dataclass
class Cook:
    """One cook. `rows` are read from the disk where they are looked at: all cooks are larger than a memory.

    rows: eeg [n, 8, 64], mel [n, 64, 24], thermal [n, 3, 24, 32], eeg_mask, quality, heat, dose, aux, aux_mask, hop,
    true_phase, true_aspects [n, 6], latent [n, 24]; cues and acted [3] in seconds, NaN where never.
    """

    dish: str
    seed: int
    split: str
    score: float
    rows: Rows
    recipe: np.ndarray
    cues: np.ndarray
    acted: np.ndarray

    @property
    def seconds(self) -> int:
        """Rows of the cook, one a second."""
        return self.rows.header["hop"]["shape"][0]

    @property
    def at(self) -> np.ndarray:
        """When each row's hop ended, seconds."""
        return (self.rows["hop"].astype(np.float64) + 1) * HOP_SECONDS


def first(cooks: list, count: int) -> list:
    """The cooks of each dish with the lowest seeds, so many at most; of anything that has a dish and a seed."""
    seen: dict[str, int] = {}
    kept = []
    for cook in sorted(cooks, key=lambda c: (c.dish, c.seed)):
        seen[cook.dish] = seen.get(cook.dish, 0) + 1
        if seen[cook.dish] <= count:
            kept.append(cook)
    return kept


def same(folders: list[Path]) -> str:
    """The id of the features that all the folders hold; ends the program where they are of several, or of several simulators."""
    heads = [json.loads((folder / "index.json").read_text()) for folder in folders]
    ids = {(head["feature_id"], head.get("simulator")) for head in heads}
    if len(ids) != 1:
        raise SystemExit(f"the folders hold cooks of different kinds (features, simulator): {sorted(map(str, ids))}; write them with one wokd")
    return heads[0]["feature_id"]


def load(folders: list[Path], split: str) -> tuple[list[Cook], str]:
    """All cooks of one split in some folders, and the id of the features they hold."""
    cooks, feature_id = [], same(folders)
    for folder in folders:
        index = json.loads((folder / "index.json").read_text())
        if index["latents"] != list(latents.SCALES):
            raise SystemExit(f"{folder} holds other latents than this code knows; write it with the wokd of this source")
        for row in index["cooks"]:
            if row["split"] != split:
                continue
            rows = Rows(folder / row["file"])
            whole = {k: np.array(rows[k]) for k in WHOLE}
            score = float(whole["reference"][0])
            cooks.append(Cook(row["dish"], row["seed"], split, score, rows, whole["recipe"], whole["cues"], whole["acted"]))
    return sorted(cooks, key=lambda c: (c.dish, c.seed)), feature_id
