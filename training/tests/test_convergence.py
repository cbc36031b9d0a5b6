"""Synthetic loss curves have the stages that a cook would see in them."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.stages.convergence import Convergence, Rule, Stage, alternation, amplitude, improvement, is_diverging  # noqa: E402


def stages(losses: list[float], **rule: float) -> list[Stage]:
    convergence = Convergence(Rule(**rule))
    return [convergence.add(loss) for loss in losses]


ZIGZAG = [1.0 + 0.05 * (-1) ** i for i in range(30)]
FALLING = [2.0 * 0.9**i for i in range(30)]
SETTLING = [1.0 + math.exp(-i / 5) for i in range(60)]


def test_statistics_are_what_their_formulas_say() -> None:
    assert alternation([1, 2, 1, 2, 1]) == 1.0
    assert alternation([1, 2, 3, 2, 1]) == pytest.approx(1 / 3)
    assert alternation([1, 1, 1, 1]) == 0.0
    assert amplitude([0.9, 1.1, 0.9, 1.1]) == pytest.approx(0.2)
    assert improvement([2, 2, 1, 1], 2) == pytest.approx(0.5)
    assert improvement([9, 1, 1, 2, 2], 2) == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("name", "losses", "last"),
    [
        ("too few", [3, 2, 1], Stage.HEATING),
        ("a zigzag", ZIGZAG, Stage.OSCILLATING),
        ("a zigzag that falls", [a * b for a, b in zip(ZIGZAG, FALLING, strict=True)], Stage.CONVERGING),
        ("a wide zigzag that falls", [(1 + 0.2 * (-1) ** i) * 0.97**i for i in range(30)], Stage.OSCILLATING),
        ("a zigzag too small to matter", [1 + 0.002 * (-1) ** i for i in range(30)], Stage.CONVERGED),
        ("a steady fall", FALLING, Stage.CONVERGING),
        ("a curve that settles", SETTLING, Stage.CONVERGED),
        ("a flat line", [1.0] * 30, Stage.CONVERGED),
        ("a slow rise", [1 + 0.01 * i for i in range(30)], Stage.CONVERGED),
    ],
)
def test_a_curve_ends_in_its_stage(name: str, losses: list[float], last: Stage) -> None:
    assert stages(losses)[-1] is last, name


def test_a_settling_curve_passes_its_stages_in_order_and_stops_near_the_bottom() -> None:
    seen = stages(SETTLING)
    assert seen[:5] == [Stage.HEATING] * 5
    end = seen.index(Stage.CONVERGED)
    assert set(seen[5:end]) == {Stage.CONVERGING}
    assert set(seen[end:]) == {Stage.CONVERGED}
    # What is left to gain when it stops is small, and it does not wait for ever.
    assert SETTLING[end] - 1 < 0.02
    assert end < 40


def test_patience_waits_and_a_gain_undoes_it() -> None:
    flat = [1.0] * 16
    assert stages(flat).index(Stage.CONVERGED) == 2 * 6 + 3 - 2
    assert stages(flat, patience=1).index(Stage.CONVERGED) == 2 * 6 - 1
    assert stages([*flat, 0.8, 0.8, 0.8])[-1] is Stage.CONVERGING


def test_resumed_agrees() -> None:
    losses = [*ZIGZAG[:12], *SETTLING]
    for cut in (3, 10, 30):
        first = Convergence()
        for loss in losses[:cut]:
            first.add(loss)
        second = Convergence(losses=list(first.losses))
        assert [second.add(loss) for loss in losses[cut:]] == stages(losses)[cut:]


@pytest.mark.parametrize(
    ("loss", "history", "diverges"),
    [
        (math.nan, [], True),
        (math.inf, [1.0], True),
        (100.0, [], False),
        (2.9, [1.0, 5.0], False),
        (3.1, [5.0, 1.0, 2.0], True),
        (0.5, [1.0], False),
    ],
)
def test_divergence(loss: float, history: list[float], diverges: bool) -> None:
    assert is_diverging(loss, history) is diverges


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError):
        Convergence().add(math.nan)
    with pytest.raises(ValueError):
        Rule(window=2)
