"""The parts of the loss are what their formulas say, and cues are learned from the time that they are to be foreseen; needs PyTorch."""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

from flavorformer.layers.doubanjiang import GROUPS  # noqa: E402
from flavorformer.layers.heads import LEVELS  # noqa: E402
from flavorformer.stages import embed, losses  # noqa: E402

ONE = torch.ones(1)


def test_quantile_loss_is_its_formula_in_tens_of_points_and_least_at_the_quantiles() -> None:
    score, truth = torch.tensor([[40.0, 45.0, 50.0, 55.0, 60.0]]), torch.tensor([52.0])
    by_hand = sum(max(q * (52 - s), (q - 1) * (52 - s)) for q, s in zip(LEVELS, score[0].tolist(), strict=True)) / 10
    assert float(losses.pinball(score, truth)) == pytest.approx(by_hand, rel=1e-5)
    truths = torch.from_numpy(np.random.default_rng(1).normal(60, 18, 20_000)).float()
    own = torch.quantile(truths, torch.tensor(LEVELS))
    at = [float(losses.pinball(own + moved, truths).mean()) for moved in (-4.0, 0.0, 4.0)]
    assert at[1] < min(at[0], at[2])


def test_a_score_may_jump_where_the_phase_changes_and_nowhere_else() -> None:
    phase = (torch.arange(60) >= 20).long()[None]
    valid, at = torch.ones(1, 60), torch.arange(60)
    calm = 1 - losses.changes(phase)
    assert calm[0].nonzero().flatten().tolist() == [t for t in range(60) if abs(t - 20) > losses.CHANGE]

    def jumping(second: int, seconds: torch.Tensor = at) -> float:
        score = torch.full((1, 60, 5), 50.0)
        score[:, second:] += 20.0
        return float(losses.turbulence(score[:, seconds], calm[:, seconds], seconds, valid[:, seconds], ONE))

    assert [jumping(second) for second in (20, 17, 23)] == [0, 0, 0]
    # (20 points / 10)² of 59 pairs of seconds.
    assert jumping(40) == jumping(24) == pytest.approx(4 / 59)
    # Seconds that do not follow one another may be far apart.
    assert jumping(40, torch.tensor([1, 2, 38, 41, 42])) == 0


def test_flavour_groups_that_say_the_same_cost_and_others_do_not() -> None:
    torch.manual_seed(1)
    same, apart = torch.randn(2, 400, 1).expand(2, 400, 4 * GROUPS), torch.randn(2, 400, GROUPS).repeat_interleave(4, -1)
    valid = torch.ones(2, 400)
    assert float(losses.groups(same, valid)) == pytest.approx(1, abs=0.01)
    assert float(losses.groups(apart, valid)) < 0.01
    # What is only there to fill a batch is not looked at.
    padded = torch.cat([apart, same], 1)
    assert float(losses.groups(padded, torch.cat([valid, 0 * valid], 1))) == pytest.approx(float(losses.groups(apart, valid)))


def test_a_cue_is_to_be_foreseen_from_the_lead_on_until_the_chef_acts() -> None:
    at = np.arange(40) + 0.2
    cook = SimpleNamespace(at=at, cues=np.array([10.0, 20.0, np.nan]), acted=np.array([12.0, 14.0, 30.0]))
    bloom, reduce, flame_off = embed.hazards(cook).T
    assert np.flatnonzero(bloom).tolist() == [5, 6, 7, 8, 9, 10, 11]
    # Where the chef was so early, and where nothing would have crossed, it is never due.
    assert not reduce.any() and not flame_off.any()
    cook.acted = np.array([8.0, np.nan, np.nan])
    bloom, reduce, _ = embed.hazards(cook).T
    assert np.flatnonzero(bloom).tolist() == [5, 6, 7]
    assert np.flatnonzero(reduce).tolist() == list(range(15, 40))
