"""Exact intervals against published values, and the confusion matrix of clips whose names are given."""

import pytest

from flavorformer.report import card_page, figures, html, sounds


def clip(folder: str, named: str, cues: int = 0) -> sounds.Clip:
    said = dict.fromkeys(("frying", "boiling", "burner"), 0.2)
    said[named if named != sounds.NONE else "boiling"] = 0.6
    return sounds.Clip(folder, said, named, 6.0, cues)


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(0, 4, 0.0, 0.6024), (4, 4, 0.3976, 1.0), (2, 4, 0.0676, 0.9324), (12, 20, 0.3605, 0.8088)],
)
def test_shares_have_clopper_and_pearsons_interval(right: int, of: int, low: float, high: float) -> None:
    found = sounds.share(right, of)
    assert (found["value"], found["low"], found["high"]) == pytest.approx((right / of, low, high), abs=1e-4)


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
def test_rates_have_garwoods_interval(events: int, low: float, high: float) -> None:
    found = sounds.rate(events, 2.0)
    assert (found["value"], found["low"], found["high"]) == pytest.approx((events / 2, low / 2, high / 2), abs=1e-4)


def test_the_matrix_counts_what_each_clip_was_named() -> None:
    clips = [clip("frying-pan", "frying"), clip("frying-pan", "none", cues=2), clip("chopping", "none"), clip("stove-fan", "burner")]
    found = sounds.figures(clips, {"threshold": 0.5})
    assert found["of"]["frying-pan"]["said"] == {"frying": 1, "boiling": 0, "burner": 0, "none": 1}
    assert found["of"]["chopping"]["right_answer"] == "none" and found["of"]["chopping"]["value"] == 1.0
    assert found["accuracy"]["right"] == 2 and found["accuracy"]["chance"] == 0.5
    # An unsure clip that leans to boiling is wrong where it must be named.
    assert (found["forced"]["right"], found["forced"]["clips"]) == (1, 2)
    assert found["false_cues_a_minute"]["cues"] == 2 and found["false_cues_a_minute"]["minutes"] == pytest.approx(0.4)
    assert figures.written(found)["of"]["boiling-water"]["value"] is None, "a folder without clips has no share"


def test_always_saying_none_is_no_better_than_chance() -> None:
    clips = [clip(folder, "none") for folder in sounds.RIGHT for _ in range(4)]
    found = sounds.figures(clips, {})["accuracy"]
    assert found["value"] == found["chance"] == pytest.approx(0.4)
    assert found["p"] > 0.5


def test_a_folder_without_a_right_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="blender"):
        sounds.figures([clip("blender", "none")], {})


def test_the_table_has_a_row_a_folder_and_shows_on_the_page() -> None:
    found = figures.written(sounds.figures([clip(folder, "none") for folder in sounds.RIGHT], {}))
    made = sounds.rows(found)
    assert {len(row) for row in made} == {len(sounds.head(found))}
    assert [row[0] for row in made[:5]] == list(sounds.RIGHT)
    page = html.table(sounds.head(found), [[c if isinstance(c, str) else html.with_interval(c) for c in row] for row in made])
    assert page.count("<tr>") == 1 + 5 + 3 and "0.400" in page


def test_the_card_says_whether_chance_would_have_named_them_as_well() -> None:
    silent = card_page.heard(sounds.figures([clip(folder, "none") for folder in sounds.RIGHT for _ in range(4)], {}))
    assert "| frying-pan | frying | 0 | 0 | 0 | 4 | 0.00 (0.00 to 0.60) |" in silent and "in 0.40: nothing here shows" in silent[-2]
    knowing = card_page.heard(sounds.figures([clip(folder, name, cues=1) for folder, name in sounds.RIGHT.items() for _ in range(4)], {}))
    assert "Right: 1.00 (0.83 to 1.00)" in knowing[-2] and "nothing here" not in knowing[-2] and "minute: 10.00 (" in knowing[-2]
