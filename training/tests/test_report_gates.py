"""Variants, the six criteria, gates and baselines of the report."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402
from synthetic import MEDIANS, folder, in_memory  # noqa: E402

from flavorformer.report import classes, cooks, criteria, errors, figures, gates, shards, variants  # noqa: E402

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
    assert other["cooks"] == 6 and other["unscored_cooks"] == 0


def test_a_change_is_one_of_cooks_that_answered_both_times() -> None:
    late, plain = in_memory("tomato-egg", 1, spread=0.0), [in_memory("tomato-egg", seed, spread=0.0) for seed in range(3)]
    for cook in plain:
        cook.rows["score"][:] += 1 + 10 * (cook.seed == 1)
    late.rows.update({name: late.rows[name][200:] for name in ("hop", "score", "true_phase")})
    found, _ = variants.change(errors.table(plain, MEDIANS), errors.table([plain[0], late, plain[2]], MEDIANS), "at_50")
    assert found == {"value": 0, "low": 0, "high": 0, "cooks": 2}


def test_only_cooks_with_eeg_can_be_given_another_cooks_eeg() -> None:
    rows = [in_memory("tomato-egg", seed) for seed in range(4)]
    rows[1].rows["quality"][:, 0] = 0
    rows[2].rows["quality"][:-1, 0] = 0
    kept = figures.with_eeg(cooks.Rehearsal("base", "0", "f", "swapped-eeg", rows))
    assert [cook.seed for cook in kept.cooks] == [0, 2, 3]


def test_a_folder_of_swapped_eeg_without_any_has_no_figures(tmp_path: Path) -> None:
    plain, swapped = (variants.seen(r, MEDIANS) for r in (folder(tmp_path, cooks=2), cooks.Rehearsal("base", "0", "f", "swapped-eeg", [])))
    assert swapped.errors.cooks == 0
    found = variants.figures(plain, cooks.Rehearsal("base", "0", "f", "swapped-eeg", []), MEDIANS)
    assert found["cooks"] == 0 and np.isnan(found["error_change"]["all"]["value"]) and np.isnan(found["skill"]["all"]["value"])


# ---- the six criteria

def test_wok_hei_and_layers_fall_with_noise() -> None:
    def measured(noise: float, shift: int = 0) -> dict:
        rows = [in_memory(dish, seed, aspect_noise=noise) for dish in synthetic.DISHES for seed in range(40)]
        for cook in rows:
            cook.rows["aspects"][:] = np.roll(cook.rows["aspects"], shift, axis=1)
        return criteria.aspects(rows, draws=100)

    exact, noisy, swapped = measured(0.0), measured(0.3), measured(0.0, shift=1)
    assert exact["correlation"]["wok_hei"]["value"] == pytest.approx(1) and exact["layers"]["value"] == 1
    assert exact["error"]["wok_hei"]["value"] == pytest.approx(0, abs=1e-6)
    assert 0.3 < noisy["correlation"]["wok_hei"]["value"] < 0.9
    assert swapped["layers"]["value"] == swapped["nearest"]["value"] == 0 and swapped["error"]["heat"]["value"] > 0.15


def test_an_aspect_made_out_by_another_is_a_layer_though_it_tells_more_of_the_other() -> None:
    rows = [in_memory("tomato-egg", seed) for seed in range(60)]
    rng = np.random.default_rng(0)
    for cook in rows:
        timing = cook.rows["true_aspects"][0, 4]
        own = rng.normal(0, 0.1)
        cook.rows["true_aspects"][:, 5] = timing + own + rng.normal(0, 0.3)
        cook.rows["aspects"][:, 5] = timing + own
    found = criteria.aspects(rows, draws=20)
    assert found["layers"]["value"] == 1 and found["nearest"]["value"] == pytest.approx(5 / 6)


def test_an_aspect_that_never_varies_is_left_out() -> None:
    rows = [in_memory("tomato-egg", seed) for seed in range(10)]
    for cook in rows:
        cook.rows["true_aspects"][:, 2] = 0
    found = criteria.aspects(rows, draws=20)
    assert np.isnan(found["correlation"]["toss"]["value"]) and found["layers"]["value"] == 1


def test_the_aftertaste_is_the_drift_once_flame_off_can_be_known() -> None:
    cook = in_memory("tomato-egg", 1)
    assert criteria.lingering(cook).tolist() == [0, 0]
    off = cook.flame_off()
    cook.rows["score"][off + 5 :] -= 4
    assert criteria.lingering(cook) == pytest.approx([0, 4], abs=1e-3)
    cook.rows["score"][off + 10 :] += np.linspace(0, 6, 290 - off, dtype=np.float32)[:, None]
    assert criteria.lingering(cook) == pytest.approx([3, 4], abs=1e-3)
    assert np.isnan(criteria.lingering(in_memory("tomato-egg", 1, broken=True))).all()
    cook = in_memory("tomato-egg", 1)
    cook.rows["score"][off:] += np.linspace(0, 6, 300 - off, dtype=np.float32)[:, None]
    curve = criteria.aftertaste([cook])["curve"]
    assert curve[0] == 0 and curve == sorted(curve) and len(curve) == 10


def test_the_seasoning_is_how_far_the_interval_narrows() -> None:
    cook = in_memory("tomato-egg", 1, spread=0.0)
    assert criteria.seasoning([cook])["convergence"]["value"] == pytest.approx(1)
    cook.rows["score"][150:] = synthetic.points(synthetic.logit(cook.reference) + 0.15 * synthetic.Z)
    assert criteria.seasoning([cook])["convergence"]["value"] == pytest.approx(0.5, rel=0.05)


def test_the_seasoning_compares_widths_of_the_same_cooks() -> None:
    rows = [in_memory("tomato-egg", seed, spread=0.0) for seed in range(3)]
    # A cook that says nothing until half way, and then lies wide, has no width at a quarter to be compared with.
    rows[0].rows.update({name: rows[0].rows[name][150:] for name in ("hop", "score")})
    rows[0].rows["score"][:] = [1, 20, 50, 80, 99]
    found = criteria.seasoning(rows)
    assert found["convergence"]["value"] == pytest.approx(1) and found["convergence"]["cooks"] == 2


def test_balance_of_attention_and_losses() -> None:
    found = criteria.balance([in_memory("tomato-egg", 1)], {"eeg": 0.0, "audio": 0.1, "thermal": 0.3})
    assert found["largest"]["value"] == pytest.approx(0.4, abs=1e-6) and found["largest_loss_share"]["value"] == pytest.approx(0.75)
    assert found["effective"]["value"] == pytest.approx(np.exp(-np.sum([p * np.log(p) for p in (0.1, 0.3, 0.4, 0.2)])), rel=1e-5)
    assert "largest_loss_share" not in criteria.balance([in_memory("tomato-egg", 1)], {"eeg": 0.1})


# ---- classes of the aftertaste

@pytest.mark.parametrize(("points", "expect"), [(0.0, 0), (49.9, 0), (50.0, 1), (75.0, 1), (75.1, 2), (100.0, 2)])
def test_both_cuts_belong_to_the_middle_class(points: float, expect: int) -> None:
    assert classes.class_of(points) == expect


def test_the_classification_report_counts_what_was_said_at_both_moments() -> None:
    # True score, median at flame-off (110 s) and 20 s after it.
    told = [(40.0, 40.0, 40.0), (45.0, 60.0, 40.0), (60.0, 60.0, 60.0), (70.0, 60.0, 80.0), (80.0, 60.0, 80.0)]
    rows = [in_memory("gong-bao", seed) for seed in range(len(told))]
    for cook, (truth, off, later) in zip(rows, told, strict=True):
        cook.rows["reference"][:] = truth
        cook.rows["score"][:] = 1.0
        cook.rows["score"][cook.flame_off()] = off
        cook.rows["score"][cook.flame_off() + 100 :] = later
    found = classes.figures([*rows, in_memory("tomato-egg", 1)])
    assert (found["cooks"], found["left_out"]) == (5, 1)
    for moment, expect, accuracy, macro in (
        # cooks, said, right of each class, then the whole.
        ("flame_off", {"below 50": (2, 1, 1), "50 to 75": (2, 4, 2), "above 75": (1, 0, 0)}, 0.6, (2 / 3 + 2 / 3 + 0) / 3),
        ("later", {"below 50": (2, 2, 2), "50 to 75": (2, 1, 1), "above 75": (1, 2, 1)}, 0.8, (1 + 2 / 3 + 2 / 3) / 3),
    ):
        of = found["of"][moment]
        assert of["accuracy"]["value"] == pytest.approx(accuracy) and of["macro_f1"]["value"] == pytest.approx(macro)
        for name, (true, said, right) in expect.items():
            row = of["classes"][name]
            assert (row["cooks"], row["said"], row["right"]) == (true, said, right)
            assert row["recall"]["value"] == pytest.approx(right / true) and row["f1"]["value"] == pytest.approx(2 * right / (true + said))
            assert row["precision"]["value"] == pytest.approx(right / said if said else np.nan, nan_ok=True)
    assert of["accuracy"]["low"] < 0.8 <= of["accuracy"]["high"] == 1
    assert [row[0] for row in classes.rows(found)][3:5] == ["at flame-off: all", "20 s after: below 50"]


def test_cooks_that_end_at_flame_off_are_in_no_class() -> None:
    assert classes.figures([in_memory("tomato-egg", 1)]) | {"what": ""} == {"what": "", "cooks": 0, "left_out": 1, "of": {}}


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
        ({"at_least": -0.3, "at_most": 0.3, "judge": "interval"}, {"value": 0.0, "low": -0.3, "high": 0.3}, True),
        ({"at_least": -0.3, "at_most": 0.3, "judge": "interval"}, {"value": 0.0, "low": -0.31, "high": 0.1}, False),
        ({"at_least": -0.3, "at_most": 0.3, "judge": "interval"}, {"value": 0.0, "low": -0.1, "high": 0.31}, False),
        ({"at_least": -0.3, "at_most": 0.3, "judge": "interval"}, {"value": 0.0, "low": float("nan"), "high": 0.1}, None),
        ({"at_least": -0.3, "at_most": 0.3, "judge": "interval"}, {"value": 0.0}, None),
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


@pytest.mark.parametrize(
    ("limits", "figure", "doubtful"),
    [
        ({"at_most": 1.3}, {"value": 1.2, "low": 1.1, "high": 1.4}, True),
        ({"at_most": 1.3}, {"value": 1.4, "low": 1.2, "high": 1.6}, True),
        ({"at_most": 1.3}, {"value": 1.2, "low": 1.1, "high": 1.25}, False),
        ({"at_least": 0.78, "at_most": 0.82}, {"value": 0.8, "low": 0.79, "high": 0.83}, True),
        ({"at_least": 0.0, "judge": "low"}, {"value": 0.1, "low": -0.1, "high": 0.3}, False),
        ({"at_most": 1.3}, {"value": 1.2}, False),
        ({}, {"value": 1.2, "low": 1.0, "high": 1.4}, False),
        ({"at_most": 1.3}, None, False),
    ],
)
def test_a_verdict_is_in_doubt_where_the_limit_lies_within_the_interval(limits: dict, figure: object, doubtful: bool) -> None:
    assert gates.judged(gates.Gate("n", "名", "a.b", "issue", **limits), {"a": {"b": figure}})["doubtful"] is doubtful


@pytest.mark.parametrize(
    ("judge", "wanted"),
    [
        ("value", "-0.3 to 0.3"),
        ("low", "-0.3 to 0.3 at the interval's lower end"),
        ("interval", "-0.3 to 0.3 for the whole interval"),
    ],
)
def test_a_gate_says_what_it_holds_to_its_limits(judge: str, wanted: str) -> None:
    assert gates.Gate("n", "名", "a.b", "issue", at_least=-0.3, at_most=0.3, judge=judge).wanted == wanted


def test_the_committed_gates_are_sound() -> None:
    found = gates.load()
    assert len({gate.name for gate in found}) == len(found)
    for gate in found:
        assert gate.source in ("issue", "design") and gate.judge in ("value", "low", "high", "interval") and gate.zh
    swapped = next(gate for gate in found if gate.figure == "variants.swapped-eeg.error_change.all")
    assert (swapped.at_least, swapped.at_most, swapped.judge) == (-0.3, 0.3, "interval")
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
    # Where either side said nothing the pair is left out, not one of its halves: the hardest cook does not count against the other.
    dish, ridge = "tomato-egg", of["features, ridge"]
    silent = {d: v.copy() for d, v in perfect.items()}
    hardest = int(np.argmax(ridge.values[dish][:, ridge.index("at_25")]))
    silent[dish][hardest] = np.nan
    silent[dish][:, errors.COLUMNS.index("at_50")] = np.nan
    fewer = baselines.figures({"ridge": ridge}, errors.Errors(ridge.seeds, silent))["of"]["ridge"]["gain"]["value"]
    kept = {d: np.delete(v, hardest, axis=0) if d == dish else v for d, v in ridge.values.items()}
    by_share = [[v[:, ridge.index(key)].mean() for d, v in kept.items() if (d, key) != (dish, "at_50")] for key in baselines.KEYS]
    assert fewer == pytest.approx(np.mean([np.mean(v) for v in by_share]))
    late = {d: v.copy() for d, v in ridge.values.items()}
    late[dish][hardest, ridge.index("at_25")] = np.nan
    over = baselines.figures({"late": errors.Errors(ridge.seeds, late, ridge.columns)})["of"]["late"]["over_constant"]["value"]
    apart = [v[:, [ridge.index(key) for key in baselines.KEYS]] - v[:, [ridge.index("constant")]] for v in late.values()]
    assert over == pytest.approx(np.mean([np.nanmean(v, axis=0) for v in apart]))
    baselines.save(of, tmp_path / "b.json")
    again = baselines.read(tmp_path / "b.json")
    assert baselines.figures(again) == baselines.figures(of)
