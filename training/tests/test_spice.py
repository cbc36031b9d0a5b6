"""Each fault has the size that its level states, in the daemon's units, and nothing that was not there appears."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.perturb import spice  # noqa: E402
from flavorformer.perturb.faults import _high_pass, blinks, browning, coughs, dropouts, lens, swings  # noqa: E402
from flavorformer.perturb.units import mel_centres  # noqa: E402

SHAPES = {
    "eeg_new": (8, 50), "eeg_mask": (8,), "eeg_tail": (8, 14), "mel_new": (64, 20), "mel_tail": (64, 4),
    "thermal": (3, 24, 32), "quality": (4,), "heat": (2,), "dose": (1,), "recipe": (24,),
}  # fmt: skip


def kitchen(cooks: int = 1, rows: int = 30, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = {k: torch.randn(cooks, rows, *shape, generator=generator) for k, shape in SHAPES.items()}
    x["eeg_mask"], x["quality"] = torch.ones_like(x["eeg_mask"]), torch.ones_like(x["quality"])
    x["thermal"] = 1.5 + 0.3 * x["thermal"].abs()
    x["thermal"][:, :, 2] = x["thermal"][:, :, 0] + 0.2
    x["heat"], x["dose"] = x["heat"].abs() + 1, x["dose"].abs()
    return x


def mel_of(power: float) -> float:
    """The daemon's own formula."""
    return (math.log(power + 1e-10) + 12) / 3.5


def test_level_zero_is_the_kitchen_as_it_is_and_what_is_given_stays() -> None:
    x = kitchen()
    before = {k: v.clone() for k, v in x.items()}
    plain, hot = spice(x, 0, np.random.default_rng(0)), spice(x, 5, np.random.default_rng(0))
    for name in SHAPES:
        assert torch.equal(plain[name], before[name]), name
        assert torch.equal(x[name], before[name]), name
        assert hot[name].shape == x[name].shape and hot[name].dtype == x[name].dtype, name
        assert bool(torch.isfinite(hot[name]).all()), name
    assert all(not torch.equal(hot[name], x[name]) for name in ("thermal", "mel_new", "mel_tail", "eeg_new", "heat"))
    assert torch.equal(hot["recipe"], x["recipe"])


@pytest.mark.parametrize("level", [1, 3, 5])
@pytest.mark.parametrize("celsius", [38.0, 100.0, 250.0])
def test_oil_on_the_lens_mixes_radiances(level: int, celsius: float) -> None:
    tau = 1 - 0.04 * level
    expect = (tau * (celsius + 273.15) ** 4 + (1 - tau) * 311.15**4) ** 0.25 - 273.15
    seen = lens(torch.full((3, 1, 1), celsius / 100), level)
    assert float(seen[0]) * 100 == pytest.approx(expect, abs=1e-3)
    assert float(seen[2]) * 100 == pytest.approx(expect, abs=1e-3)
    # The SD shrinks as two near temperatures do.
    near = lens(torch.full((3, 1, 1), (celsius + 0.5) / 100), level) - lens(torch.full((3, 1, 1), (celsius - 0.5) / 100), level)
    sd = lens(torch.tensor([celsius / 100, 0.01, celsius / 100]).reshape(3, 1, 1), level)[1]
    assert float(sd) == pytest.approx(float(near[0]), rel=1e-3)
    assert (expect < celsius) is (celsius > 38)


def test_the_wall_cools_as_the_picture_does() -> None:
    x = kitchen(rows=200)
    x["thermal"][:] = 2.5
    x["heat"][:] = 2.5
    y = spice(x, 5, np.random.default_rng(1))
    there = y["quality"][0, :, 2] > 0
    assert int(there.sum()) > 0
    torch.testing.assert_close(y["heat"][0, there, 0], y["thermal"][0, there, 0, 0, 0])
    assert float(y["heat"][0, there, 0].max()) < 2.4
    assert torch.equal(y["heat"][0, there, 1], x["heat"][0, there, 1])


@pytest.mark.parametrize("level", [1, 2, 5])
def test_sizzle_rises_by_two_decibels_a_level_above_2_khz_only(level: int) -> None:
    x = kitchen(rows=4)
    x["mel_new"][:] = mel_of(1e-5)
    x["mel_new"][:, :, :, 7] = 0.0
    y = spice(x, level, np.random.default_rng(2))
    assert bool((y["quality"][:, :, 1:] == 1).all()), "this seed has no dropout in four seconds"
    frame = y["mel_new"][0, 0, :, 3]
    high = mel_centres() > 2000
    assert 20 < int(high.sum()) < 40
    torch.testing.assert_close(frame[~high], torch.full_like(frame[~high], mel_of(1e-5)))
    torch.testing.assert_close(frame[high], torch.full_like(frame[high], mel_of(1e-5 * 10 ** (0.2 * level))), rtol=0, atol=1e-5)
    assert bool((y["mel_new"][:, :, :, 7] == 0).all()), "what was not measured stays so"


