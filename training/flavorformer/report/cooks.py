"""Cooks as `wokd rehearse` wrote them: what the model said hop by hop, and what was true."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from ..shards import HOP_SECONDS as HOP_S

PHASES = ("preheat", "bloom", "sear", "simmer", "reduce", "off")
OFF = PHASES.index("off")
ASPECTS = ("wok_hei", "heat", "toss", "browning", "timing", "focus")
# From when on a model can know that the flame is off: what a boundary of phases may be late by (`gates.toml`).
KNOWN_S = 2.0
CUES = ("bloom", "reduce", "flame_off")
MODALITIES = ("eeg", "audio", "thermal", "memory")
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


class Tensors(Mapping[str, np.ndarray]):
    """The tensors of one safetensors file, read from the disk each time they are asked for: all cooks are larger than a memory."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __getitem__(self, name: str) -> np.ndarray:
        with safe_open(self.file, framework="np") as tensors:
            if name not in tensors.keys():  # noqa: SIM118 - safe_open is no mapping
                raise KeyError(f"{self.file} has no tensor {name}")
            return tensors.get_tensor(name)

    def __iter__(self) -> Iterator[str]:
        with safe_open(self.file, framework="np") as tensors:
            return iter(list(tensors.keys()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Cook:
    """One cook of n hops that got a score.

    rows: hop [n]; score [n, 5] (quantiles at LEVELS, 0–100); aspects [n, 6] (0–1); phase [n, 6] (probabilities); hazard [n, 3];
    attention [n, 4]; quality [n, 4]; reference [1] (the final score, 0–100); true_phase [n]; true_aspects [n, 6]; so_far [n];
    cues and acted [3] (s, NaN where never); fired_kind, fired_s, fired_confidence [m]; perhaps oracle [3, 200] and onlooker [1, 200].
    `seconds` is the length of the whole cook.
    """

    dish: str
    seed: int
    split: str
    seconds: float
    rows: Mapping[str, np.ndarray]

    @property
    def name(self) -> tuple[str, int]:
        """What tells this cook from others and pairs it with itself in another variant: dish and seed."""
        return self.dish, self.seed

    @property
    def at(self) -> np.ndarray:
        """When each hop ended, seconds since the start of the cook: [n]."""
        return (self.rows["hop"].astype(np.float64) + 1) * HOP_S

    @property
    def quantiles(self) -> np.ndarray:
        """Quantiles of the final score, points: [n, 5]."""
        return self.rows["score"].astype(np.float64)

    @property
    def median(self) -> np.ndarray:
        """The point forecast of the final score, points: [n]."""
        return self.quantiles[:, 2]

    @property
    def reference(self) -> float:
        """The true final score, points."""
        return float(self.rows["reference"][0])

    def row_at(self, share: float) -> int | None:
        """The last hop that had ended at a share (0–1) of the cook; None if no score had been given by then."""
        row = int(np.searchsorted(self.at, share * self.seconds + 1e-6, side="right")) - 1
        return row if row >= 0 else None

    @property
    def has_eeg(self) -> bool:
        """Whether EEG of any quality was there at any hop."""
        return bool((self.rows["quality"][:, MODALITIES.index("eeg")] > 0).any())

    def flame_off(self) -> int | None:
        """The first hop of the true phase `off`; None if the flame stayed on."""
        off = np.flatnonzero(self.rows["true_phase"] == OFF)
        return int(off[0]) if len(off) else None

    def after_off(self, seconds: float) -> int | None:
        """The first hop that ends so many seconds after the flame went off, or the last one; None if it stayed on."""
        off = self.flame_off()
        return None if off is None else min(int(np.searchsorted(self.at, self.at[off] + seconds - 1e-6)), len(self.at) - 1)


# Seeds of each split, as `wokd` counts them.
SEEDS = 1_000_000


@dataclass(frozen=True)
class Rehearsal:
    """One folder: an edition of the model over cooks of one variant; `unscored` more of them never got a score."""

    edition: str
    model_sha256: str
    feature_id: str
    variant: str
    cooks: list[Cook]
    unscored: int = 0

    @property
    def dishes(self) -> list[str]:
        """The dishes that were cooked, sorted."""
        return sorted({cook.dish for cook in self.cooks})

    @property
    def first(self) -> int | None:
        """The number within its split of the first cook, as `wokd rehearse --first` takes it; None where none got a score."""
        return min((cook.seed % SEEDS for cook in self.cooks), default=None)

    def of(self, dish: str) -> list[Cook]:
        """The cooks of one dish."""
        return [cook for cook in self.cooks if cook.dish == dish]


def load(folder: Path, split: str | None = None) -> Rehearsal:
    """A folder of `wokd rehearse`, of all splits or one; cooks without a single score are counted only. Tensors stay on the disk."""
    index = json.loads((folder / "index.json").read_text())
    rows = [row for row in index["cooks"] if split in (None, row["split"])]
    cooks = [
        Cook(row["dish"], int(row["seed"]), row["split"], float(row["seconds"]), Tensors(folder / row["file"])) for row in rows if row["hops"] > 0
    ]
    cooks.sort(key=lambda cook: cook.name)
    return Rehearsal(index["edition"], index["model_sha256"], index["feature_id"], index["variant"]["name"], cooks, len(rows) - len(cooks))


@dataclass(frozen=True)
class Training:
    """What constants may know: of each dish the training cooks' median score (points) and median crossings t* [3] (s, NaN where none)."""

    scores: dict[str, float]
    crossings: dict[str, np.ndarray]
    totals: dict[str, float]


def indices(path: Path) -> list[Path]:
    """The index files that a path stands for: itself, that of a folder, or those of a folder's folders."""
    if path.is_file():
        return [path]
    own = path / "index.json"
    return [own] if own.is_file() else sorted(path.glob("*/index.json"))


def constants(of: Training) -> dict:
    """The constants as a model's card has them; None for a crossing that never came."""
    crossings = {d: [None if np.isnan(t) else round(float(t), 1) for t in v] for d, v in of.crossings.items()}
    return {"scores": of.scores, "crossings": crossings, "totals": of.totals}


def training(path: Path, split: str = "train") -> Training:
    """The constants that a model's card has, or those of the training cooks that index files list, written by `wokd features`.

    A crossing that came after the chef had acted is censored and left out of the median; the total is the cooks' median length, s.
    """
    if path.is_file() and (kept := json.loads(path.read_text()).get("constants")):
        known = {d: np.array([np.nan if t is None else t for t in v], float) for d, v in kept["crossings"].items()}
        return Training(kept["scores"], known, kept["totals"])
    scores: dict[str, list[float]] = {}
    crossings: dict[str, list[np.ndarray]] = {}
    totals: dict[str, list[float]] = {}
    for index in indices(path):
        for row in json.loads(index.read_text())["cooks"]:
            if row["split"] != split:
                continue
            scores.setdefault(row["dish"], []).append(float(row["score"]))
            if "seconds" in row:
                totals.setdefault(row["dish"], []).append(float(row["seconds"]))
            file = index.parent / row["file"]
            if file.is_file():
                tensors = Tensors(file)
                cues = tensors["cues"].astype(np.float64)
                acted = tensors["acted"].astype(np.float64) if "acted" in list(tensors) else np.full(3, np.nan)
                crossings.setdefault(row["dish"], []).append(np.where(acted < cues, np.nan, cues))
    if not scores:
        raise ValueError(f"{path} lists no cook of split {split!r}")
    return Training(
        {dish: float(np.median(values)) for dish, values in scores.items()},
        {dish: median_of_known(np.stack(values)) for dish, values in crossings.items()},
        {dish: float(np.median(values)) for dish, values in totals.items()},
    )


def median_of_known(values: np.ndarray) -> np.ndarray:
    """Medians of columns [n, k] over what is no NaN; NaN where nothing is known: [k]."""
    return np.array([np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else np.nan for column in values.T])
