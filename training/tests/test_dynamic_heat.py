"""The rate goes up, stays, simmers and finishes where it should, and a resumed run goes on as if nothing had been."""

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.stages.dynamic_heat import DynamicHeat, Heat  # noqa: E402


def made(total: int = 100, **options: float) -> tuple[torch.optim.Optimizer, DynamicHeat]:
    groups = [{"params": [torch.nn.Parameter(torch.ones(3))], "lr": lr} for lr in (1.0, 0.1)]
    optimiser = torch.optim.AdamW(groups)
    return optimiser, DynamicHeat(optimiser, total, **options)


def rates(optimiser: torch.optim.Optimizer, schedule: DynamicHeat, steps: int) -> list[tuple[float, float, Heat]]:
    out = []
    for _ in range(steps):
        out.append((optimiser.param_groups[0]["lr"], optimiser.param_groups[1]["lr"], schedule.phase))
        for group in optimiser.param_groups:
            group["params"][0].grad = torch.full((3,), float(len(out)))
        optimiser.step()
        schedule.step()
    return out


@pytest.mark.parametrize(
    ("step", "rate", "phase"),
    [
        (0, 0.2, Heat.WARM_UP),
        (4, 1.0, Heat.WARM_UP),
        (5, 1.0, Heat.HIGH_FIRE),
        (49, 1.0, Heat.HIGH_FIRE),
        (50, 0.4, Heat.LOW_SIMMER),
        (84, 0.4, Heat.LOW_SIMMER),
        (85, 0.4, Heat.FINISH),
        (90, 0.4 * 0.75, Heat.FINISH),
        (95, 0.4 * 0.25, Heat.FINISH),
        (100, 0.0, Heat.FINISH),
        (110, 0.0, Heat.FINISH),
    ],
)
def test_a_step_has_its_rate_and_phase(step: int, rate: float, phase: Heat) -> None:
    first, second, name = rates(*made(), 111)[step]
    assert first == pytest.approx(rate, abs=1e-12)
    assert second == pytest.approx(rate / 10, abs=1e-12)
    assert name is phase


def test_the_finish_falls_to_nearly_nothing() -> None:
    finish = [r for r, _, phase in rates(*made(1000), 1000) if phase is Heat.FINISH]
    assert len(finish) == 150
    assert all(a > b for a, b in zip(finish[1:], finish[2:], strict=False))
    assert 0 < finish[-1] < 1e-4


@pytest.mark.parametrize("cut", [1, 30, 60, 93])
def test_resumed_equals_uninterrupted(cut: int) -> None:
    optimiser, schedule = made()
    whole = rates(optimiser, schedule, 100)
    before, first = made()
    begun = rates(before, first, cut)
    # The new schedule is made with other numbers: all of them must come from the state.
    after, second = made(7, share=0.9)
    after.load_state_dict(before.state_dict())
    second.load_state_dict(first.state_dict())
    assert begun + rates(after, second, 100 - cut) == whole


def test_an_early_finish_starts_from_where_it_is() -> None:
    for at, start in ((2, 0.6), (20, 1.0), (60, 0.4)):
        optimiser, schedule = made()
        rates(optimiser, schedule, at)
        schedule.finish_in(10)
        assert schedule.phase is Heat.FINISH
        rest = [r for r, _, _ in rates(optimiser, schedule, 11)]
        assert rest[0] == pytest.approx(start)
        assert rest[5] == pytest.approx(start / 2)
        assert all(a > b for a, b in zip(rest, rest[1:], strict=False))
        assert rest[10] == pytest.approx(0, abs=1e-12)


def test_cooling_holds_at_once_and_for_good() -> None:
    optimiser, schedule = made()
    rates(optimiser, schedule, 20)
    schedule.cool(0.5)
    cooled = rates(optimiser, schedule, 40)
    assert cooled[0][:2] == pytest.approx((0.5, 0.05))
    assert cooled[35][:2] == pytest.approx((0.2, 0.02))


@pytest.mark.parametrize("bad", [{"total": 0}, {"warm": 0.6}, {"simmer": 1.2}, {"share": 1.5}, {"floor": 0.5}])
def test_nonsense_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        made(**bad)
