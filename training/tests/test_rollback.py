"""A divergence at epoch three is undone: weights and optimiser are those of epoch two, and the training goes on."""

import copy
import math
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.stages.dynamic_heat import DynamicHeat  # noqa: E402
from flavorformer.stages.rollback import Diverged, Rollback  # noqa: E402


class Stove:
    """A small regression that can be spoiled."""

    def __init__(self, **options: float) -> None:
        torch.manual_seed(3)
        self.x = torch.randn(64, 4)
        self.y = self.x @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
        self.model = torch.nn.Linear(4, 1)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=0.1)
        self.schedule = DynamicHeat(self.optimiser, 100)
        self.guard = Rollback(model=self.model, optimiser=self.optimiser, **options)

    def epoch(self, spoil: float = 1.0) -> float:
        for _ in range(5):
            loss = (self.model(self.x) - self.y).square().mean() * spoil
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
        with torch.no_grad():
            return float((self.model(self.x) - self.y).square().mean())

    def state(self) -> dict:
        return copy.deepcopy({"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()["state"]})


def same(a: dict, b: dict) -> bool:
    flat_a, flat_b = (torch.cat([v.reshape(-1) for part in (s["model"], *s["optimiser"].values()) for v in part.values()]) for s in (a, b))
    return torch.equal(flat_a, flat_b)


def test_a_nan_at_epoch_three_is_undone() -> None:
    stove = Stove()
    losses, good = [], None
    for epoch in range(1, 9):
        loss = stove.epoch(math.nan if epoch == 3 else 1.0)
        back = stove.guard.epoch(loss)
        assert back is (epoch == 3)
        if back:
            assert math.isnan(loss)
            assert same(stove.state(), good)
        else:
            losses.append(loss)
            good = stove.state()
            assert not math.isnan(loss)
    assert stove.guard.count == 1
    assert losses[-1] < losses[1]
    # The schedule is no part: the steps of the bad epoch are spent.
    assert stove.schedule.last_epoch == 40


def test_what_is_kept_does_not_change_as_training_goes_on() -> None:
    stove = Stove()
    stove.guard.epoch(stove.epoch())
    good = stove.state()
    for _ in range(2):
        stove.epoch()
        assert not same(stove.state(), good)
        stove.guard.restore()
        assert same(stove.state(), good)
    assert stove.guard.count == 2


def test_a_loss_far_above_the_best_rolls_back_and_one_near_it_does_not() -> None:
    stove = Stove()
    assert [stove.guard.epoch(loss) for loss in (1.0, 0.5, 1.4, 1.6, 0.9)] == [False, False, False, True, False]
    assert stove.guard.count == 1
    assert stove.guard.best == 0.5


def test_cooling_outlasts_the_rollback() -> None:
    stove = Stove()
    stove.epoch()
    stove.guard.epoch(1.0)
    stove.epoch()
    assert stove.guard.epoch(math.inf)
    stove.schedule.cool(0.5)
    assert stove.optimiser.param_groups[0]["lr"] == pytest.approx(0.05)
    stove.epoch()
    assert stove.optimiser.param_groups[0]["lr"] == pytest.approx(0.05)


def test_it_gives_up_in_words() -> None:
    with pytest.raises(Diverged, match="before anything was good"):
        Stove().guard.epoch(math.nan)
    stove = Stove(limit=2)
    stove.guard.epoch(1.0)
    assert stove.guard.epoch(math.nan) and stove.guard.epoch(math.nan)
    with pytest.raises(Diverged, match="after 2 rollbacks"):
        stove.guard.epoch(math.nan)
    with pytest.raises(ValueError):
        Rollback()
