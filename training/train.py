"""Trains the base edition on simulated cooks."""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from data import HOPS, Cook, batch, load
from flavorformer import Flavorformer
from flavorformer.heads import LEVELS

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


def run(model: Flavorformer, cooks: list[Cook], rng: np.random.Generator | None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """One forward pass over a batch of whole cooks; `rng` perturbs."""
    seconds = max(c.seconds for c in cooks)
    offsets = rng.integers(0, HOPS, (len(cooks), seconds)) if rng else np.full((len(cooks), seconds), 2)
    x = batch(cooks, offsets, seconds)
    if rng:
        perturb(x, rng)
    return model.sequence({k: x[k] for k in INPUT_KEYS}), x


def groups(cooks: list[Cook], counts: dict[str, int], rng: np.random.Generator, limit: int) -> list[list[Cook]]:
    """An epoch: so many cooks of each dish, those of like length together, at most 8 and `limit` seconds (or one cook) a batch."""
    order: list[Cook] = []
    for dish, count in counts.items():
        of_dish = [c for c in cooks if c.dish == dish]
        order += [of_dish[i] for i in rng.permutation(len(of_dish))[:count]]
    noise = rng.normal(0, 60, len(order))
    order = [order[i] for i in np.argsort([c.seconds + n for c, n in zip(order, noise, strict=True)])]
    out: list[list[Cook]] = [[]]
    for cook in order:
        if len(out[-1]) == 8 or (len(out[-1]) + 1) * max(cook.seconds, *(c.seconds for c in out[-1]), 0) > limit:
            out.append([])
        out[-1].append(cook)
    out = [group for group in out if group]
    rng.shuffle(out)
    return out


def by_dish(cooks: list[Cook], values: list[float]) -> float:
    """Mean over dishes of the mean over their cooks."""
    dishes = {c.dish for c in cooks}
    return float(np.mean([np.mean([v for c, v in zip(cooks, values, strict=True) if c.dish == d]) for d in dishes]))


def calibrate(model: Flavorformer, cooks: list[Cook]) -> float:
    """Sets the spread at which the 90 % interval holds 90 % of the validation cooks' scores, averaged hops, cooks, dishes."""
    model.heads.spread.fill_(1.0)
    logits = [torch.logit(run(model, [cook], None)[0]["score"][0].double() / 100, 1e-9) for cook in cooks]
    truth = [math.log(cook.score / (100 - cook.score)) for cook in cooks]

    def covered(spread: float) -> float:
        low_high = [(v[:, 2] + spread * (v[:, 0] - v[:, 2]), v[:, 2] + spread * (v[:, 4] - v[:, 2])) for v in logits]
        held = [float(((low <= t) & (t <= high)).float().mean()) for (low, high), t in zip(low_high, truth, strict=True)]
        return by_dish(cooks, held)

    spread = min((s for s in np.arange(0.5, 4.0, 0.01) if covered(float(s)) >= 0.9), default=4.0)
    model.heads.spread.fill_(float(spread))
    return float(spread)


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
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=60.0, help="finish the epoch in which this is over")
    parser.add_argument("--limit", type=int, default=3200, help="seconds of cooking in a batch")
    parser.add_argument("--long", type=float, default=13000.0, help="seconds of cooking of each dish in an epoch, at least 6 cooks")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    cooks, feature_id = load(args.data)
    train = [c for c in cooks if c.split == "train"]
    val = [c for c in cooks if c.split == "val"]
    if not train or not val:
        raise SystemExit("there must be cooks to train and to validate: write at least seeds 1 to 8 with `wokd features`")
    print(f"{len(train)} cooks to train, {len(val)} to validate", flush=True)
    # A dish of minutes and one of hours cost an epoch about the same.
    counts = {}
    for dish in sorted({c.dish for c in train}):
        lengths = [c.seconds for c in train if c.dish == dish]
        counts[dish] = min(len(lengths), max(6, round(args.long / float(np.mean(lengths)))))
    print(f"an epoch has {counts}", flush=True)
    model = Flavorformer()
    averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99))
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.05)
    steps = args.epochs * len(groups(train, counts, np.random.default_rng(0), args.limit))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: heat(min(s, steps), steps))
    best, good = math.inf, None
    began = time.monotonic()
    for epoch in range(args.epochs):
        model.train()
        losses = []
        for group in groups(train, counts, rng, args.limit):
            out, x = run(model, group, rng)
            total, _ = loss_of(out, x)
            if not math.isfinite(total.item()):
                # 水煮鱼异常: back to the last good state, with an optimiser that has forgotten what led here.
                print(f"epoch {epoch} diverged; rolled back", flush=True)
                if good is None:
                    raise SystemExit("it diverged before anything was good; try a smaller --rate")
                model.load_state_dict(good)
                averaged.module.load_state_dict(good)
                optimiser.state.clear()
                continue
            optimiser.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(model)
            losses.append(total.item())
        minutes = (time.monotonic() - began) / 60
        if epoch % 2 == 0 and epoch + 1 < args.epochs and minutes <= args.minutes:
            continue
        averaged.module.eval()
        with torch.no_grad():
            results = [loss_of(*run(averaged.module, [c], None)) for c in val]
        loss, error = (by_dish(val, [float(r[i]) for r in results]) for i in (0, 1))
        mark = ""
        if loss < best:
            best, mark = loss, " *"
            good = {k: v.clone() for k, v in averaged.module.state_dict().items()}
        print(f"epoch {epoch:3} train {np.mean(losses):.3f} val {loss:.3f} score error {error:.2f} {minutes:.1f} min{mark}", flush=True)
        if minutes > args.minutes:
            break
    if good is None:
        raise SystemExit("no epoch was good; give it more of them, or a smaller --rate")
    final = averaged.module
    final.load_state_dict(good)
    final.eval()
    with torch.no_grad():
        print(f"spread {calibrate(final, val):.3f}", flush=True)
    of_dish = {d: sum(c.dish == d for c in train) for d in counts}
    data = f"{len(train)} simulated cooks: " + ", ".join(f"{n} of {d}" for d, n in of_dish.items())
    torch.save({"model": final.state_dict(), "feature_id": feature_id, "data": data}, args.out)


if __name__ == "__main__":
    main()
