"""The sound says what it should: bands where they belong, louder for more loss, silent at an early stop."""

import argparse
import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from safetensors.numpy import save_file  # noqa: E402

from flavorformer.commands import sonify as command  # noqa: E402
from flavorformer.sonify import RATE, Layers, Steps, read_log, render, steps_of_cook, steps_of_training  # noqa: E402
from flavorformer.sonify.wave import impact  # noqa: E402

EVEN = [0.25] * 4


def main(argv: list[str]) -> None:
    """As `python -m flavorformer sonify` does."""
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    command.run(parser.parse_args(argv))


def log(losses: list, attention: list | None = None, stopped: int | None = None) -> list[dict]:
    """Rows of a log; in that of the number `stopped` the finish began, and of the rows after it some fall again."""
    shares = attention or [EVEN] * len(losses)
    rows = [{"epoch": i, "loss": loss, "val": loss, "stage": "converging", "attention": a} for i, (loss, a) in enumerate(zip(losses, shares, strict=True))]
    if stopped is not None:
        rows[stopped] |= {"stage": "converged", "stopped": "converged"}
    return rows


def heard(losses: list, attention: list | None = None, stopped: int | None = None, seed: int = 0) -> Layers:
    return render(steps_of_training(log(losses, attention, stopped)), 0.25, seed=seed)


