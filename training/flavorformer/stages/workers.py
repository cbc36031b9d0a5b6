"""Gradients of several batches at a time: small batches on one core each, as one large batch hardly gains by a second core."""

import copy
import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..layers.dropout import Dropout

Parts = dict[str, Tensor]
# A batch through a model: what it weighs and the parts of its loss; the generator is for what it draws.
Loss = Callable[[nn.Module, object, np.random.Generator], tuple[float, Parts, Tensor]]


@dataclass(frozen=True)
class Share:
    """One batch's part in a step: its weight, the parts of its loss, and the gradient times the weight; None where the loss is no number."""

    weight: float
    parts: dict[str, float]
    gradient: list[Tensor | None] | None


class Workers:
    """Copies of a model, one a core, whose gradients come in the order of the batches: the same sum whoever was first.

    `learned` names the parameters whose gradients are wanted. Everything that is drawn at random is drawn from the batch's own seed.
    """

    def __init__(self, model: nn.Module, learned: list[str], count: int) -> None:
        self.model, self.learned = model, learned
        self.copies = [copy.deepcopy(model).train() for _ in range(count)]
        for replica in self.copies:
            for module in replica.modules():
                if isinstance(module, Dropout):
                    module.generator = torch.Generator(next(model.parameters()).device)
        self.pool = ThreadPoolExecutor(count)

    def gradients(self, batches: list[object], seeds: list[int], loss: Loss) -> list[Share]:
        """Of each batch at the model's present weights."""
        with torch.no_grad():
            own = dict(self.model.named_parameters())
            for replica in self.copies:
                for name, parameter in replica.named_parameters():
                    parameter.copy_(own[name])

        # Whoever is free takes the next: the sum is made in the order of the batches all the same.
        waiting, done = itertools.count(), {}

        def work(replica: nn.Module) -> None:
            while (i := next(waiting)) < len(batches):
                done[i] = share(replica, self.learned, batches[i], seeds[i], loss)

        list(self.pool.map(work, self.copies))
        return [done[i] for i in range(len(batches))]

    def map(self, work: Callable, items: list) -> list:
        """`work` of each item, in order."""
        return list(self.pool.map(work, items))


def share(replica: nn.Module, learned: list[str], batch: object, seed: int, loss: Loss) -> Share:
    """One batch on one copy."""
    for module in replica.modules():
        if isinstance(module, Dropout):
            module.generator.manual_seed(seed)
    replica.zero_grad()
    weight, parts, whole = loss(replica, batch, np.random.default_rng(seed))
    told = {k: float(v.detach()) for k, v in parts.items()}
    if not math.isfinite(whole.item()):
        return Share(weight, told, None)
    (whole * weight).backward()
    own = dict(replica.named_parameters())
    return Share(weight, told, [own[name].grad for name in learned])
