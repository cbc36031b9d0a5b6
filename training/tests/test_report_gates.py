"""Variants, the six criteria, gates and baselines of the report."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402

from flavorformer.report import cooks, criteria, errors, gates, shards, variants  # noqa: E402

MEDIANS = {dish: middle for dish, (middle, _) in synthetic.DISHES.items()}


def folder(tmp_path: Path, name: str = "plain", **options) -> cooks.Rehearsal:
    return cooks.load(synthetic.rehearse(tmp_path / name, name, **options))


def in_memory(dish: str, seed: int, **options) -> cooks.Cook:
    return cooks.Cook(dish, seed, "test", synthetic.DISHES[dish][1], synthetic.cook(dish, seed, **options))


# ---- variants

def test_a_variant_without_skill_loses_all_of_it(tmp_path: Path) -> None:
    plain = variants.seen(folder(tmp_path, spread=0.0), MEDIANS)
    lost = variants.figures(plain, folder(tmp_path, "without-thermal", spread=0.0, skill=0.0), MEDIANS)
    assert lost["skill"]["flame_off"]["value"] == pytest.approx(0, abs=1e-3)
    assert lost["skill_change"]["flame_off"]["value"] == pytest.approx(-1, abs=1e-3)
    assert lost["error_change"]["all"]["value"] == pytest.approx(lost["error"]["all"]["value"], abs=1e-3)
    assert lost["coverage_change"]["high"] < 0
    same = variants.figures(plain, folder(tmp_path, "swapped-eeg", spread=0.0), MEDIANS)
    assert same["error_change"]["all"] == {"value": 0, "low": 0, "high": 0, "cooks": 40}
    assert same["skill_over_other_dishes"]["all"]["value"] == pytest.approx(1, abs=1e-3)


def test_a_stranger_knows_the_other_dishes_only() -> None:
    assert variants.strangers({"a": 10.0, "b": 20.0, "c": 60.0}) == {"a": 40.0, "b": 35.0, "c": 15.0}
    assert variants.strangers({"a": 10.0}) == {"a": 10.0}


def test_cooks_that_plain_does_not_have_are_no_pairs(tmp_path: Path) -> None:
    plain = variants.seen(folder(tmp_path, cooks=3), MEDIANS)
    other = variants.figures(plain, folder(tmp_path, "other-kitchen", cooks=3, first=50), MEDIANS)
    assert other["error_change"]["all"]["cooks"] == 0 and np.isnan(other["coverage_change"]["value"])
    assert other["cooks"] == 6


# ---- the six criteria

def test_wok_hei_and_layers_fall_with_noise() -> None:
    def figures(noise: float, shift: int = 0) -> dict:
        rows = [in_memory(dish, seed, aspect_noise=noise) for dish in synthetic.DISHES for seed in range(40)]
        for cook in rows:
            cook.rows["aspects"][:] = np.roll(cook.rows["aspects"], shift, axis=1)
        return criteria.aspects(rows, draws=100)

    exact, noisy, swapped = figures(0.0), figures(0.3), figures(0.0, shift=1)
    assert exact["correlation"]["wok_hei"]["value"] == pytest.approx(1) and exact["layers"]["value"] == 1
    assert exact["error"]["wok_hei"]["value"] == pytest.approx(0, abs=1e-6)
    assert 0.3 < noisy["correlation"]["wok_hei"]["value"] < 0.9
    assert swapped["layers"]["value"] == 0 and swapped["error"]["heat"]["value"] > 0.15


def test_an_aspect_that_never_varies_is_left_out() -> None:
    rows = [in_memory("tomato-egg", seed) for seed in range(10)]
    for cook in rows:
        cook.rows["true_aspects"][:, 2] = 0
    found = criteria.aspects(rows, draws=20)
    assert np.isnan(found["correlation"]["toss"]["value"]) and found["layers"]["value"] == 1


def test_the_aftertaste_is_the_drift_after_flame_off() -> None:
    cook = in_memory("tomato-egg", 1)
    assert criteria.lingering(cook) == 0
    off = cook.flame_off()
    cook.rows["score"][off:] += np.linspace(0, 6, 300 - off, dtype=np.float32)[:, None]
    assert criteria.lingering(cook) == pytest.approx(3, abs=1e-3)
    curve = criteria.aftertaste([cook])["curve"]
    assert curve[0] == 0 and curve == sorted(curve) and len(curve) == 10


def test_the_seasoning_is_how_far_the_interval_narrows() -> None:
    cook = in_memory("tomato-egg", 1, spread=0.0)
    assert criteria.seasoning([cook])["convergence"]["value"] == pytest.approx(1)
    cook.rows["score"][150:] = synthetic.points(synthetic.logit(cook.reference) + 0.15 * synthetic.Z)
    assert criteria.seasoning([cook])["convergence"]["value"] == pytest.approx(0.5, rel=0.05)


def test_balance_of_attention_and_losses() -> None:
    found = criteria.balance([in_memory("tomato-egg", 1)], {"eeg": 0.0, "audio": 0.1, "thermal": 0.3})
    assert found["largest"]["value"] == pytest.approx(0.4, abs=1e-6) and found["largest_loss_share"]["value"] == pytest.approx(0.75)
    assert found["effective"]["value"] == pytest.approx(np.exp(-np.sum([p * np.log(p) for p in (0.1, 0.3, 0.4, 0.2)])), rel=1e-5)
    assert "largest_loss_share" not in criteria.balance([in_memory("tomato-egg", 1)], {"eeg": 0.1})


# ---- gates

@pytest.mark.parametrize(
    ("limits", "figure", "reached"),
    [
        ({"at_least": 0.6}, {"value": 0.6, "low": 0.5, "high": 0.7}, True),
        ({"at_least": 0.6}, {"value": 0.59}, False),
        ({"at_most": 0.82, "at_least": 0.78}, {"value": 0.83}, False),
        ({"at_least": 0.0, "judge": "low"}, {"value": 0.5, "low": -0.1, "high": 1.0}, False),
        ({"at_least": 0.0, "judge": "low"}, {"value": 0.0, "low": 0.0, "high": 0.0}, False),
        ({"at_least": 0.0, "judge": "low"}, {"value": 0.5, "low": 0.1, "high": 1.0}, True),
        ({"at_most": 2.0}, {"value": float("inf")}, False),
        ({"at_most": 2.0}, {"value": float("nan")}, None),
        ({"at_most": 2.0}, None, None),
        ({"at_most": 0}, 0, True),
        ({}, {"value": 1.0}, None),
    ],
)
def test_a_gate_is_judged_by_what_was_measured(limits: dict, figure: object, reached: bool | None) -> None:
    gate = gates.Gate("n", "名", "a.b", "issue", **limits)
    assert gates.judged(gate, {"a": {"b": figure}})["reached"] is reached
    assert gates.judged(gate, {})["measured"] is None


def test_the_committed_gates_are_sound() -> None:
    found = gates.load()
    assert len({gate.name for gate in found}) == len(found)
    for gate in found:
        assert gate.source in ("issue", "design") and gate.judge in ("value", "low", "high") and gate.zh
    assert all(any(name in gate.name for gate in found) for name in ("镬气", "余韵", "层次", "入味", "点缀", "肥瘦相间"))
    nothing = gates.verdicts({})
    assert all(v["reached"] is None and v["measured"] is None for v in nothing)


# ---- baselines

@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> tuple[shards.Statistics, shards.Statistics, Path]:
    root = tmp_path_factory.mktemp("features")
    train = synthetic.features(root / "train", "train", cooks=80)
    test = synthetic.features(root / "test", "test", cooks=30, first=1000)
    return shards.load([train], "train"), shards.load([test], "test"), root


def test_statistics_run_and_do_not_look_ahead(features: tuple[shards.Statistics, shards.Statistics, Path]) -> None:
    train, _, root = features
    assert train.x.shape == (160, 4, shards.FEATURES)
    rows = cooks.Tensors(root / "train" / "00000.safetensors")
    counts = shards.ended(rows, 60.0)
    np.testing.assert_array_equal(counts, [15, 30, 45, 60])
    whole = shards.running(shards.scalars(rows), rows, counts)
    toss = rows["heat"][:, 1]
    start, count = 1 + shards.RECIPE, shards.SCALARS
    seen = slice(0, 15)  # a row a second: at 15 s the rows of hops 0, 5 … 70 have ended
    assert whole[0, start + 1] == pytest.approx(toss[seen].mean()) and whole[0, start + count + 1] == toss[seen].max()
    assert whole[0, start + 2 * count + 1] == toss[14]
    changed = {name: rows[name].copy() for name in rows}
    for name in ("heat", "mel", "thermal"):
        changed[name][40:] = 9
    other = shards.running(shards.scalars(changed), changed, counts)
    np.testing.assert_array_equal(other[:2], whole[:2])
    assert not np.array_equal(other[3], whole[3])
    curve, later = (shards.curve(shards.scalars(of)) for of in (rows, changed))
    np.testing.assert_array_equal(later[:40], curve[:40])
    # Louder all along is no other curve: a microphone's gain is unknown.
    louder = shards.curve(shards.scalars({**{name: rows[name] for name in rows}, "mel": rows["mel"].astype(np.float32) + 1}))
    np.testing.assert_allclose(louder, curve, atol=1e-6)


def test_baselines_learn_what_is_there_and_nothing_from_shuffled_labels(
    features: tuple[shards.Statistics, shards.Statistics, Path], tmp_path: Path
) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is only installed where models are trained")
    from flavorformer.report import baselines

    train, test, _ = features
    of = baselines.errors(baselines.fit(train), train, test)
    found = baselines.figures(of)["of"]
    median = found["dish median"]["error"]["value"]
    assert median == pytest.approx(8, rel=0.25) and found["dish median"]["over_constant"]["value"] == 0
    assert found["features, ridge"]["error"]["value"] < 0.25 * median
    assert found["gradient boosting"]["error"]["value"] < 0.6 * median
    assert found["麻辣随机森林 random forest"]["error"]["value"] < 0.6 * median
    for name in ("shuffled labels", "clock and recipe"):
        assert found[name]["error"]["value"] == pytest.approx(median, rel=0.15)
    # A perfect model beats each of them on the cooks that both have.
    perfect = {d: np.zeros((len(s), len(errors.COLUMNS))) for d, s in of["dish median"].seeds.items()}
    gained = baselines.figures(of, errors.Errors(of["dish median"].seeds, perfect))
    assert gained["least_gain"] == gained["of"]["features, ridge"]["gain"]
    assert gained["least_gain"]["value"] == pytest.approx(found["features, ridge"]["error"]["value"])
    baselines.save(of, tmp_path / "b.json")
    again = baselines.read(tmp_path / "b.json")
    assert baselines.figures(again) == baselines.figures(of)