def share_within(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    return float(power[(hz >= low_hz) & (hz <= high_hz)].sum() / power.sum())


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def knocks(sound: np.ndarray) -> int:
    """Times that the envelope over 20 ms rises through a threshold."""
    width = RATE // 50
    envelope = np.abs(sound[: len(sound) // width * width]).reshape(-1, width).max(1)
    loud = envelope > 0.08
    return int((loud[1:] & ~loud[:-1]).sum() + loud[0])


def swaying(amount: float, epochs: int) -> list[list[float]]:
    return [[0.25 + amount / 2 * (-1) ** i, 0.25 - amount / 2 * (-1) ** i, 0.25, 0.25] for i in range(epochs)]


def test_every_layer_keeps_to_its_band() -> None:
    layers = heard([2.0 - 0.05 * i for i in range(24)], swaying(0.1, 24))
    assert share_within(layers.spatula, 0, 180) >= 0.95
    assert share_within(layers.frying, 290, 1910) >= 0.99
    assert share_within(layers.sizzle, 1950, 12050) >= 0.99


def test_a_louder_loss_is_a_louder_sizzle() -> None:
    levels = [rms(heard([loss] * 8).sizzle) for loss in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, None)]
    assert levels[0] == 0
    assert all(a < b for a, b in zip(levels, levels[1:], strict=False))
    assert levels[-1] < 0.2


def test_the_sizzle_follows_the_loss_through_a_training() -> None:
    losses = [3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.3]
    epochs = np.array_split(heard(losses).sizzle, len(losses))
    levels = [rms(epoch) for epoch in epochs]
    assert all(a > b for a, b in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize(("modality", "band"), [(0, (300, 500)), (1, (500, 800)), (2, (800, 1200)), (3, (1200, 1900))])
def test_attention_fries_in_its_own_band(modality: int, band: tuple[int, int]) -> None:
    frying = heard([1.0] * 8, [[float(i == modality) for i in range(4)]] * 8).frying
    assert share_within(frying, band[0] - 10, band[1] + 10) > 0.99


def test_the_spatula_beats_as_often_as_attention_moves() -> None:
    # 24 epochs of 0.25 s are 6 s; 23 of them move by the amount: 40 × amount × 5.75 s impacts, at most 8 a second.
    for amount, most, least in ((0.0, 0, 0), (0.02, 5, 4), (0.05, 12, 10), (0.1, 24, 20)):
        assert least <= knocks(heard([1.0] * 24, swaying(amount, 24)).spatula) <= most
    assert rms(heard([1.0] * 24, swaying(0.5, 24)).spatula) == pytest.approx(rms(heard([1.0] * 24, swaying(0.25, 24)).spatula))


def test_an_impact_does_not_click() -> None:
    assert share_within(impact(95.0), 0, 180) >= 0.95
    assert share_within(impact(95.0), 500, RATE / 2) < 1e-5


def test_nobody_knows_when_attention_moved_across_a_gap() -> None:
    shares = np.array([[1.0, 0, 0, 0]] * 4 + [[0.0] * 4] * 2 + [[0, 0, 0, 1.0]] * 4)
    silent = np.array([False] * 4 + [True] * 2 + [False] * 4)
    assert not render(Steps(np.ones(10), shares, silent), 0.5).spatula.any()
    assert render(Steps(np.ones(8), shares[~silent], silent[~silent]), 0.5).spatula.any()


def test_an_early_stop_is_silent_and_another_end_is_not() -> None:
    # The finish of an early stop has epochs of its own, in which the loss may fall again: silence comes after them.
    stopped = heard([1.0] * 8, swaying(0.2, 8), stopped=4).mix()
    assert len(stopped) == round(8 * 0.25 * RATE) + 2 * RATE
    assert np.all(stopped[-2 * RATE :] == 0)
    assert rms(stopped[: -2 * RATE]) > 0.05
    ran_out = log([1.0] * 8)
    ran_out[-1]["stage"] = "converged"
    assert steps_of_training(ran_out).still_s == 0
    assert len(heard([1.0] * 8).mix()) == round(8 * 0.25 * RATE)
    assert rms(heard([1.0] * 8).mix()[-RATE // 4 :]) > 0.03


def test_a_seed_decides() -> None:
    first, again, other = (heard([1.0] * 6, swaying(0.3, 6), seed=seed).mix() for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert np.abs(first).max() < 1


def cook(seconds: int, score: float = 60.0, skip: range = range(0)) -> dict[str, np.ndarray]:
    hop = np.array([h for h in range(10, 10 + seconds * 5) if h not in skip], np.uint32)
    score_q = np.tile(np.float32([score - 20, score - 5, score, score + 5, score + 20]), (len(hop), 1))
    shares = np.stack([0.3 + 0.2 * np.sin(hop / 20), 0.3 - 0.2 * np.sin(hop / 20), 0 * hop + 0.3, 0 * hop + 0.1], 1)
    return {"hop": hop, "score": score_q, "attention": shares.astype(np.float32)}


def test_a_cook_is_a_step_a_second_and_silent_where_nothing_was_scored() -> None:
    steps = steps_of_cook(cook(30, skip=range(60, 85)))
    assert list(np.flatnonzero(steps.silent)) == [10, 11, 12, 13, 14]
    np.testing.assert_allclose(steps.loss[~steps.silent], 0.4, atol=1e-6)
    np.testing.assert_allclose(steps.attention[~steps.silent].sum(1), 1, atol=1e-6)
    sound = render(steps, 0.1, 0.5).mix()
    second = round(0.1 * RATE)
    gap = sound[10 * second + 500 : 15 * second - 500]
    assert np.all(gap == 0)
    assert rms(sound[: 10 * second]) > 0.02
    assert np.all(sound[-2 * RATE :] == 0)


def test_a_better_cook_sizzles_less() -> None:
    levels = [rms(render(steps_of_cook(cook(10, score)), 0.1, 0.5).sizzle) for score in (90, 70, 40, 10)]
    assert all(a < b for a, b in zip(levels, levels[1:], strict=False))


def test_the_command_writes_a_wav_that_opens(tmp_path: Path) -> None:
    rows = log([1.0, 0.8, float("nan"), 0.7], stopped=1)
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    save_file(cook(10), tmp_path / "cook.safetensors")
    for name, seconds in (("log.jsonl", 4.0), ("cook.safetensors", 3.0)):
        out = tmp_path / f"{name}.wav"
        main([str(tmp_path / name), str(out)])
        with wave.open(str(out)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert len(pcm) == round(seconds * RATE)
        assert 1000 < np.abs(pcm[: -2 * RATE].astype(int)).max() <= 32767
        assert np.all(pcm[-2 * RATE :] == 0)


def test_what_cannot_be_heard_is_refused_in_words(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    for text, words in (("{", "line 1 is no JSON"), ('{"loss": 1}', "line 1 needs"), ("3", "line 1 needs"), ("", "nothing to hear")):
        bad.write_text(text)
        with pytest.raises(SystemExit, match=words):
            main([str(bad), str(tmp_path / "out.wav")])
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none.jsonl"), str(tmp_path / "out.wav")])
    bad.write_text("\n" + json.dumps(log([1.0])[0]) + "\n")
    assert len(read_log(bad)) == 1
