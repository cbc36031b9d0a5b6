"""Trains the base edition on simulated cooks."""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from data import HOPS, Cook, batch, load
from flavorformer import Flavorformer
from flavorformer.heads import LEVELS
from torch import Tensor
from torch.nn import functional as fn

INPUT_KEYS = (
    "eeg_new", "eeg_mask", "mel_new", "thermal", "quality", "heat", "dose", "recipe", "aux", "aux_mask", "bypass", "eeg_tail", "mel_tail",
)


def perturb(x: dict[str, Tensor], rng: np.random.Generator) -> None:
    """Takes modalities away from whole cooks, shifts the microphone's gain, forgets recipes."""
    b = x["quality"].shape[0]
    for i in range(b):
        for modality, chance in ((0, 0.3), (1, 0.12), (2, 0.08)):
            if rng.random() < chance and (modality == 0 or float(x["quality"][i].sum()) > 0):
                x["quality"][i, :, modality] = 0
        gain = float(rng.normal(0, 0.4))
        x["mel_new"][i] += gain
        x["mel_tail"][i] += gain
        if rng.random() < 0.05:
            x["recipe"][i] = 0
        if rng.random() < 0.05:
            x["bypass"][i] = 1


def loss_of(out: dict[str, Tensor], x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """L_task + λ·(jumps)²: each part averaged over a cook's seconds first, then over cooks."""
    valid = x["valid"]
    seconds = valid.sum(1).clamp(min=1)

    def per_cook(v: Tensor) -> Tensor:
        return ((v * valid).sum(1) / seconds).mean()

    levels = torch.tensor(LEVELS)
    error = (x["score"][:, None, None] - out["score"]) / 10
    pinball = torch.maximum(levels * error, (levels - 1) * error).sum(-1)
    aspects = (out["aspects"] - x["aspects"]).square().mean(-1)
    phase = -torch.log(out["phase"].gather(-1, x["phase"].unsqueeze(-1)).squeeze(-1) + 1e-6)
    hazard = fn.binary_cross_entropy(out["hazard"].clamp(1e-6, 1 - 1e-6), x["hazard"], reduction="none").sum(-1)
    jumps = (out["score"][:, 1:, 2] - out["score"][:, :-1, 2]).div(10).square()
    jumps = (jumps * valid[:, 1:]).sum(1) / seconds
    total = per_cook(pinball) + 2 * per_cook(aspects) + 0.2 * per_cook(phase) + 0.3 * per_cook(hazard) + jumps.mean()
    return total, per_cook(error[..., 2].abs() * 10)


def run(model: Flavorformer, cooks: list[Cook], rng: np.random.Generator | None, limit: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """One forward pass over a batch of cooks; `rng` perturbs."""
    seconds = min(max(c.seconds for c in cooks), limit)
    offsets = rng.integers(0, HOPS, (len(cooks), seconds)) if rng else np.full((len(cooks), seconds), 2)
    x = batch(cooks, offsets, seconds)
    if rng:
        perturb(x, rng)
    return model.sequence({k: x[k] for k in INPUT_KEYS}), x


def heat(step: int, total: int) -> float:
    """Dynamic Heat Scheduling: high fire, low simmer, 收汁 finish, as a share of the peak rate."""
    at = step / total
    if at < 0.05:
        return at / 0.05
    if at < 0.5:
        return 1.0
    if at < 0.85:
        return 0.4
    return 0.4 * 0.5 * (1 + math.cos(math.pi * (at - 0.85) / 0.15)) + 0.01


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="folders written by `wokd features`")
    parser.add_argument("--out", type=Path, default=Path("flavorformer.pt"))
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=60.0, help="finish the epoch in which this is over")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--limit", type=int, default=1500, help="seconds of a cook that are used")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a checkpoint to go on from")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    cooks, feature_id = load(args.data)
    train = [c for c in cooks if c.split == "train"]
    val = [c for c in cooks if c.split == "val"]
    print(f"{len(train)} cooks to train, {len(val)} to validate", flush=True)
    model = Flavorformer()
    if args.resume:
        model.load_state_dict(torch.load(args.resume, weights_only=True)["model"])
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.02)
    steps = args.epochs * math.ceil(len(train) / args.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: heat(s, steps))
    best, good = math.inf, None
    began = time.monotonic()
    for epoch in range(args.epochs):
        # Cooks of like length share a batch, so that little is padding.
        order = sorted(range(len(train)), key=lambda i: train[i].seconds + rng.normal(0, 60))
        groups = [order[i : i + args.batch] for i in range(0, len(order), args.batch)]
        rng.shuffle(groups)
        model.train()
        losses = []
        for group in groups:
            out, x = run(model, [train[i] for i in group], rng, args.limit)
            total, _ = loss_of(out, x)
            optimiser.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(total.item())
        model.eval()
        with torch.no_grad():
            results = [loss_of(*run(model, [c], None, args.limit)) for c in val]
        loss, error = (float(torch.stack(v).mean()) for v in zip(*results, strict=True))
        if not math.isfinite(loss):
            # 水煮鱼异常: the epoch diverged; back to the last good state.
            print(f"epoch {epoch} diverged; rolled back", flush=True)
            if good:
                model.load_state_dict(good)
            continue
        mark = ""
        if loss < best:
            best, mark = loss, " *"
            good = {k: v.clone() for k, v in model.state_dict().items()}
            names = sorted({c.dish for c in train})
            data = f"{len(train)} simulated cooks of {', '.join(names)}"
            torch.save({"model": good, "feature_id": feature_id, "data": data}, args.out)
        minutes = (time.monotonic() - began) / 60
        print(f"epoch {epoch:3} train {np.mean(losses):.3f} val {loss:.3f} score error {error:.1f} {minutes:.1f} min{mark}", flush=True)
        if minutes > args.minutes:
            break


if __name__ == "__main__":
    main()
