"""Cooks without sensors, dressed in what sensors say; needs PyTorch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer import latents  # noqa: E402
from flavorformer.shards import load  # noqa: E402
from flavorformer.stages import dressing, embed  # noqa: E402

WALL = 0


def sensed(seed: int, offset: float, seconds: int = 120) -> embed.Tokens:
    """A cook whose every token says the wall's temperature and an offset of its own."""
    rng = np.random.default_rng(seed)
    latent = torch.zeros(seconds, latents.COUNT)
    latent[:, WALL] = torch.from_numpy(rng.normal(size=seconds)).float()
    phase = torch.from_numpy(np.sort(rng.integers(0, 6, seconds)))
    says = latent[:, WALL, None] + offset
    plain = {"eeg_mask": torch.ones(seconds, 8), "quality": torch.ones(seconds, 4), "aux": torch.zeros(seconds, 8), "aux_mask": torch.zeros(seconds, 8)}
    plain |= {"heat": says.expand(-1, 2).clone(), "dose": says.clone()}
    return embed.Tokens(
        dish="gong-bao",
        seed=seed,
        score=50.0,
        seen=says[:, :, None].expand(-1, 3, 96).half(),
        unseen=says[:, :, None].expand(-1, 2, 96).half(),
        numbers=says.expand(-1, 7).clone(),
        plain=plain,
        recipe=torch.zeros(24),
        latent=latent,
        aspects=torch.zeros(seconds, 6),
        phase=phase,
        hazard=torch.zeros(seconds, 3),
        families=torch.zeros(6),
    )


def bare(cook: embed.Tokens) -> dressing.Blind:
    """The same without its sensors."""
    return dressing.Blind(
        cook.dish, cook.seed, cook.score, cook.latent.half(), cook.aspects.half(), cook.phase, cook.hazard.bool(), cook.families, cook.recipe
    )


def test_a_blind_cook_says_its_own_state_in_its_donors_voice() -> None:
    torch.manual_seed(1)
    donors = [sensed(seed, offset=3.0 * (seed % 2)) for seed in range(8)]
    model, explained = dressing.train(donors, np.random.default_rng(1), steps=400)
    assert 0 < explained < 1
    wardrobe = dressing.Wardrobe(model, donors)
    cook, rng = sensed(99, offset=0.0), np.random.default_rng(2)
    offsets = set()
    for _ in range(12):
        dressed = wardrobe.dress(bare(cook), rng)
        apart = dressed.seen[:, 0, 5] - cook.latent[:, WALL].half().float()
        assert apart.std() < 0.4, "it must say the state of the cook, not that of the donor"
        offsets.add(round(float(apart.mean()) / 3))
        assert torch.equal(dressed.phase, cook.phase) and dressed.score == cook.score
        assert (dressed.plain["heat"][:, 1] >= 0).all() and (dressed.plain["dose"] >= 0).all()
    assert offsets == {0, 1}


def test_a_sensed_cook_keeps_its_own_clothes() -> None:
    donors = [sensed(1, 0.0)]
    wardrobe = dressing.Wardrobe(dressing.Dressing().eval(), donors)
    assert wardrobe.dress(donors[0], np.random.default_rng(1)) is donors[0]


def test_seconds_are_taken_from_the_same_phase_in_order() -> None:
    donor = np.repeat([0, 1, 3], [4, 5, 6])
    phase = np.repeat([0, 1, 2, 3], [3, 12, 2, 4])
    at = dressing.aligned(phase, donor, np.random.default_rng(3))
    known = phase != 2
    assert (donor[at][known] == phase[known]).all()
    assert (at >= 0).all() and (at < len(donor)).all()
    ones = at[phase == 1]
    assert ((np.diff(ones) == 1) | (np.diff(ones) == -4)).all()


def test_sensed_cooks_have_their_share_of_a_pool() -> None:
    few, many = [sensed(seed, 0.0) for seed in range(2)], [bare(sensed(seed, 0.0)) for seed in range(40)]
    drawn = dressing.pool(few, many)
    share = sum(isinstance(c, embed.Tokens) for c in drawn) / len(drawn)
    assert share == pytest.approx(dressing.SENSED, abs=0.05)
    assert all(drawn.count(c) > 0 for c in few)


def test_what_wokd_wrote_of_a_blind_cook_is_read(tmp_path) -> None:  # noqa: ANN001
    folder = tiny.features(tmp_path / "blind", "train", cooks=1)
    cook = load([folder], "train")[0][0]
    read = dressing.blind(cook)
    assert read.seconds == cook.seconds and read.score == cook.score
    assert read.latent.shape == (cook.seconds, latents.COUNT) and read.hazard.dtype == torch.bool


def test_what_is_not_explained_is_averaged_over_the_seconds_before_and_none_to_come() -> None:
    torch.manual_seed(1)
    rest = torch.randn(4000, sum(dressing.PARTS))
    tokens = sum(dressing.PARTS[:2])
    calm = dressing.calmed(rest)
    assert torch.equal(calm[:, tokens:], rest[:, tokens:])
    # A mean of five is √5 times as quiet.
    assert calm[:, :tokens].std().item() == pytest.approx(5**-0.5, rel=0.02)
    changed = rest.clone()
    changed[2000:] = 9.0
    torch.testing.assert_close(dressing.calmed(changed)[:2000], calm[:2000])
