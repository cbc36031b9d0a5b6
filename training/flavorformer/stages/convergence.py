"""震荡期, 麻辣收敛 and 水煮鱼异常: told from the validation losses by a stated rule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """Where a training is."""

    HEATING = "heating"
    """Too few losses to tell."""
    OSCILLATING = "oscillating"
    """震荡期: the loss swings instead of falling."""
    CONVERGING = "converging"
    """It still falls."""
    CONVERGED = "converged"
    """麻辣收敛: it falls no more; stop."""


@dataclass(frozen=True)
class Rule:
    """Thresholds; design choices, all to be stated beside a result that used them."""

    window: int = 6
    """Losses that a statistic looks at, W ≥ 3."""
    alternation: float = 0.7
    """Share of sign changes from which on the loss swings. Independent noise has 2/3 on average, a zigzag 1."""
    amplitude: float = 0.02
    """Mean absolute change, relative to the mean loss, from which on a swing counts; less is noise."""
    improvement: float = 0.005
    """Relative improvement of the window's mean below which nothing is gained."""
    patience: int = 3
    """Losses in a row that must gain nothing."""

    def __post_init__(self) -> None:
        if self.window < 3 or self.patience < 1:
            raise ValueError(f"a window of {self.window} losses with a patience of {self.patience} tells nothing")


def alternation(losses: Sequence[float]) -> float:
    """Share of neighbouring changes of opposite sign, 0–1: #{i : dᵢ·dᵢ₊₁ < 0} / (n − 2) with dᵢ = lᵢ₊₁ − lᵢ over n losses."""
    changes = [b - a for a, b in zip(losses, losses[1:], strict=False)]
    pairs = list(zip(changes, changes[1:], strict=False))
    return sum(a * b < 0 for a, b in pairs) / len(pairs) if pairs else 0.0


def amplitude(losses: Sequence[float]) -> float:
    """Mean absolute change relative to the mean loss: mean |dᵢ| / |mean l|."""
    changes = [abs(b - a) for a, b in zip(losses, losses[1:], strict=False)]
    return _share(math.fsum(changes) / len(changes), losses) if changes else 0.0


def improvement(losses: Sequence[float], window: int) -> float:
    """How much lower the mean of the last W losses lies than that of the W before them, relative to the latter."""
    before, last = losses[-2 * window : -window], losses[-window:]
    return _share(math.fsum(before) / len(before) - math.fsum(last) / len(last), before)


def _share(value: float, losses: Sequence[float]) -> float:
    return value / max(abs(math.fsum(losses) / len(losses)), 1e-12)


def stage_of(losses: Sequence[float], rule: Rule | None = None) -> Stage:
    """The stage after these losses, oldest first; a function of them alone, so that a resumed run agrees.

    1. Fewer than W losses: HEATING.
    2. `alternation` ≥ its threshold and `amplitude` ≥ its threshold over the last W: OSCILLATING.
    3. `improvement` < its threshold after each of the last `patience` losses (2W + patience − 1 are needed): CONVERGED.
    4. Else CONVERGING.

    A swing counts before convergence: a loss that zigzags about a level has a rate too high, and wants less heat,
    not an end. A loss that rises slowly gains nothing either, so it stops as CONVERGED at its best.

    Source: the generalisation-loss and progress criteria of Prechelt 1998, with windowed means; thresholds are design choices.
    """
    rule = rule or Rule()
    recent = losses[-rule.window :]
    if len(recent) < rule.window:
        return Stage.HEATING
    if alternation(recent) >= rule.alternation and amplitude(recent) >= rule.amplitude:
        return Stage.OSCILLATING
    ends = range(len(losses), len(losses) - rule.patience, -1)
    if ends[-1] >= 2 * rule.window and all(improvement(losses[:end], rule.window) < rule.improvement for end in ends):
        return Stage.CONVERGED
    return Stage.CONVERGING


@dataclass
class Convergence:
    """The validation losses so far; to resume, make one with the `losses` that were kept."""

    rule: Rule = field(default_factory=Rule)
    losses: list[float] = field(default_factory=list)

    def add(self, loss: float) -> Stage:
        """Takes in an epoch's validation loss (finite, positive) and tells the stage."""
        if not math.isfinite(loss):
            raise ValueError(f"a loss of {loss} is a divergence to roll back, not a stage")
        self.losses.append(float(loss))
        return self.stage

    @property
    def stage(self) -> Stage:
        """The stage after the last loss."""
        return stage_of(self.losses, self.rule)


def is_diverging(loss: float, history: Sequence[float], factor: float = 3.0) -> bool:
    """水煮鱼异常: whether to roll back, that is a loss that is no number or above `factor` × the best of the history.

    The history holds good losses (finite, positive); with none, only a loss that is no number diverges. The factor is a design choice.
    """
    return not math.isfinite(loss) or bool(history) and loss > factor * min(history)
