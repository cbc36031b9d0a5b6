"""AUC, R², correlation and linear probes against their definitions, on numbers whose figures are known."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.probes import columns, erd, normalisation  # noqa: E402
from flavorformer.probes.eeg import blinks  # noqa: E402
from flavorformer.probes.linear import fitted, judged  # noqa: E402


def test_auc_is_the_chance_that_a_true_one_scores_higher() -> None:
    rng = np.random.default_rng(0)
    true = rng.random(2000) < 0.3
    said = rng.normal(size=2000) + true
    row = columns.auc_row(said, true, columns.edges(said))
    wins = (said[true][:, None] > said[~true][None, :]).mean()
    assert columns.auc(row) == pytest.approx(wins, abs=2e-3)
    assert columns.auc(columns.auc_row(-said, true, columns.edges(-said))) == pytest.approx(1 - wins, abs=2e-3)
    same = np.zeros(2000)
    assert columns.auc(columns.auc_row(same, true, columns.edges(same))) == pytest.approx(0.5)


def test_r2_and_correlation_are_the_usual_ones() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(3, 2, 500)
    said = true + rng.normal(size=500)
    assert columns.r2(columns.r2_row(said, true)) == pytest.approx(1 - ((said - true) ** 2).sum() / ((true - true.mean()) ** 2).sum())
    assert columns.r2(columns.r2_row(np.full(500, true.mean()), true)) == pytest.approx(0)
    assert columns.correlation(columns.correlation_row(said, true)) == pytest.approx(np.corrcoef(said, true)[0, 1])
    assert np.isnan(columns.r2_row(np.zeros(0), np.zeros(0))).all()


@pytest.mark.parametrize("yes_or_no", [True, False])
def test_a_probe_finds_what_is_there_and_nothing_else(yes_or_no: bool) -> None:
    rng = np.random.default_rng(2)

    def cook() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x = rng.normal(size=(60, 5))
        y = x @ np.array([1.0, -2, 0, 0, 0.5])
        return x, rng.normal(size=(60, 3)), y > 0 if yes_or_no else y

    train, test = [cook() for _ in range(20)], [cook() for _ in range(20)]
    said = {}
    for i, name in enumerate(("token", "motion")):
        probe = fitted(np.concatenate([c[i] for c in train]), np.concatenate([c[2] for c in train]))
        said[name] = [probe(c[i]) for c in test]
    found = judged(["a", "b"] * 10, said, [c[2] for c in test])
    nothing = 0.5 if yes_or_no else 0.0
    assert found["measure"] == ("AUC" if yes_or_no else "R²")
    assert found["token"]["value"] > 0.97
    assert found["motion"]["value"] == pytest.approx(nothing, abs=0.1)
    assert found["gain"]["low"] > 0.3 and found["gain"]["low"] <= found["gain"]["value"] <= found["gain"]["high"]
    assert found["gain"]["value"] == pytest.approx(found["token"]["value"] - found["motion"]["value"])
    assert found["token"]["cooks"] == 20


@pytest.mark.parametrize(
    ("fp1", "c3", "expect"),
    [(100.0, 20.0, True), (100.0, 40.0, False), (70.0, 5.0, False), (0.0, 0.0, False)],
)
def test_a_blink_swings_the_forehead_alone(fp1: float, c3: float, expect: bool) -> None:
    eeg = np.zeros((1, 8, 64), np.float32)
    eeg[0, 0, 40], eeg[0, 2, 40] = fp1, c3
    # A swing in the context before the hop does not count.
    eeg[0, 0, 3] = 500
    assert blinks(eeg)[0] == expect


def test_mu_power_sees_ten_hertz_and_its_change_is_in_decibels() -> None:
    t = np.arange(64) / 250
    waves = np.stack([np.sin(2 * np.pi * hz * t) for hz in (10.0, 40.0)])[:, None].repeat(2, 1)
    ten, forty = erd.mu_power(10 * waves)
    assert ten > 100 * forty
    assert erd.mu_power(20 * waves)[0] == pytest.approx(4 * ten)
    assert erd.change(np.array([7.0, 9.0, 1.0]), np.array([1.0, 0.0, np.nan])) == pytest.approx(-2)
    assert np.isnan(erd.change(np.array([7.0, 9.0]), np.array([1.0, 1.0])))


def test_the_normalisation_s_share_is_paired_by_seed() -> None:
    whole = {str(s): 5.0 + 0.1 * s for s in range(5)}
    without = {s: e / (1 - 0.083) for s, e in whole.items()}
    found = normalisation.reduction({"whole": whole, "no Doubanjiang": without | {"9": 1.0}})
    assert found["value"] == pytest.approx(8.3) and found["low"] == pytest.approx(8.3) and found["seeds"] == 5
    assert normalisation.reduction({"whole": whole}) is None
    assert normalisation.reduction(None) is None
    assert normalisation.reduction({"whole": whole, "no Doubanjiang": {"9": 1.0}}) is None
    told = {name: {s: {"all": e, "end": 0.0} for s, e in of.items()} for name, of in {"whole": whole, "Doubanjiang 豆瓣酱 → identity": without}.items()}
    told["whole"]["4"] = None
    assert normalisation.reduction({"budget": {}, "errors": told}) == pytest.approx(found | {"seeds": 4})
    one = normalisation.reduction({"whole": {"1": 4.0}, "no Doubanjiang": {"1": 5.0}})
    assert one["value"] == pytest.approx(20) and np.isnan(one["low"])