def test_silence_does_not_sizzle() -> None:
    x = kitchen(rows=4)
    x["mel_new"][:] = mel_of(0)
    y = spice(x, 5, np.random.default_rng(2))
    torch.testing.assert_close(y["mel_new"], x["mel_new"])


def test_mel_centres_are_the_banks() -> None:
    centres = mel_centres()
    # Slaney's scale: linear to 1 kHz, 65 equal steps between 0.75 and 45.2456 mel.
    assert float(centres[0]) == pytest.approx((0.75 + 44.4956 / 65) * 200 / 3, rel=1e-4)
    assert float(centres[63]) == pytest.approx(8000 * math.exp(-44.4956 / 65 * math.log(6.4) / 27), rel=1e-4)


def test_blinks_come_at_the_stated_rate_and_shape() -> None:
    for level in (1, 5):
        counts, peaks = [], []
        for seed in range(6):
            track = blinks(600, level, np.random.default_rng(seed))
            loud = track > 0.5 * track.max()
            counts.append(int((loud[1:] & ~loud[:-1]).sum()))
            peaks.append(track.max())
        # Of 10 to 20 a minute, 0.4·s more, ten minutes long: for six chefs.
        assert np.mean(counts) == pytest.approx(150 * 0.4 * level, rel=0.2), level
        assert min(peaks) > 60 and max(peaks) < 700
    assert not blinks(60, 0, np.random.default_rng(0)).any()
    # The high-pass leaves no mean, half the power at 1 Hz, and what is faster as it was.
    gain = np.abs(np.fft.rfft(_high_pass(), 25_000))
    assert gain[[0, 100, 1000]] == pytest.approx([0, math.sqrt(0.5), 1], abs=3e-3)
    assert abs(blinks(60, 5, np.random.default_rng(0)).mean()) < 1.0


def test_blinks_are_frontal_and_only_where_an_electrode_is() -> None:
    x = kitchen(rows=300)
    x["eeg_new"][:] = 0
    x["eeg_mask"][:, :, 1] = 0
    y = spice(x, 5, np.random.default_rng(3))
    there = y["eeg_mask"][..., 0] > 0
    eeg = y["eeg_new"][there]
    assert 0.05 < float(eeg[:, 0].square().mean().sqrt()) < 2
    assert not bool(eeg[:, 1].any())
    for channel, share in ((2, 0.14), (5, 0.05), (6, 0.03)):
        torch.testing.assert_close(eeg[:, channel], share * eeg[:, 0])


def test_a_channel_that_blinks_too_far_is_masked_and_the_quality_loses_its_share() -> None:
    x = kitchen(rows=1500)
    y = spice(x, 5, np.random.default_rng(4), step_s=0.2)
    mask, quality = y["eeg_mask"][0], y["quality"][0, :, 0]
    blinking = (mask[:, 0] == 0) & (mask[:, 2] == 1)
    assert 0.1 < float(blinking.float().mean()) < 0.9
    torch.testing.assert_close(quality, mask.sum(1) / 8)
    assert bool((mask[:, 2] == mask[:, 6]).all()), "a blink is too small there to mask"
    assert not bool(y["eeg_new"][0][mask == 0].any())
    # Of three channels two are half enough, one is not.
    x["eeg_mask"][:, :, 3:] = 0
    few = spice(x, 5, np.random.default_rng(4), step_s=0.2)
    channels = few["eeg_mask"][0].sum(1)
    torch.testing.assert_close(few["quality"][0, :, 0], torch.where(channels < 2, 0.0, channels / 3))
    assert bool((channels == 1).any())


def test_swings_look_back_two_seconds() -> None:
    track = np.zeros(50 * 30)
    track[50 * 12], track[50 * 14] = 100, -40
    expect = np.zeros(30)
    expect[12:22], expect[14:24] = 100, 40
    expect[14:22] = 140
    np.testing.assert_array_equal(swings(track), expect)


def test_the_dose_is_reckoned_through_the_oil() -> None:
    x = kitchen(rows=30)
    x["dose"][:] = math.log1p(10)
    for level, left in ((1, 0.79), (4, 0.374)):
        y = spice(x, level, np.random.default_rng(2))
        assert browning(level) == pytest.approx(left, abs=0.01)
        there = y["quality"][..., 2] > 0
        torch.testing.assert_close(y["dose"][there], torch.full_like(y["dose"][there], math.log1p(10 * browning(level))))
    assert browning(0) == pytest.approx(1)


