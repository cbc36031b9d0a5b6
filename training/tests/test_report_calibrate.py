"""What calibration cooks decide: how wide the intervals lie and when cues fire."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402

from flavorformer.commands import calibrate  # noqa: E402
from flavorformer.report import cooks, thresholds  # noqa: E402
from flavorformer.report.cooks import Cook  # noqa: E402


def rising(seed: int, early_s: float) -> Cook:
    """A cook whose bloom hazard rises evenly over 8 s to 1 at `early_s` before its crossing, then falls to 0."""
    rows = synthetic.cook("tomato-egg", seed)
    at = (rows["hop"] + 1) * synthetic.HOP_S
    left = rows["cues"][0] - early_s - at
    hazard = np.zeros((len(at), 3), np.float32)
    hazard[:, 0] = np.where((left > 0) & (left < 8), 1 - left / 8, 0)
    return Cook("tomato-egg", seed, "calibration", 60.0, {**rows, "hazard": hazard})


@pytest.mark.parametrize(("early_s", "low", "high"), [(0.0, 0.35, 0.65), (2.0, 0.5, 0.75)])
def test_the_threshold_is_one_that_fires_a_lead_ahead(early_s: float, low: float, high: float) -> None:
    found = thresholds.best([rising(seed, early_s) for seed in range(6)])["bloom"]
    assert found["f1"] == 1.0
    assert low <= found["on"] <= high


def test_one_hop_fires_nothing_and_a_standing_cue_fires_no_other() -> None:
    cook = rising(1, 0.0)
    hazard = np.zeros_like(cook.rows["hazard"])
    hazard[10, 0] = 0.9
    single = Cook(cook.dish, 1, cook.split, cook.seconds, {**cook.rows, "hazard": hazard})
    assert len(thresholds.fires(single, 0, 0.5)) == 0
    hazard = np.zeros_like(hazard)
    hazard[10:30, 0] = 0.9
    np.testing.assert_allclose(thresholds.fires(Cook(cook.dish, 1, cook.split, 60.0, {**cook.rows, "hazard": hazard}), 0, 0.5), [2.4])


def calibrated(folder: Path, **card: object) -> dict:
    """What calibrate writes of a folder and the card of a model; the folder's model is 0…0."""
    whole = {"sha256": "0" * 64, "checkpoint_sha256": "c" * 64, "spread": [1.0] * 5}
    (folder / "base.json").write_text(json.dumps(whole | card))
    parser = argparse.ArgumentParser()
    calibrate.arguments(parser)
    out = folder / "spread.json"
    calibrate.run(parser.parse_args([str(folder), "--model-card", str(folder / "base.json"), "--out", str(out)]))
    return json.loads(out.read_text())


def test_too_narrow_intervals_are_widened(tmp_path: Path) -> None:
    found = calibrated(synthetic.rehearse(tmp_path / "calibration", "plain", cooks=100, split="calibration", spread=0.6, told=0.3))
    assert (found["model_sha256"], found["checkpoint_sha256"]) == ("0" * 64, "c" * 64)
    outer, inner, middle, other, last = found["spread"]
    assert middle == 1.0 and outer == last and inner == other
    # Errors of twice the SD that the model says want twice the width.
    assert 1.7 < outer < 2.3 and 1.6 < inner < 2.4


@pytest.mark.parametrize(
    ("card", "reason"), [({"sha256": "1" * 64}, "another model"), ({"spread": [1.2, 1.1, 1.0, 1.1, 1.2]}, "calibrated already")]
)
def test_only_the_model_that_cooked_is_calibrated_and_only_once(card: dict, reason: str, tmp_path: Path) -> None:
    folder = synthetic.rehearse(tmp_path / "calibration", cooks=2, split="calibration")
    with pytest.raises(SystemExit, match=reason):
        calibrated(folder, **card)
    assert not (folder / "spread.json").exists()


def test_constants_come_back_from_a_card(tmp_path: Path) -> None:
    of = cooks.Training({"tomato-egg": 61.5}, {"tomato-egg": np.array([70.0, np.nan, 200.0])}, {"tomato-egg": 300.0})
    card = tmp_path / "base.json"
    card.write_text(json.dumps({"constants": cooks.constants(of)}))
    back = cooks.training(card)
    assert back.scores == of.scores and back.totals == of.totals
    np.testing.assert_array_equal(back.crossings["tomato-egg"], of.crossings["tomato-egg"])
