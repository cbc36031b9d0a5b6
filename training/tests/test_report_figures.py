"""Figures of the report on cooks whose figures are known beforehand."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402
from synthetic import MEDIANS, folder, in_memory  # noqa: E402

from flavorformer.report import bootstrap, conformal, cooks, cues, errors, intervals, phases, stability  # noqa: E402

# ---- errors

def test_a_perfect_model_has_no_error_and_a_constant_no_skill(tmp_path: Path) -> None:
    perfect = errors.figures(errors.table(folder(tmp_path, "perfect", spread=0.0).cooks, MEDIANS))
    constant = errors.figures(errors.table(folder(tmp_path, "constant", spread=0.0, skill=0.0).cooks, MEDIANS))
    for key in errors.KEYS:
        assert perfect["error"][key]["value"] == pytest.approx(0, abs=1e-4)
        assert perfect["skill"][key]["value"] == pytest.approx(1, abs=1e-4)
        assert constant["skill"][key]["value"] == pytest.approx(0, abs=1e-4)
    assert perfect["error"]["constant"]["value"] > 5
    assert perfect["cooks"] == 40


def test_a_long_dish_does_not_drown_a_short_one() -> None:
    values = {"braise": np.full((90, 1), 10.0), "stir-fry": np.full((10, 1), 2.0)}
    assert bootstrap.mean(values)[0] == 6.0
    values["stir-fry"][0, 0] = np.nan
    assert bootstrap.mean(values)[0] == 6.0


def test_the_interval_of_a_mean_is_about_its_standard_error() -> None:
    rng = np.random.default_rng(3)
    values = {"a": rng.normal(size=(400, 1)), "b": rng.normal(size=(400, 1))}
    stated = bootstrap.stated(values, bootstrap.column(0))
    assert stated["high"] - stated["low"] == pytest.approx(2 * 1.96 / np.sqrt(800), rel=0.15)
    assert stated == bootstrap.stated(values, bootstrap.column(0))


@pytest.mark.parametrize(
    ("share", "first_hop", "expect"), [(0.25, 0, 74), (1.0, 0, 299), (0.25, 75, None), (0.25, 74, 0), (0.5, 74, 75)]
)
def test_the_row_at_a_share_is_never_of_the_future(share: float, first_hop: int, expect: int | None) -> None:
    rows = {"hop": np.arange(first_hop, 300, dtype=np.uint32)}
    assert cooks.Cook("tomato-egg", 1, "test", 60.0, rows).row_at(share) == expect


def test_error_at_flame_off_is_that_of_the_first_hop_of_off() -> None:
    cook = in_memory("tomato-egg", 1, spread=0.0)
    off = cook.flame_off()
    cook.rows["score"][off] = cook.reference + 7
    row = errors.of_cook(cook, 50.0)
    assert row[errors.COLUMNS.index("flame_off")] == pytest.approx(7, abs=1e-4)
    assert row[errors.COLUMNS.index("all")] == pytest.approx(7 / 300, abs=1e-4)
    # Two seconds later, when it can be known, that is over.
    assert row[errors.COLUMNS.index("known_off")] == pytest.approx(0, abs=1e-4)
    cook.rows["score"][off + 10] = cook.reference - 3
    assert errors.of_cook(cook, 50.0)[errors.COLUMNS.index("known_off")] == pytest.approx(3, abs=1e-4)
    cook.rows["true_phase"][:] = 0
    assert np.isnan(errors.of_cook(cook, 50.0)[[errors.COLUMNS.index(key) for key in ("flame_off", "known_off")]]).all()


def test_the_ratio_to_the_oracle(tmp_path: Path) -> None:
    table = errors.table(folder(tmp_path, oracle_sd=3.0).cooks, MEDIANS)
    ratio = errors.ratio_to("oracle", table, 0.5)
    means = bootstrap.mean(table.values)
    assert ratio["value"] == pytest.approx(means[table.index("at_50")] / means[table.index("oracle_50")])
    assert means[table.index("oracle_50")] == pytest.approx(3 * np.sqrt(2 / np.pi), rel=0.3)
    onlooker = errors.ratio_to("onlooker", table, 0.5)
    assert onlooker["value"] == pytest.approx(ratio["value"] * means[table.index("oracle_50")] / means[table.index("onlooker_50")])
    assert onlooker["value"] < ratio["value"]
    without = errors.ratio_to("oracle", errors.table(folder(tmp_path, "without", cooks=3).cooks, MEDIANS), 0.5)
    assert np.isnan(without["value"]) and without["cooks"] == 0


def test_what_has_no_answer_leaves_the_figure_with_its_counterpart() -> None:
    row = {"at_50": 5.0, "constant": 10.0, "oracle_50": 4.0}
    hard = {"at_50": np.nan, "constant": 90.0, "oracle_50": 90.0}
    values = np.full((3, len(errors.COLUMNS)), 1.0)
    for own, given in zip(values, (row, row, hard), strict=True):
        own[[errors.COLUMNS.index(key) for key in given]] = list(given.values())
    table = errors.Errors({"gong-bao": np.arange(3)}, {"gong-bao": values})
    assert errors.skill(table, "at_50")["value"] == pytest.approx(0.5)
    assert errors.ratio_to("oracle", table, 0.5)["value"] == pytest.approx(1.25)
    assert errors.skill(table, "at_50")["cooks"] == errors.ratio_to("oracle", table, 0.5)["cooks"] == 2
    found = errors.figures(table, unscored=4)
    assert found["error"]["at_50"] == {"value": 5.0, "low": 5.0, "high": 5.0, "cooks": 2}
    assert found["cooks"] == 3 and found["unanswered"]["at_50"] == 1 and found["unscored_cooks"] == 4


def test_cooks_without_a_score_are_counted(tmp_path: Path) -> None:
    index = synthetic.rehearse(tmp_path / "mute", cooks=3) / "index.json"
    rows = json.loads(index.read_text())
    rows["cooks"][0]["hops"] = rows["cooks"][4]["hops"] = 0
    rows["cooks"].append({**rows["cooks"][0], "split": "val"})
    index.write_text(json.dumps(rows))
    mute = cooks.load(index.parent, "test")
    assert (len(mute.cooks), mute.unscored) == (4, 2)
    assert cooks.load(index.parent).unscored == 3


def test_pairing_is_by_dish_and_seed(tmp_path: Path) -> None:
    a = errors.table(folder(tmp_path, "a", cooks=6).cooks, MEDIANS)
    b = errors.table(folder(tmp_path, "b", cooks=6, first=4).cooks, MEDIANS)
    both = errors.paired(a, b)
    k = len(errors.COLUMNS)
    assert {dish: len(v) for dish, v in both.items()} == {"gong-bao": 2, "tomato-egg": 2}
    assert all(np.array_equal(v[:, :k], v[:, k:], equal_nan=True) for v in both.values())


# ---- intervals

def test_the_eighty_interval_of_a_logit_normal_is_exact() -> None:
    q = synthetic.points(0.4 + 0.5 * synthetic.Z)[None]
    edges = intervals.logit(intervals.central(q))[0]
    np.testing.assert_allclose(edges, 0.4 + 0.5 * np.array([-1.2816, 1.2816]), atol=1e-3)


@pytest.mark.parametrize(("told", "low", "high"), [(0.3, 0.74, 0.86), (0.1, 0.2, 0.45), (1.2, 0.99, 1.0)])
def test_coverage_is_that_of_the_spread_told(tmp_path: Path, told: float, low: float, high: float) -> None:
    figures = intervals.figures(folder(tmp_path, cooks=150, spread=0.3, told=told).cooks)
    assert low <= figures["coverage_80"]["value"] <= high
    assert figures["coverage_80"]["low"] < figures["coverage_80"]["high"] or told > 1
    assert figures["crossed_hops"] == 0


def test_pinball_and_crossed_quantiles() -> None:
    assert intervals.pinball(np.full((1, 5), 50.0), 50.0)[0] == 0
    # One point above all quantiles costs the mean of the levels.
    assert intervals.pinball(np.full((1, 5), 49.0), 50.0)[0] == pytest.approx(0.5)
    assert intervals.pinball(np.array([[51.0, 50, 50, 50, 50]]), 50.0)[0] == pytest.approx(0.9 / 5)
    assert intervals.pinball(np.array([[50.0, 50, 50, 50, 49]]), 50.0)[0] == pytest.approx(0.9 / 5)
    assert intervals.crossings(np.array([[1, 2, 3, 4, 5], [1, 2, 3, 2.9, 5]])) == 1


def test_the_worst_stratum_is_found() -> None:
    rows = [in_memory("gong-bao", seed, spread=0.0) for seed in range(4)] + [in_memory("tomato-egg", seed, spread=0.0) for seed in range(4)]
    for cook in rows[4:]:
        cook.rows["score"][150:225] = [1, 2, 3, 4, 5]
    worst = intervals.figures(rows)["worst_stratum"]
    assert (worst["dish"], worst["quarter"], worst["value"]) == ("tomato-egg", 3, 0.0)


# ---- conformal

@pytest.mark.parametrize("told", [0.1, 0.3, 0.9])
def test_conformalised_coverage_lands_within_the_gate(told: float) -> None:
    def drawn(first: int) -> list[cooks.Cook]:
        return [in_memory(dish, seed, told=told) for dish in synthetic.DISHES for seed in range(first, first + 800)]

    factors = conformal.fit(drawn(10_000))
    assert factors.values[0] == pytest.approx(0.3 / told, rel=0.12)
    widened = [conformal.conformed(cook, factors) for cook in drawn(0)]
    coverage = np.mean([intervals.of_cook(cook)[0] for cook in widened])
    assert 0.78 <= coverage <= 0.82
    assert all(np.allclose(a.median, b.median) for a, b in zip(widened, drawn(0), strict=True))


def test_factors_by_elapsed_time_follow_the_error() -> None:
    def drawn(first: int) -> list[cooks.Cook]:
        out = []
        for seed in range(first, first + 600):
            cook = in_memory("tomato-egg", seed, spread=0.0)
            wrong = np.random.default_rng([seed, 9]).normal(size=2)
            centre = synthetic.logit(cook.reference) + np.where(np.arange(300) < 150, 0.6 * wrong[0], 0.15 * wrong[1])
            cook.rows["score"][:] = synthetic.points(centre[:, None] + 0.3 * synthetic.Z)
            out.append(cook)
        return out

    factors = conformal.fit(drawn(5000), {"tomato-egg": 60.0}, edges=(0.5,))
    np.testing.assert_allclose(factors.values, [2.0, 0.5], rtol=0.15)
    quarters = slice(intervals.FIRST, intervals.FIRST + intervals.QUARTERS)
    halves = np.array([intervals.of_cook(conformal.conformed(cook, factors))[quarters] for cook in drawn(0)]).mean(axis=0)
    assert (np.abs(halves - 0.8) < 0.04).all()
    # A cook of a dish whose usual length is unknown gets the careful factor.
    assert (factors.at(in_memory("gong-bao", 1)) == factors.values.max()).all()


# ---- phases

def test_phases_that_are_late_are_late_by_that_much(tmp_path: Path) -> None:
    exact = phases.figures(folder(tmp_path, "exact", cooks=3).cooks)
    assert exact["worst_macro_f1"]["value"] == pytest.approx(1) and exact["worst_boundary_s"]["value"] == 0
    late = phases.figures(folder(tmp_path, "late", cooks=3, phase_late=10).cooks)
    assert late["worst_boundary_s"]["value"] == pytest.approx(2.0)
    # Of 50 hops a phase the first 10 are said to be the one before: in tomato-egg inner phases keep 40 of 50 both ways.
    assert late["by_dish"]["tomato-egg"]["f1"]["sear"] == pytest.approx(0.8)


def test_only_phases_that_occur_count_and_missing_changes_are_no_small_error() -> None:
    cook = in_memory("tomato-egg", 1)
    matrix = phases.confusion(cook)
    assert matrix.sum() == pytest.approx(1)
    two = np.zeros((6, 6))
    two[0, 0], two[2, 2], two[2, 4] = 0.5, 0.25, 0.25
    assert phases.macro_f1(two) == pytest.approx((1 + 2 / 3) / 2)
    cook.rows["phase"][:] = np.eye(6)[0]
    assert np.isinf(phases.boundary_errors(cook)).all() and len(phases.boundary_errors(cook)) == 5


def test_one_predicted_change_serves_one_true_change() -> None:
    def check(blocks: list[tuple[int, int]], expect: list[float]) -> None:
        true, said = np.zeros(300, int), np.zeros(300, int)
        true[50:100] = true[150:200] = 2
        for start, end in blocks:
            said[start:end] = 2
        rows = {"hop": np.arange(300), "true_phase": true, "phase": np.eye(6)[said]}
        np.testing.assert_allclose(phases.boundary_errors(cooks.Cook("tomato-egg", 1, "test", 60.0, rows)), expect)

    check([(50, 100), (150, 200)], [0, 0, 0, 0])
    # The change at hop 90 is the nearest one to the true ones at 50 and at 150, but serves the first; the other has that at 230.
    check([(90, 120), (230, 260)], [8, 4, 16, 12])
    check([(90, 120)], [8, 4, np.inf, np.inf])
    check([(50, 100), (101, 103), (150, 200)], [0, 0, 0, 0])
    check([], [np.inf] * 4)


def test_the_dish_that_flickers_most_is_named() -> None:
    rows = [in_memory(dish, 1) for dish in synthetic.DISHES]
    rows[0].rows["phase"][20:30:2] = np.eye(6)[5]
    worst = phases.figures(rows)["worst_false_changes_a_minute"]
    assert worst == {"dish": rows[0].dish, "value": 10, "cooks": 1}


def test_flicker_is_seen() -> None:
    cook = in_memory("tomato-egg", 1)
    assert phases.false_changes(cook) == 0
    cook.rows["phase"][20:30:2] = np.eye(6)[5]
    assert phases.false_changes(cook) == 10


# ---- cues

@pytest.mark.parametrize(
    ("fired", "crossing", "acted", "expect"),
    [
        ([96.0], 100.0, 103.0, cues.Match(hits=1, errors=(0.0,))),
        ([98.9], 100.0, 103.0, cues.Match(hits=1, errors=(2.9,))),
        ([99.5], 100.0, 103.0, cues.Match(misses=1, false_alarms=1, errors=(3.5,))),
        ([], 100.0, 103.0, cues.Match(misses=1)),
        ([50.0, 95.0, 97.0], 100.0, np.nan, cues.Match(hits=1, false_alarms=2, errors=(-1.0,))),
        ([50.0], np.nan, np.nan, cues.Match(false_alarms=1)),
        # The chef acted at 90, before the crossing: it is censored.
        ([], 100.0, 90.0, cues.Match()),
        ([86.0], 100.0, 90.0, cues.Match(forgiven=1)),
        ([93.0], 100.0, 90.0, cues.Match(forgiven=1)),
        ([93.5], 100.0, 90.0, cues.Match(false_alarms=1)),
        ([50.0, 86.0, 87.0], np.nan, 90.0, cues.Match(forgiven=1, false_alarms=2)),
    ],
)
def test_matching(fired: list[float], crossing: float, acted: float, expect: cues.Match) -> None:
    got = cues.matched(np.array(fired), crossing, acted, 3.0)
    assert got.errors == pytest.approx(expect.errors)
    assert (got.hits, got.misses, got.false_alarms, got.forgiven) == (expect.hits, expect.misses, expect.false_alarms, expect.forgiven)


@pytest.mark.parametrize(("shift", "bloom", "reduce", "flame_off"), [(0, 1, 1, 1), (4, 0, 1, 1), (6, 0, 1, 0), (12, 0, 0, 0)])
def test_f1_of_shifted_fires(tmp_path: Path, shift: float, bloom: float, reduce: float, flame_off: float) -> None:
    figures = cues.figures(folder(tmp_path, cooks=4, fires_off=shift).cooks)["model"]
    for name, expect in (("bloom", bloom), ("reduce", reduce), ("flame_off", flame_off)):
        assert figures[name]["f1"]["value"] == pytest.approx(expect)
        assert figures[name]["median_error_s"]["value"] == pytest.approx(shift, abs=1e-4)


def test_reduce_is_given_a_share_of_a_long_simmer() -> None:
    cook = in_memory("tomato-egg", 1)
    assert cues.tolerance(cook, 1) == 10.0
    never = np.full(3, np.nan)
    rows = {"true_phase": np.full(3000, 3), "hop": np.arange(0, 15000, 5), "cues": np.array([np.nan, 2990.0, np.nan]), "acted": never}
    long = cooks.Cook("hong-shao-rou", 1, "test", 3600.0, rows)
    assert cues.tolerance(long, 1) == pytest.approx(150.0, rel=1e-3)
    assert cues.tolerance(long, 2) == 5.0
    # A blanch of ten minutes, a minute's sear, then the simmer that reduce ends; one that comes after it is none of its own.
    rows["true_phase"][600:660], rows["true_phase"][2900:2950] = 2, 2
    rows["cues"][1] = 2910.0
    assert cues.tolerance(long, 1) == pytest.approx(0.05 * 2240, rel=1e-2)
    rows["cues"][1], rows["acted"] = np.nan, np.array([np.nan, 2910.0, np.nan])
    assert cues.tolerance(long, 1) == pytest.approx(0.05 * 2240, rel=1e-2)
    rows["true_phase"][:] = 2
    assert cues.tolerance(long, 1) == 10.0


def test_the_clock_knows_the_recipe(tmp_path: Path) -> None:
    exact = {dish: np.array([s / 6, s * 4 / 6, np.nan]) for dish, (_, s) in synthetic.DISHES.items()}
    figures = cues.figures(folder(tmp_path, cooks=4, fires_off=4).cooks, exact)
    assert figures["clock"]["bloom"]["f1"]["value"] == 1
    assert figures["over_clock"]["bloom"]["value"] == -1
    assert figures["clock"]["flame_off"]["f1"]["value"] == 0
    assert figures["worst_over_clock"]["value"] == -1


# ---- stability

def test_the_icc_of_shrout_and_fleiss() -> None:
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    assert stability.icc_2_1(ratings) == pytest.approx(0.29, abs=0.005)
    assert stability.icc_2_1(np.tile(ratings[:, :1], 2)) == pytest.approx(1)


def test_repeats_differ_by_what_the_devices_add(tmp_path: Path) -> None:
    a = folder(tmp_path, "plain", cooks=60, spread=0.0, devices=1, device_sd=0.08)
    b = folder(tmp_path, "repeat", cooks=60, spread=0.0, devices=2, device_sd=0.08)
    figures = stability.figures(a, b, draws=200)
    # 0.08 in the logit is about 8 · p (1 − p) ≈ 1.9 points.
    assert figures["sd"]["value"] == pytest.approx(1.9, rel=0.2)
    assert 0.9 < figures["icc"]["value"] < 0.99
    same = stability.figures(a, a, draws=10)
    assert same["sd"]["value"] == 0 and same["icc"]["value"] == pytest.approx(1)


# ---- training constants

def test_constants_know_training_cooks_only(tmp_path: Path) -> None:
    synthetic.features(tmp_path / "a" / "train", "train", cooks=21)
    synthetic.features(tmp_path / "a" / "val", "val", cooks=5, first=100)
    known = cooks.training(tmp_path / "a")
    alone = cooks.training(tmp_path / "a" / "train" / "index.json")
    assert known.scores == alone.scores and known.totals == {d: s for d, (_, s) in synthetic.DISHES.items()}
    # Reduce was acted on before it crossed, flame-off never crossed.
    np.testing.assert_allclose(known.crossings["tomato-egg"], [10.0, np.nan, np.nan])
    with pytest.raises(ValueError, match="no cook of split"):
        cooks.training(tmp_path / "a" / "val")
