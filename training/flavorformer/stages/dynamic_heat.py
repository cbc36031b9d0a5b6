"""Dynamic Heat Scheduling: the learning rate as a cook handles the flame."""

import math
from enum import StrEnum

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class Heat(StrEnum):
    """Names of the phases, in order."""

    WARM_UP = "warm-up"
    HIGH_FIRE = "high fire"
    LOW_SIMMER = "low simmer"
    FINISH = "收汁"


class DynamicHeat(LRScheduler):
    """High fire (a short linear warm-up, then the peak) → low simmer (a share of it) → 收汁 finish (cosine to the floor).

    With N = `total`, step t from 0, boundaries a·N ≤ b·N ≤ c·N, peak η and simmer share s, the rate is
    η·(t + 1)/(aN) while t < aN, η while t < bN, s·η while t < cN, then
    η·(f + (s − f)·(1 + cos π·(t − cN)/(N − cN))/2), and f·η from t = N on.

    Shapes: scalars; every parameter group has its own η, the rate it was given. `step()` is called once a
    batch. The state is resumable: load the optimiser's and this one's `state_dict`.

    Source: linear warm-up of Goyal et al. 2017, cosine of Loshchilov & Hutter 2017; the plateau at a share
    of the peak between them, and all boundaries, are design choices.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total: int,
        warm: float = 0.05,
        fire: float = 0.5,
        simmer: float = 0.85,
        share: float = 0.4,
        floor: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if total < 1:
            raise ValueError(f"{total} steps are none to schedule")
        if not 0 <= warm <= fire <= simmer <= 1:
            raise ValueError(f"the phases must end in order, as shares of all steps: {warm}, {fire}, {simmer}")
        if not 0 <= floor <= share <= 1:
            raise ValueError(f"the rate must fall from the peak to the simmer to the floor: 1, {share}, {floor}")
        self.total, self.floor, self.share = total, floor, share
        self.ends = [round(total * end) for end in (warm, fire, simmer)]
        super().__init__(optimizer, last_epoch)

    def phase_at(self, step: int) -> Heat:
        """The phase that a step belongs to."""
        for heat, end in zip(Heat, self.ends, strict=False):
            if step < end:
                return heat
        return Heat.FINISH

    @property
    def phase(self) -> Heat:
        """The phase of the step that comes next."""
        return self.phase_at(self.last_epoch)

    def share_at(self, step: int) -> float:
        """The rate of a step as a share of the peak."""
        match self.phase_at(step):
            case Heat.WARM_UP:
                return (step + 1) / self.ends[0]
            case Heat.HIGH_FIRE:
                return 1.0
            case Heat.LOW_SIMMER:
                return self.share
        left = self.total - self.ends[2]
        at = min((step - self.ends[2]) / left, 1.0) if left else 1.0
        return self.floor + (self.share - self.floor) * (1 + math.cos(math.pi * at)) / 2

    def get_lr(self) -> list[float]:
        return [peak * self.share_at(self.last_epoch) for peak in self.base_lrs]

    def finish_in(self, steps: int) -> None:
        """Begins the finish now and ends it after `steps` more: for a clock that runs out, or once converged.

        The cosine starts from the rate of this step, so that nothing jumps up.
        """
        if steps < 1:
            raise ValueError("the finish takes a step at least")
        self.share = max(self.share_at(self.last_epoch), self.floor)
        self.ends = [min(end, self.last_epoch) for end in self.ends[:2]] + [self.last_epoch]
        self.total = self.last_epoch + steps

    def cool(self, factor: float) -> None:
        """Takes the peak down by a factor for good, as after a rollback; holds at once and in the state."""
        if not 0 < factor <= 1:
            raise ValueError(f"cooling by {factor} is not cooling")
        self.base_lrs = [peak * factor for peak in self.base_lrs]
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = rate
        self._last_lr = self.get_lr()
