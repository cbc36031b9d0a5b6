"""Time-warped scripts: warped copies are found, and nothing is known before it is seen."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.report import warped  # noqa: E402
from flavorformer.report.shards import Statistics  # noqa: E402

DISH = "gong-bao"


def script(seed: int, seconds: int, pace: float = 1.0) -> np.ndarray:
    """A cook of three smooth random curves, some of its time stretched by up to `pace` and some squeezed: [seconds, 3]."""
    own = np.random.default_rng(seed)
    knots = own.normal(size=(9, 3)).cumsum(axis=0)
    at = np.linspace(0, 1, seconds) ** pace
    return np.stack([np.interp(at, np.linspace(0, 1, 9), column) for column in knots.T], axis=1)


def plainly(query: np.ndarray, of: np.ndarray, band: int) -> float:
    """The recursion word for word."""
    cost = np.full((len(query), len(of)), np.inf)
    for i in range(len(query)):
        for j in range(max(0, i - band), min(len(of), i + band + 1)):
            before = 0.0 if i == j == 0 else min((cost[i - 1, k] for k in (j, j - 1, j - 2) if i > 0 and k >= 0), default=np.inf)
            cost[i, j] = np.linalg.norm(query[i] - of[j]) + before
    return cost[-1].min() / len(query)


@pytest.mark.parametrize("seen", [1, 5, 12])
def test_all_scripts_at_once_are_as_one_by_one(seen: int) -> None:
    rng = np.random.default_rng(1)
    query, curves = rng.normal(size=(seen, 3)), rng.normal(size=(6, 14, 3))
    curves[4, 9:] = np.inf
    found = warped.distances(query, curves, band=4)
    np.testing.assert_allclose(found, [plainly(query, of, 4) for of in curves])


def test_the_beginning_of_a_script_fits_wherever_it_ends() -> None:
    curves = np.stack([script(seed, 64) for seed in range(5)])
    slow = np.repeat(curves[3], 2, axis=0)[:20]
    for query in (curves[3][:16], slow, curves[3][:24:2]):
        found = warped.distances(query, curves)
        assert found[3] == pytest.approx(0) and np.delete(found, 3).min() > 0.05


def test_a_cook_that_outlasts_every_script_is_compared_with_the_longest() -> None:
    curves = np.stack([script(seed, 64) for seed in range(3)])
    curves[2, 20:] = np.inf
    found = warped.distances(np.concatenate([curves[0], np.repeat(curves[0][-1:], 60, axis=0)]), curves)
    assert found[0] == pytest.approx(0) and found[1] > 0.05 and np.isinf(found[2])


def warped_cooks(seeds: range, noise: float, rng: np.random.Generator) -> Statistics:
    """Cooks of one of five scripts, which tells their score, at a pace and of a length of their own."""
    kind = np.array([seed % 5 for seed in seeds])
    lengths = rng.integers(250, 400, len(seeds))
    curves = [script(k, n, pace) + noise * rng.normal(size=(n, 3)) for k, n, pace in zip(kind, lengths, rng.uniform(0.8, 1.25, len(seeds)), strict=True)]
    seen = np.stack([lengths * share // 4 for share in (1, 2, 3, 4)], axis=1)
    return Statistics(np.full(len(seeds), DISH), np.array(seeds), 20.0 + 15 * kind, np.zeros((len(seeds), 4, 1)), seen, curves)


def test_warped_copies_tell_the_score_of_what_they_are_copies_of() -> None:
    rng = np.random.default_rng(2)
    train, test = warped_cooks(range(100), 0.1, rng), warped_cooks(range(1000, 1020), 0.1, rng)
    of = warped.errors(train, test).values[DISH]
    assert of[:, -1].mean() == pytest.approx(18)
    assert of[:, 0].mean() < 6 and of[:, 1:4].mean() < 1
    # What comes after a moment changes nothing before it.
    for curve, seen in zip(test.curves, test.seen, strict=True):
        curve[seen[1] :] = 99
    again = warped.errors(train, test).values[DISH]
    np.testing.assert_array_equal(again[:, :2], of[:, :2])


def test_an_unknown_dish_gets_the_constant_and_an_unseen_cook_nothing() -> None:
    rng = np.random.default_rng(3)
    train, test = warped_cooks(range(20), 0.1, rng), warped_cooks(range(50, 52), 0.1, rng)
    test.seen[1, 0] = 0
    test = Statistics(np.array(["never cooked", DISH]), test.seed, test.score, test.x, test.seen, test.curves)
    of = warped.errors(train, test).values
    assert (of["never cooked"] == of["never cooked"][0, -1]).all()
    assert np.isnan(of[DISH][0, 0]) and np.isfinite(of[DISH][0, 1:]).all()
