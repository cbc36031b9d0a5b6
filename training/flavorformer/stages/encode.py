"""Stage A: each sensor's encoder learns, from single hops, what of the wok's state its sensor shows.

Two ways to begin, compared in the report: masked-modality pretraining without any label, and the latent state at once.
"""

import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from .. import latents
from ..layers import WIDTH
from ..shards import EEG_TAIL, MEL_TAIL, WHOLE, Cook
from ..statistics import heard, pictured
from ..step import Flavorformer, masked

SENSORS = 3
# What masked-modality pretraining reconstructs of each sensor: log power by EEG channel, four bands, three numbers of the picture.
TRACES = (8, 4, 3)


def sample(cooks: list[Cook], per_dish: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """So many hops of each dish, drawn by the root of how common a phase is: arrays [N, …] in memory as they are on disk."""
    picks: dict[str, list[np.ndarray]] = {}
    for dish in sorted({c.dish for c in cooks}):
        of_dish = [c for c in cooks if c.dish == dish]
        phase = np.concatenate([np.asarray(c.rows["true_phase"]) for c in of_dish])
        counts = np.bincount(phase, minlength=6)
        weight = (1 / np.sqrt(np.maximum(counts, 1)))[phase]
        chosen = np.sort(rng.choice(len(phase), min(per_dish, len(phase)), replace=False, p=weight / weight.sum()))
        start = 0
        for cook in of_dish:
            rows = chosen[(chosen >= start) & (chosen < start + cook.seconds)] - start
            start += cook.seconds
            for name in cook.rows.hops() if len(rows) else ():
                picks.setdefault(name, []).append(np.asarray(cook.rows[name][rows]))
    return {name: np.concatenate(parts) for name, parts in picks.items()}


def hops(rows: Mapping[str, np.ndarray], pick: np.ndarray, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """A batch of hops as the model's inputs, with `context_eeg` and `context_mel`, and the labels."""
    x = {k: torch.from_numpy(np.ascontiguousarray(v[pick])).to(device).float() for k, v in rows.items() if k not in (*WHOLE, "hop", "true_phase")}
    x["context_eeg"], x["context_mel"] = x.pop("eeg"), x.pop("mel")
    x["true_phase"] = torch.from_numpy(rows["true_phase"][pick].astype(np.int64)).to(device)
    return x


def parted(x: dict[str, Tensor]) -> dict[str, Tensor]:
    """The contexts of `hops` as the step takes them: the ends of the hops before, and the new of EEG and log-mel."""
    eeg, mel = x["context_eeg"], x["context_mel"]
    return {"eeg_tail": eeg[..., :EEG_TAIL], "eeg_new": eeg[..., EEG_TAIL:], "mel_tail": mel[..., :MEL_TAIL], "mel_new": mel[..., MEL_TAIL:]}


def traces(x: dict[str, Tensor]) -> list[Tensor]:
    """What each sensor's hop boils down to, scaled to about ±1: [N, 8], [N, 4], [N, 3]."""
    eeg = torch.log(x["context_eeg"].square().mean(-1) + 1e-2) / 2
    return [eeg, heard(x["context_mel"]), pictured(x["thermal"])]


class Hops(nn.Module):
    """Heads that only stage A has: from one sensor's token, and from all of them with some left out."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.ModuleList(nn.Linear(WIDTH, latents.WRITTEN + 6) for _ in range(SENSORS))
        self.mix = nn.Sequential(nn.Linear(SENSORS * (WIDTH + 1), WIDTH), nn.SiLU(), nn.Linear(WIDTH, latents.WRITTEN + 6))
        self.guess = nn.Sequential(nn.Linear(SENSORS * (WIDTH + 1), WIDTH), nn.SiLU(), nn.Linear(WIDTH, sum(TRACES)))


def together(tokens: Tensor, kept: Tensor) -> Tensor:
    """Tokens [N, 3, 96] with those not kept ([N, 3]) zeroed, and the mask."""
    return torch.cat([(tokens * kept.unsqueeze(-1)).flatten(1), kept], -1)


def state_loss(said: Tensor, x: dict[str, Tensor], weight: Tensor) -> Tensor:
    """Huber loss of the scaled latent state and cross entropy of the phase, [N, 21] weighed by [N]."""
    target = (x["latent"] - said.new_tensor(latents.MIDDLE)) / said.new_tensor(latents.SPREAD)
    latent = fn.smooth_l1_loss(said[:, : latents.WRITTEN], target, reduction="none").mean(-1)
    phase = fn.cross_entropy(said[:, latents.WRITTEN :], x["true_phase"], reduction="none")
    return ((latent + 0.1 * phase) * weight).sum() / weight.sum().clamp(min=1)


def train(
    model: Flavorformer,
    rows: dict[str, np.ndarray],
    minutes: float,
    rng: np.random.Generator,
    *,
    labels: bool = True,
    steps: float = math.inf,
    batch: int = 512,
    peak: float = 3e-3,
    say=print,  # noqa: ANN001
) -> list[float]:
    """Trains the sensors' encoders in place; without `labels` by masked-modality reconstruction only. Gives the losses.

    It ends with the minutes or the steps, whichever comes first; with infinite minutes the same seed gives the same weights.
    """
    device = next(model.parameters()).device
    heads = Hops().to(device)
    weights = [*model.thermal.parameters(), *model.mel.parameters(), *model.eeg.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=peak, weight_decay=0.01)
    count = len(rows["quality"])
    began, losses, step = time.monotonic(), [], 0

    def spent() -> float:
        """Of the steps, or of the minutes once they run a whole step ahead: a clock that keeps up must not touch the rate."""
        clock = (time.monotonic() - began) / (60 * minutes)
        return clock if clock > (step + 1) / steps else step / steps

    while (share := spent()) < 1:
        for group in optimiser.param_groups:
            group["lr"] = peak * min(1.0, (step + 1) / 100) * (1 - share) ** 0.7
        x = masked(hops(rows, rng.integers(0, count, batch), device))
        # Three hops of ten are seen without what the wall's temperature tells, as where the camera is masked.
        blind = torch.from_numpy(rng.random((batch, 1)) < 0.3).to(device).float()
        x["heat"] = torch.cat([x["heat"][:, :1] * (1 - blind), x["heat"][:, 1:]], -1)
        there = (x["quality"][:, :SENSORS] > 0).float()
        tokens = model.sensed(x, x["context_eeg"], x["context_mel"])
        kept = there * torch.from_numpy(rng.random((batch, SENSORS)) < 0.7).to(device).float()
        if labels:
            loss = state_loss(heads.mix(together(tokens, kept)), x, torch.ones(batch, device=device))
            for sensor, head in enumerate(heads.own):
                loss = loss + 0.3 * state_loss(head(tokens[:, sensor]), x, there[:, sensor])
        else:
            wanted = torch.cat(traces(x), -1)
            weight = torch.cat([there[:, i : i + 1].expand(-1, n) for i, n in enumerate(TRACES)], -1)
            error = fn.smooth_l1_loss(heads.guess(together(tokens, kept)), wanted, reduction="none")
            loss = (error * weight).sum() / weight.sum().clamp(min=1)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        losses.append(loss.item())
        step += 1
        if step % 200 == 0:
            say(f"stage A step {step} loss {np.mean(losses[-200:]):.4f} {(time.monotonic() - began) / 60:.1f} min")
    return losses
