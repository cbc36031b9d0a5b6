"""Stage C: whole cooks as one token a second; everything after the encoders learns."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from .. import latents
from ..statistics import joined
from ..step import Flavorformer, masked
from .batches import epoch, seconds_told, steps_of, varies, weights
from .convergence import Convergence, Stage
from .dynamic_heat import DynamicHeat, Heat
from .embed import Tokens, batch
from .losses import WEIGHTS, parts, total
from .rollback import Rollback
from .workers import Share, Workers

ENCODERS = ("thermal.", "mel.", "eeg.")
# What `Flavorformer.sequence` reads.
READ = ("quality", "heat", "dose", "aux", "aux_mask", "recipe", "bypass", "sensed", "statistics")
# Chance that a cook is seen without EEG, sound, picture.
MISSING = ((0, 0.3), (1, 0.1), (2, 0.06))


def inputs(x: dict[str, Tensor]) -> dict[str, Tensor]:
    """What `Flavorformer.sequence` takes, with what is masked voided."""
    x = masked(x)
    there = (x["quality"][..., 2:3] > 0).float().unsqueeze(-1)
    cold = torch.cat([x["unseen"], x["seen"][..., 2:, :]], -2)
    x["sensed"] = there * x["seen"] + (1 - there) * cold
    x["statistics"] = joined(x, x["numbers"][..., :4], x["numbers"][..., 4:])
    return {key: x[key] for key in READ}


def perturb(x: dict[str, Tensor], rng: np.random.Generator) -> None:
    """Takes modalities away from whole cooks, or from a stretch of them; forgets recipes; bypasses."""
    b, t = x["quality"].shape[:2]
    for i in range(b):
        for modality, chance in MISSING:
            if rng.random() < chance:
                x["quality"][i, :, modality] = 0
            elif rng.random() < chance / 2:
                start = rng.integers(0, t)
                x["quality"][i, start : start + rng.integers(5, 60), modality] = 0
        if rng.random() < 0.05:
            x["recipe"][i] = 0
        if rng.random() < 0.05:
            x["bypass"][i] = 1


@torch.no_grad()
def judged(model: Flavorformer, cook: Tokens, varied: Tensor) -> dict[str, float]:
    """Every part of the loss of one cook, errors in points at its end, its half and of the score so far, and its mean attention."""
    x = batch([cook]) | {"varies": varied[None]}
    out = model.sequence(inputs(x))
    row = {k: float(v) for k, v in parts(out, x).items()}
    row["end"] = abs(float(out["score"][0, -1, 2]) - cook.score)
    row |= {f"attention_{k}": float(v) for k, v in enumerate(out["attention"][0].mean(0))}
    row["half"] = abs(float(out["score"][0, cook.seconds // 2, 2]) - cook.score)
    row["so_far"] = float((out["latent"][0, :, latents.SO_FAR] - x["latent"][0, :, latents.SO_FAR]).abs().mean()) * 20
    return row


def validate(model: Flavorformer, cooks: list[Tokens], varied: dict[str, Tensor], over: Callable = map) -> dict[str, float]:
    """What `judged` says, averaged over cooks, then over dishes. `over` maps, perhaps several cooks at a time."""
    model.eval()
    rows: dict[str, list[dict[str, float]]] = {}
    for cook, row in zip(cooks, over(lambda cook: judged(model, cook, varied[cook.dish]), cooks), strict=True):
        rows.setdefault(cook.dish, []).append(row)
    keys = next(iter(rows.values()))[0]
    return {k: float(np.mean([np.mean([r[k] for r in of_dish]) for of_dish in rows.values()])) for k in keys}


@dataclass
class Plan:
    """How long and how hot; the same plan, seed and cooks give the same weights while `minutes` do not run out.

    `steps` of the optimiser end it exactly there, instead of `epochs`; `heat` as DynamicHeat's `warm`, `fire` and `simmer`.
    """

    epochs: int = 200
    steps: int | None = None
    minutes: float = 48.0
    peak: float = 2e-3
    """Rate at high fire."""
    seconds: float = 40_000.0
    """Of a dish's cooking in an epoch, as `epoch` says."""
    limit: int = 4000
    """Padded seconds of a batch."""
    most: int = 24
    """Cooks of a batch."""
    workers: int = 2
    """Batches at a time, each on a core of its own."""
    cooks: int = 16
    """Of a step of the optimiser, at least."""
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    every: int = 6
    """Epochs between validations."""
    stride: int = 6
    """Seconds of which the heads tell two, as `seconds_told` says."""
    heat: tuple[float, float, float] = (0.03, 0.45, 0.75)
    perturb: Callable[[dict[str, Tensor], np.random.Generator], None] = perturb
    dress: Callable[[Tokens, np.random.Generator], Tokens] = lambda cook, _: cook
    """Makes a cook that was only simulated one that was sensed, as `dressing.Wardrobe.dress`."""


