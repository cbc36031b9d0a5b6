"""水煮鱼异常 in training: back to the last good state."""

import copy
from collections.abc import Sequence
from typing import Any, Protocol

from .convergence import is_diverging


class Stateful(Protocol):
    """A model, an optimiser, an average of weights: whatever gives and takes a state."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object: ...


class Diverged(RuntimeError):
    """It diverged with nothing good to go back to, or too often."""


class Rollback:
    """Keeps copies of the states of its parts while the loss is good, and puts them back when it diverges.

    The rule is `is_diverging`: no number, or above `factor` × the best good loss. The copies lie in memory on the
    parts' devices: once the model plus, for Adam, twice the model. What is not a part goes on as it was: leave the
    schedule out, so that the budget of steps is kept, and the random generators, so that other batches come; then call
    `DynamicHeat.cool`, so that the way is not the same again.

        guard = Rollback(model=model, optimiser=optimiser, averaged=averaged)
        for epoch in …:
            loss = …
            if guard.epoch(loss):
                schedule.cool(0.5)

    Source: design choice, as are its factor and limit.
    """

    def __init__(self, factor: float = 3.0, limit: int = 5, **parts: Stateful) -> None:
        if not parts:
            raise ValueError("nothing to keep")
        self.factor, self.limit, self.parts = factor, limit, parts
        self.count = 0
        """Rollbacks so far."""
        self.best: float | None = None
        self._kept: dict[str, dict[str, Any]] | None = None

    def keep(self) -> None:
        """Copies the parts' states as the last good ones."""
        self._kept = {name: copy.deepcopy(part.state_dict()) for name, part in self.parts.items()}

    def restore(self) -> None:
        """Puts the last good states back, and counts; `Diverged` if there are none or it was done `limit` times."""
        if self._kept is None:
            raise Diverged("it diverged before anything was good: try a smaller rate")
        if self.count >= self.limit:
            raise Diverged(f"it diverged again after {self.count} rollbacks: try a smaller rate")
        self.count += 1
        for name, part in self.parts.items():
            # An optimiser keeps the tensors it is given: they must not be the copy.
            part.load_state_dict(copy.deepcopy(self._kept[name]))

    def diverges(self, loss: float) -> bool:
        """Whether a loss, of a batch or an epoch, is one to roll back from."""
        history: Sequence[float] = () if self.best is None else (self.best,)
        return is_diverging(loss, history, self.factor)

    def epoch(self, loss: float) -> bool:
        """Keeps the states if the epoch's validation loss is good, else restores them; whether it rolled back."""
        if self.diverges(loss):
            self.restore()
            return True
        self.best = loss if self.best is None else min(self.best, loss)
        self.keep()
        return False
