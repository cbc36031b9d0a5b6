"""Training of the plain transformer, on true scores and on scores dealt anew, and its errors on test cooks."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..report.errors import Errors
from ..report.forecasts import constants, errors, medians, shuffled, weights
from ..report.shards import Statistics
from ..stages.losses import per_cook, pinball
from .pooled import Pooled, labels
from .transformer import PlainTransformer

BATCH = 16
WARM_STEPS = 50


@dataclass(frozen=True)
class Plan:
    """How long; the same plan, seed and cooks give the same weights while `minutes` do not run out."""

    epochs: int = 20
    minutes: float = 10.0
    peak: float = 1e-3


def dealt(cooks: list[Pooled], rng: np.random.Generator) -> list[Pooled]:
    """The same cooks with scores dealt anew within each dish."""
    return [replace(cook, score=float(score)) for cook, score in zip(cooks, shuffled(labels(cooks), rng), strict=True)]


def scales(cooks: list[Pooled]) -> tuple[Tensor, Tensor]:
    """Mean and SD of every column over all tokens; a column that never changes gets SD 1."""
    count = sum(len(c.x) for c in cooks)
    middle = torch.stack([c.x.double().sum(0) for c in cooks]).sum(0) / count
    spread = (torch.stack([(c.x.double() - middle).square().sum(0) for c in cooks]).sum(0) / count).sqrt()
    return middle.float(), torch.where(spread < 1e-4, 1.0, spread).float()


def batch(cooks: list[Pooled]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens [B, T, COLUMNS], seconds at their ends and whether there is one [B, T]; padded behind."""

    def put(rows: list[Tensor]) -> Tensor:
        return nn.utils.rnn.pad_sequence(rows, batch_first=True)

    ends = [torch.from_numpy(c.ends).float() for c in cooks]
    return put([c.x.float() for c in cooks]), put(ends), put([torch.ones_like(e) for e in ends])


def groups(count: int, lengths: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Indices of batches in which cooks are of like length, but not always the same neighbours."""
    order = np.argsort(lengths * rng.uniform(0.7, 1.4, count))
    starts = np.arange(0, count, BATCH)
    return (order[s : s + BATCH] for s in rng.permutation(starts))


class Truth:
    """What some cooks are learned by: their points above the dish's training median, every dish weighing the same."""

    def __init__(self, cooks: list[Pooled], known: dict[str, float]) -> None:
        own = labels(cooks)
        self.cooks = cooks
        self.lengths = np.array([len(c.x) for c in cooks])
        self.above = torch.from_numpy(own.score - constants(known, own.dish)).float()
        self.weight = torch.from_numpy(weights(own.dish)).float()

    def loss(self, net: PlainTransformer, pick: np.ndarray) -> Tensor:
        """Quantile loss averaged over each cook's tokens, then over the weighed cooks."""
        x, ends, valid = batch([self.cooks[i] for i in pick])
        return per_cook(pinball(net(x, ends), self.above[pick][:, None]) * self.weight[pick][:, None], valid, torch.ones(len(pick)))

    @torch.no_grad()
    def mean_loss(self, net: PlainTransformer) -> float:
        """The loss over all of them, without dropout."""
        net.eval()
        order = np.argsort(self.lengths)
        picks = [order[s : s + BATCH] for s in range(0, len(order), BATCH)]
        return sum(float(self.loss(net, pick)) * len(pick) for pick in picks) / len(order)


def descend(optimiser: torch.optim.Optimizer, net: nn.Module, loss: Tensor, peak: float, step: int, share: float) -> float:
    """A step down a loss, whose value it gives: the rate rises to its peak in WARM_STEPS and falls by a cosine with the share (0–1) of the training."""
    for group in optimiser.param_groups:
        group["lr"] = peak * min(1.0, (step + 1) / WARM_STEPS) * (1 + math.cos(math.pi * share)) / 2
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def train(cooks: list[Pooled], val: list[Pooled], plan: Plan, seed: int, say: Callable[[str], None] = print) -> PlainTransformer:
    """Trains until the epochs or the minutes are over; the weights are those of the epoch that validates best."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    known = medians(labels(cooks))
    learned, judged = Truth(cooks, known), Truth(val, known)
    net = PlainTransformer(*scales(cooks))
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.peak, weight_decay=0.05)
    total = plan.epochs * math.ceil(len(cooks) / BATCH)
    best: tuple[float, dict[str, Tensor]] = (math.inf, {})
    began, step, share = time.monotonic(), 0, 0.0
    while share < 1:
        net.train()
        losses = []
        for pick in groups(len(cooks), learned.lengths, rng):
            losses.append(descend(optimiser, net, learned.loss(net, pick), plan.peak, step, share))
            step += 1
            share = max(step / total, (time.monotonic() - began) / (60 * plan.minutes))
            if share >= 1:
                break
        loss = judged.mean_loss(net)
        if loss < best[0]:
            best = (loss, {k: v.clone() for k, v in net.state_dict().items()})
        say(f"plain transformer step {step} of {total}, {(time.monotonic() - began) / 60:.1f} min, train {np.mean(losses):.4f} val {loss:.4f}")
    net.load_state_dict(best[1])
    return net.eval()


@torch.no_grad()
def forecast(net: PlainTransformer, cook: Pooled, seen: np.ndarray) -> np.ndarray:
    """The median after so many seconds [k], in points above the dish's median [k]; NaN before the first token has ended."""
    x, ends, _ = batch([cook])
    said = net.eval()(x, ends)[0, :, 2].numpy()
    last = np.array([cook.last(count) for count in seen])
    return np.where(last >= 0, said[last], np.nan)


def measure(nets: dict[str, PlainTransformer], known: dict[str, float], test: Statistics, cooks: Iterable[Pooled]) -> dict[str, Errors]:
    """Absolute errors of networks on the test cooks, which come one by one; `known` are the training medians, points."""
    rows = {(str(dish), int(seed)): i for i, (dish, seed) in enumerate(zip(test.dish, test.seed, strict=True))}
    said = {name: np.full(test.seen.shape, np.nan) for name in nets}
    for cook in cooks:
        i = rows[cook.dish, cook.seed]
        for name, net in nets.items():
            said[name][i] = forecast(net, cook, test.seen[i])
    base = constants(known, test.dish)
    return {name: errors(of + base[:, None], base, test) for name, of in said.items()}