def averages(model: Flavorformer) -> torch.optim.swa_utils.AveragedModel:
    """An exponential average of the weights over about the last hundred steps of the optimiser, or about the last tenth of them while they are few.

    Without the latter a training of a hundred steps would be judged by weights that are still a third of the start.
    """
    return torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda mean, now, steps: torch.lerp(mean, now, max(0.01, 9 / (10 + float(steps)))))


class Run:
    """A training of stage C that can be interrupted after any epoch."""

    def __init__(self, model: Flavorformer, cooks: list[Tokens], val: list[Tokens], plan: Plan, seed: int) -> None:
        self.device = next(model.parameters()).device
        self.model, self.cooks, self.val, self.plan = model, cooks, [cook.to(self.device) for cook in val], plan
        self.varied = {dish: of.to(self.device) for dish, of in varies([*cooks, *val]).items()}
        # The same whether or not the stages before were taken from a file.
        torch.manual_seed(seed)
        self.rng = np.random.default_rng(seed)
        # A step works on several small batches at a time, not with several threads on one.
        torch.set_num_threads(1)
        names = [n for n, _ in model.named_parameters() if not n.startswith(ENCODERS)]
        self.learned = [dict(model.named_parameters())[n] for n in names]
        self.workers = Workers(model, names, plan.workers)
        self.optimiser = torch.optim.AdamW(self.learned, lr=plan.peak, weight_decay=0.05)
        self.schedule = DynamicHeat(self.optimiser, plan.steps or plan.epochs * self.steps(), *plan.heat)
        self.averaged = averages(model)
        self.guard = Rollback(model=model, optimiser=self.optimiser, averaged=self.averaged)
        self.guard.keep()
        self.convergence = Convergence()
        self.log: list[dict] = []
        self.best: tuple[float, dict[str, Tensor]] = (math.inf, {})
        self.spent = 0.0

    def steps(self) -> int:
        """Steps of the optimiser in about an epoch."""
        return len(self.drawn(np.random.default_rng(0)))

    def drawn(self, rng: np.random.Generator) -> list[list[list[Tokens]]]:
        """The batches of each step of an epoch."""
        return steps_of(epoch(self.cooks, self.plan.seconds, self.plan.limit, rng, self.plan.most), self.plan.cooks)

    def drawn_batch(self, group: list[Tokens], rng: np.random.Generator) -> dict[str, Tensor]:
        """Whole cooks as training sees them: dressed, with sensors taken away."""
        x = batch([self.plan.dress(cook, rng).to(self.device) for cook in group])
        x["varies"] = torch.stack([self.varied[cook.dish] for cook in group])
        self.plan.perturb(x, rng)
        return x

    def loss(self, model: Flavorformer, group: list[Tokens], weigh: dict[str, float], rng: np.random.Generator) -> tuple[float, dict[str, Tensor], Tensor]:
        """A batch's weight, the parts of its loss, and the whole."""
        x = self.drawn_batch(group, rng)
        x["weight"] = x["score"].new_tensor([weigh[c.dish] for c in group])
        x["at"] = seconds_told(x["valid"].shape[1], self.plan.stride, rng).to(x["valid"].device)
        of = parts(model.sequence(inputs(x), x["at"]), x)
        return float(x["weight"].sum()), of, total(of, self.plan.weights)

    def epoch(self) -> dict:
        """One pass; gives its row of the log."""
        self.model.train()
        rows: list[dict[str, float]] = []
        steps = self.drawn(self.rng)
        weigh = weights([c for step in steps for group in step for c in group])
        for step in steps:
            seeds = [int(seed) for seed in self.rng.integers(0, 2**62, len(step))]
            shares = self.workers.gradients(step, seeds, lambda model, group, rng: self.loss(model, group, weigh, rng))
            if any(share.gradient is None for share in shares):
                # 水煮鱼异常: back to the last good state, with less fire.
                self.guard.restore()
                self.schedule.cool(0.5)
                continue
            rows += [share.parts for share in shares]
            self.descend(shares)
            if self.schedule.last_epoch == self.plan.steps:
                break
        mean = {k: float(np.mean([row[k] for row in rows])) for k in rows[0]} if rows else {"score": math.nan, "error": math.nan}
        return {"epoch": len(self.log), "heat": str(self.schedule.phase), "train": mean}

    def descend(self, shares: list[Share]) -> None:
        """A step of the optimiser by the weighed mean of the gradients."""
        weight = sum(share.weight for share in shares)
        for i, parameter in enumerate(self.learned):
            known = [share.gradient[i] for share in shares if share.gradient[i] is not None]
            parameter.grad = sum(known[1:], known[0].clone()) / weight if known else None
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.averaged.update_parameters(self.model)

    def judge(self, row: dict) -> None:
        """Validates the averaged weights; keeps the best, and ends early by 麻辣收敛."""
        row["val"] = validate(self.averaged.module, self.val, self.varied, self.workers.map)
        row["attention"] = [row["val"].pop(f"attention_{k}") for k in range(4)]
        # By the whole loss: the best score may come before the cues have been learned.
        loss = float(total({k: torch.tensor(v) for k, v in row["val"].items()}, self.plan.weights))
        row["val"]["total"] = loss
        if self.guard.epoch(loss):
            # 水煮鱼异常: the states are those of the last good epoch; on with less fire.
            self.schedule.cool(0.5)
            row["stage"] = "diverged"
            return
        if loss < self.best[0]:
            self.best = (loss, {k: v.clone() for k, v in self.averaged.module.state_dict().items()})
        row["stage"] = str(self.convergence.add(loss))

    @property
    def done(self) -> bool:
        """Whether its schedule has come to its end."""
        return self.schedule.last_epoch >= self.schedule.total

    def step(self, say: Callable[[str], None]) -> None:
        """One epoch and what follows from it."""
        began = time.monotonic()
        row = self.epoch()
        if self.done or len(self.log) % self.plan.every == self.plan.every - 1:
            self.judge(row)
        self.spent += (time.monotonic() - began) / 60
        row["minutes"] = self.spent
        self.log.append(row)
        if "val" in row:
            v = row["val"]
            say(
                f"epoch {row['epoch']:3} {self.spent:.1f} min {row['heat']} train {row['train']['score']:.3f}/{row['train']['error']:.1f} "
                f"val {v['score']:.3f} error {v['error']:.2f} half {v['half']:.2f} end {v['end']:.2f} so far {v['so_far']:.2f} "
                f"latent {v['latent']:.3f} phase {v['phase']:.3f} hazard {v['hazard']:.3f} {row['stage']}"
            )
        if self.schedule.phase != Heat.FINISH:
            pace = self.schedule.last_epoch / self.spent
            left = self.plan.minutes - self.spent
            # The finish is a quarter of the plan; without the time for it, it begins now.
            if left < 0.25 * self.plan.minutes:
                self.schedule.finish_in(max(1, round(pace * max(left, 0.0))))
            elif self.convergence.stage == Stage.CONVERGED:
                say("麻辣收敛: the finish begins")
                row["stopped"] = "converged"
                self.schedule.finish_in(max(1, round(0.25 * self.schedule.last_epoch)))

    def state(self) -> dict:
        """All that a resumed run needs."""
        kept = ("model", "optimiser", "schedule", "averaged")
        return {k: getattr(self, k).state_dict() for k in kept} | {
            "rng": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
            "losses": self.convergence.losses,
            "log": self.log,
            "best": self.best,
            "spent": self.spent,
            "rollbacks": (self.guard.best, self.guard.count),
        }

    def resume(self, state: dict) -> None:
        """Goes on from `state`."""
        for k in ("model", "optimiser", "schedule", "averaged"):
            getattr(self, k).load_state_dict(state[k])
        self.rng.bit_generator.state = state["rng"]
        torch.set_rng_state(state["torch"])
        self.convergence.losses[:] = state["losses"]
        self.log, self.best, self.spent = state["log"], state["best"], state["spent"]
        self.guard.best, self.guard.count = state["rollbacks"]
        self.guard.keep()

    def final(self) -> Flavorformer:
        """The averaged weights of the best validation."""
        model = self.averaged.module
        if self.best[1]:
            model.load_state_dict(self.best[1])
        return model.eval()
