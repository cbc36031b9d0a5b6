"""Stage B: the encoders' tokens of every second of every cook, kept in memory for stage C."""

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .. import latents
from ..perturb import CHANGED, LEVELS, spice
from ..shards import Cook
from ..statistics import heard, pictured
from ..step import Flavorformer, masked
from .encode import hops, parted

# A cue is to fire 4 s ahead. The memory ticks once a second and a chance must have stood for two hops before it fires: taught the very
# lead, cues came 1.2 s late on calibration cooks (the median where the moment is plain).
FORESEEN_SECONDS = 5.0
# The rows that stage C needs beside the tokens.
PLAIN = ("eeg_mask", "quality", "heat", "dose", "aux", "aux_mask")
# Of training cooks, those that are embedded with sensor faults of the 川渝 set (design choice).
SPICED = 0.25


@dataclass
class Blind:
    """The truth of one cook, one row a second: latent [n, 27], aspects [n, 6], phase [n], hazard [n, 3] as `hazards`.

    Of the whole cook: its score, families [6] (their scores, 0–100) and recipe [24].
    """

    dish: str
    seed: int
    score: float
    latent: Tensor
    aspects: Tensor
    phase: Tensor
    hazard: Tensor
    families: Tensor
    recipe: Tensor

    @property
    def seconds(self) -> int:
        """Length of the cook."""
        return len(self.phase)


@dataclass
class Tokens(Blind):
    """One cook as stages C and D see it: its truth and, a row a second, what its sensors said.

    `seen` [n, 3, 96] are the tokens as they are, `unseen` [n, 2, 96] those of EEG and audio where the camera is masked and
    the wall with it; `numbers` [n, 7] bands and picture; `plain` the rows of `PLAIN`.
    """

    seen: Tensor
    unseen: Tensor
    numbers: Tensor
    plain: dict[str, Tensor]

    def to(self, device: torch.device | str) -> "Tokens":
        """The same with all tensors on a device."""
        if self.phase.device == torch.device(device):
            return self

        def put(v: object) -> object:
            if isinstance(v, dict):
                return {k: put(x) for k, x in v.items()}
            return v.to(device) if isinstance(v, Tensor) else v

        return replace(self, **{f.name: put(getattr(self, f.name)) for f in fields(self)})


def hazards(cook: Cook) -> np.ndarray:
    """1 from `FORESEEN_SECONDS` before a cue's crossing until the chef acts: [n, 3].

    Not only within that time: whether a crossing has come is as uncertain as when it comes, and a cue should fire when it is
    more likely than not that hands are needed by then.
    """
    now = cook.at[:, None]
    acted = np.where(np.isnan(cook.acted), np.inf, cook.acted)[None, :]
    t = np.where(np.isnan(cook.cues), np.inf, cook.cues)[None, :]
    return ((t - FORESEEN_SECONDS <= now) & (now < acted)).astype(np.float32)


def labels(cook: Cook) -> Tensor:
    """The scaled latent state and the cues' lateness, [n, 27]."""
    state = (cook.rows["latent"] - latents.MIDDLE) / latents.SPREAD
    late = latents.lateness(cook.at, cook.cues.astype(np.float64), cook.acted.astype(np.float64))
    return torch.from_numpy(np.concatenate([state, late], -1))


def spiciness(cook: Cook) -> int:
    """The spice level that a training cook is embedded with, 0–5; its own at every run."""
    rng = np.random.default_rng([cook.seed, len(cook.dish)])
    return int(rng.choice(LEVELS[1:])) if rng.random() < SPICED else 0


def spiced(x: dict[str, Tensor], level: int, seed: int) -> dict[str, Tensor]:
    """The seconds of a whole cook, as `hops` gives them, with the sensor faults of a spice level."""
    if level == 0:
        return x
    whole = {name: v.unsqueeze(0) for name, v in (x | parted(x)).items() if name in CHANGED}
    hot = {name: v[0] for name, v in spice(whole, level, np.random.default_rng([seed, level])).items()}
    context = {f"context_{name}": torch.cat([hot.pop(f"{name}_tail"), hot.pop(f"{name}_new")], -1) for name in ("eeg", "mel")}
    return x | hot | context


@torch.no_grad()
def embed(model: Flavorformer, cook: Cook, level: int = 0, block: int = 1024) -> Tokens:
    """Runs the frozen encoders over a cook, on the model's device; the tokens lie on the CPU. `level`: of spice, as `perturb.spice`."""
    model.eval()
    device = next(model.parameters()).device
    seen, unseen, numbers, plain = [], [], [], {k: [] for k in PLAIN}
    whole = spiced(hops(cook.rows, np.arange(cook.seconds)), level, cook.seed)
    for start in range(0, cook.seconds, block):
        x = masked({name: v[start : start + block].to(device) for name, v in whole.items()})
        seen.append(model.sensed(x, x["context_eeg"], x["context_mel"]).half().cpu())
        cold = torch.zeros_like(x["heat"][:, :1])
        dark = [model.eeg(x["context_eeg"], x["eeg_mask"], cold), model.mel(x["context_mel"], cold)]
        unseen.append(torch.stack(dark, 1).half().cpu())
        numbers.append(torch.cat([heard(x["context_mel"]), pictured(x["thermal"])], -1).cpu())
        for key in PLAIN:
            plain[key].append(x[key].cpu())
    return Tokens(
        dish=cook.dish,
        seed=cook.seed,
        score=cook.score,
        seen=torch.cat(seen),
        unseen=torch.cat(unseen),
        numbers=torch.cat(numbers),
        plain={k: torch.cat(v) for k, v in plain.items()},
        recipe=torch.from_numpy(cook.recipe),
        latent=labels(cook),
        aspects=torch.from_numpy(np.array(cook.rows["true_aspects"])),
        phase=torch.from_numpy(cook.rows["true_phase"].astype(np.int64)),
        hazard=torch.from_numpy(hazards(cook)),
        families=torch.from_numpy(np.array(cook.rows["families"])),
    )


def batch(cooks: list[Tokens]) -> dict[str, Tensor]:
    """Whole cooks from their start, zero-padded: inputs of `Flavorformer.sequence` and labels, [B, T, …]; `valid` [B, T], `score` [B]."""
    seconds = torch.tensor([c.seconds for c in cooks], device=cooks[0].phase.device)
    t = int(seconds.max())

    def put(of) -> Tensor:  # noqa: ANN001
        block = pad_sequence([of(c) for c in cooks], batch_first=True)
        return block if block.dtype == torch.int64 else block.float()

    x = {key: put(lambda c, key=key: c.plain[key]) for key in PLAIN}
    for key in ("seen", "unseen", "numbers", "latent", "aspects", "phase", "hazard"):
        x[key] = put(lambda c, key=key: getattr(c, key))
    x["recipe"] = torch.stack([c.recipe for c in cooks]).unsqueeze(1).repeat(1, t, 1)
    x["bypass"] = torch.zeros_like(x["dose"])
    x["ends"] = torch.stack([c.latent[-1, latents.ENDS] for c in cooks])
    x["score"] = torch.tensor([c.score for c in cooks], device=seconds.device)
    x["valid"] = (torch.arange(t, device=seconds.device)[None, :] < seconds[:, None]).float()
    return x