def test_coughs_are_broad_bursts_of_the_stated_power() -> None:
    track = coughs(3600, 4, np.random.default_rng(0))
    heard = track.max(0) > 0
    starts = int((heard[1:] & ~heard[:-1]).sum())
    # A bout a minute, of two or three that may run into one another.
    assert 40 <= starts <= 190
    middle = int((mel_centres() - 750).abs().argmin())
    peak = np.percentile(track[middle][heard], 98)
    assert 0.015 / 3 * 0.12**2 * 0.3 < peak < 0.015 / 3 * 0.12**2 * 4
    assert track[middle].sum() > 3 * track[63].sum() > 0
    assert not coughs(60, 0, np.random.default_rng(0)).any()


def test_dropouts_void_all_that_hangs_on_a_sensor() -> None:
    gone = np.mean([dropouts(3600, 5, np.random.default_rng(s)).mean() for s in range(5)])
    assert gone == pytest.approx(0.5 / 60 * 3, rel=0.4)
    y = spice(kitchen(4, 600), 5, np.random.default_rng(4))
    eeg, audio, thermal = (y["quality"][..., i] == 0 for i in range(3))
    assert all(0 < int(v.sum()) < v.numel() / 4 for v in (eeg, audio, thermal))
    assert bool((y["quality"][..., 3] == 1).all())
    for name, where in (("eeg_new", eeg), ("eeg_mask", eeg), ("mel_new", audio), ("thermal", thermal), ("dose", thermal)):
        assert not bool(y[name][where].any()), name
        assert bool(y[name][~where].any()), name
    assert not bool(y["heat"][thermal][:, 0].any())
    assert not bool(y["heat"][thermal & audio][:, 1].any())
    assert bool((y["heat"][thermal & ~audio][:, 1] > 0).all())


def test_what_is_masked_stays_masked() -> None:
    x = kitchen(rows=300)
    x["quality"][:] = 0
    for name in ("eeg_new", "eeg_mask", "eeg_tail", "mel_new", "mel_tail", "thermal", "heat", "dose"):
        x[name][:] = 0
    y = spice(x, 5, np.random.default_rng(5))
    assert all(torch.equal(x[name], y[name]) for name in SHAPES)


def test_a_hops_end_is_the_next_ones_tail() -> None:
    x = kitchen(rows=1500)
    for new, tail in (("eeg_new", "eeg_tail"), ("mel_new", "mel_tail")):
        n = x[tail].shape[-1]
        x[tail][:, 1:] = x[new][:, :-1, :, -n:]
    y = spice(x, 5, np.random.default_rng(3), step_s=0.2)
    assert bool((y["quality"][0, :, :2] == 0).any(0).all())
    for new, tail in (("eeg_new", "eeg_tail"), ("mel_new", "mel_tail")):
        n = y[tail].shape[-1]
        torch.testing.assert_close(y[tail][0, 1:], y[new][0, :-1, :, -n:])


def test_each_cook_may_have_its_own_level_and_a_seed_decides() -> None:
    x = kitchen(3, 40)
    y, again, other = (spice(x, [0, 2, 5], np.random.default_rng(s)) for s in (7, 7, 8))
    assert all(torch.equal(y[name][0], x[name][0]) for name in SHAPES)
    cooled = (x["thermal"] - y["thermal"])[:, :, 0].mean((1, 2, 3))
    assert 0 == cooled[0] < cooled[1] < cooled[2]
    assert all(torch.equal(y[name], again[name]) for name in SHAPES)
    assert not torch.equal(y["eeg_new"], other["eeg_new"])
    for bad in (6, -1, [1, 2], [1, 2, 9]):
        with pytest.raises(ValueError):
            spice(x, bad, np.random.default_rng(0))


def test_some_training_cooks_are_embedded_with_faults_and_each_at_its_own_level(tmp_path: Path) -> None:
    import tiny

    from flavorformer import Flavorformer
    from flavorformer.shards import load
    from flavorformer.stages.embed import SPICED, embed, hops, spiced, spiciness

    cooks = load([tiny.features(tmp_path / "train", "train", cooks=200, seconds=3)], "train")[0]
    levels = [spiciness(cook) for cook in cooks]
    assert levels == [spiciness(cook) for cook in cooks] and set(levels) == set(range(6))
    assert np.mean(np.array(levels) > 0) == pytest.approx(SPICED, abs=0.06)
    cook, model = cooks[0], Flavorformer()
    plain, hot = embed(model, cook), embed(model, cook, 5)
    assert not torch.equal(plain.seen, hot.seen) and torch.equal(plain.latent, hot.latent)
    # The hop and what the encoders look back at are spoiled alike: a colder picture, louder sizzle, nothing else of the cook.
    x = hops(cook.rows, np.arange(cook.seconds))
    y = spiced(x, 5, cook.seed)
    assert y["thermal"].mean() < x["thermal"].mean() and y["context_mel"].shape == x["context_mel"].shape
    assert torch.equal(y["latent"], x["latent"])
