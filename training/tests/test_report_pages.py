"""The report as a whole: page, figures and pictures from folders."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is only installed where models are trained")
pytest.importorskip("sklearn", reason="scikit-learn is only installed where models are trained")
TRAINING = Path(__file__).parents[1]
sys.path.insert(0, str(TRAINING))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402

from flavorformer.report import DISCLAIMER, ablations, baselines, card, card_page, figures, html, shards  # noqa: E402
from flavorformer.report.cooks import CUES  # noqa: E402
from flavorformer.report.probes import PARTS  # noqa: E402
from flavorformer.report.write import write  # noqa: E402

SHA = {"model_sha256": "0" * 64}
HALF = {"value": 0.5, "low": 0.4, "high": 0.6}
MOMENTS = ("at_50", "flame_off", "known_off")
PNG = b"\x89PNG\r\n\x1a\n"


def change(folder: Path, how: Callable[[dict], dict]) -> None:
    """Rewrites a folder's index."""
    file = folder / "index.json"
    file.write_text(json.dumps(how(json.loads(file.read_text()))))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("evaluation")
    options = {
        "plain": {"oracle_sd": 4.0},
        "repeat": {"devices": 1, "device_sd": 0.05},
        "calibration": {"first": 5000, "split": "calibration"},
        "chili-1": {"spread": 0.4},
        "chili-5": {"spread": 0.9},
        "without-eeg": {},
        "without-audio": {"spread": 0.35},
        "without-thermal": {"skill": 0.2},
        "swapped-eeg": {},
        "other-kitchen": {"spread": 0.6},
        "left-out-gong-bao": {"spread": 0.4},
    }
    made = {name: synthetic.rehearse(root / name, name, cooks=8, **given) for name, given in options.items()}
    # Of a model of its own, which cooks only the dish that it never saw.
    change(made["left-out-gong-bao"], lambda index: index | {"model_sha256": "1" * 64, "cooks": [c for c in index["cooks"] if c["dish"] == "gong-bao"]})
    change(made["without-audio"], lambda index: index | {"cooks": [c | {"hops": c["hops"] * (c["seed"] > 2)} for c in index["cooks"]]})
    synthetic.features(root / "train", "train", cooks=30, first=20_000)
    synthetic.features(root / "test", "test", cooks=8)
    return made


@pytest.fixture(scope="module")
def written(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    out = tmp_path_factory.mktemp("report")
    root = folders["plain"].parent
    rivals = baselines.measure(shards.load([root / "train"], "train"), shards.load([root / "test"], "test"))
    # The networks need PyTorch; one that learnt nothing says the dish median.
    baselines.save(rivals | {"plain transformer, shuffled labels": rivals["dish median"]}, out / "baselines.json")
    more = {
        "runtime": {**SHA, "step_ms": 0.5, "station_ms": 0.3, "parity": 2e-5, "file_mb": 2.5},
        "training": {"minutes": 70},
        "bounds": {"what": "told exactly", "of": {"exact traces": {"cooks": 8, "skill": dict.fromkeys(MOMENTS, HALF), "f1": dict.fromkeys(CUES, HALF)}}},
    }
    (out / "more.json").write_text(json.dumps(more))
    layers = {"whole": {str(s): 6.0 + s for s in range(5)}, "capsules": {str(s): 6.1 + s + s % 2 for s in range(5)}}
    (out / "ablations.json").write_text(json.dumps(layers | {"attention": {str(s): 7 + 1.01 * s for s in range(5)}}))
    claim = {"what": "claimed: 8.3 % & measured", "percent": {"value": 1.25, "low": -2.5, "high": 5.0}}
    line = {"cue": "bloom", "dish": "tomato-egg", "quantity": "oil_c", "at": 140.0, "rate": HALF, "within": HALF, "known": HALF | {"clips": 7}}
    crossings = {"what": "what a cue waits for", "of": [line]}
    (out / "probe.json").write_text(json.dumps({"probes": {**SHA, "normalisation": claim, "crossings": crossings}}))
    given = {"baselines": out / "baselines.json", "ablations": [out / "ablations.json"], "more": [out / "more.json", out / "probe.json"]}
    heats = ["warm-up", "high fire", "low simmer", "收汁"]
    judged = [{"score": 3 - i / 12} if i % 3 else None for i in range(12)]
    log = [{"train": {"score": 3 - i / 10}, "heat": heats[i // 3], "judged": judged[i], "stage": "oscillating"} for i in range(12)]
    log[8]["stopped"] = "converged"
    (out / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log))
    found = write(folders, out, root / "train", log=out / "log.jsonl", **given)
    return found, out


def test_the_page_needs_no_other_file_and_says_first_that_nobody_tasted(written: tuple[dict, Path]) -> None:
    _, out = written
    page = (out / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert text.split("无人尝过")[0].strip() == DISCLAIMER
    assert not re.search(r'(src|href)="(?!data:image/png)', page)
    headings = ("关卡", "界限", "误差", "基线", "区间", "阶段", "提示", "回锅稳定性", "麻辣等级", "回甘", "分镜稿", "Storyboards")
    told = ("evaluate --variant plain", "学习", "not detected 未检出", "10 and 6 without a score", "which no figure counts: 0.", "20 s after: below 50")
    for heading in (*headings, *told):
        assert heading in page
    assert page.count("<img") == len(list(out.glob("*.png"))) == 11
    assert all(picture.read_bytes().startswith(PNG) for picture in out.glob("*.png"))


def test_figures_are_json_and_gates_follow_from_them(written: tuple[dict, Path]) -> None:
    found, out = written
    text = (out / "figures.json").read_text(encoding="utf-8")
    assert "NaN" not in text and "Infinity" not in text
    assert json.loads(text) == found and found["disclaimer"] == DISCLAIMER
    of = {gate["figure"]: gate for gate in found["gates"]}
    assert of["plain.errors.cooks"]["reached"] is False and of["plain.errors.cooks"]["measured"] == 16
    assert of["plain.phases.worst_macro_f1"]["reached"] is True
    assert of["variants.swapped-eeg.error_change.all"] | {"cooks": 0} == of["variants.swapped-eeg.error_change.all"] | {
        "cooks": 0, "measured": 0.0, "interval": [0.0, 0.0], "reached": True
    }
    assert of["variants.other-kitchen.coverage_change"]["measured"] < 0 and of["variants.other-kitchen.coverage_change"]["reached"] is None
    assert of["variants.left-out-gong-bao.skill_over_other_dishes.flame_off"]["reached"] is True
    assert of["plain.phases.worst_false_changes_a_minute"]["measured"] == 0
    assert found["plain"]["classes"]["cooks"] == found["plain"]["classes"]["left_out"] == 8
    assert of["stability.sd"]["reached"] is True
    # The synthetic heat tells the ridge more than the synthetic model knows.
    assert of["baselines.least_gain"]["reached"] is False
    assert of["runtime.step_ms"]["reached"] is True and of["runtime.station_ms"]["reached"] is False
    assert all(gate["measured"] is not None for gate in found["gates"])
    assert found["plain"]["cues"]["clock"]["bloom"]["f1"]["value"] == pytest.approx(1)
    assert found["conformal"]["one factor"]["factors"][0] > 0 and len(found["conformal"]["by elapsed time"]["factors"]) == 4


@pytest.mark.parametrize(
    ("differences", "low", "high", "detected"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], 3 - 1.9632, 3 + 1.9632, True),
        ([-2.0, 0.0, 1.0, 2.0, 4.0], -1.7764, 3.7764, False),
        ([3.0, 3.1, 3.0, 3.1], 2.958, 3.142, False),
    ],
)
def test_a_layer_is_detected_by_paired_seeds(differences: list[float], low: float, high: float, detected: bool) -> None:
    whole = {str(s): 10.0 * s for s in range(6)}
    found = ablations.compared(whole, {str(s): 10.0 * s + d for s, d in enumerate(differences)})
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-3)
    assert found["detected"] is detected and found["seeds"] == len(differences)
    assert ablations.resolvable(5) == pytest.approx(1.24, abs=0.005)


def test_a_worse_model_fails_more_gates(folders: dict[str, Path], tmp_path: Path) -> None:
    poor = synthetic.rehearse(tmp_path / "poor", "plain", cooks=6, skill=0.0, fires_off=20.0, phase_late=20, aspect_noise=0.5)
    found = write({"plain": poor}, tmp_path / "report", folders["plain"].parent / "train")
    reached = {gate["figure"]: gate["reached"] for gate in found["gates"]}
    for figure in ("errors.skill.flame_off", "phases.worst_macro_f1", "phases.worst_boundary_s", "cues.model.bloom.f1", "cues.worst_over_clock"):
        assert reached[f"plain.{figure}"] is False
    assert reached["stability.sd"] is None and reached["plain.errors.ratio_to_oracle.at_50"] is None
    assert "not measured" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


def test_the_same_folders_write_the_same_report(folders: dict[str, Path], tmp_path: Path) -> None:
    only = {"plain": folders["plain"]}
    for name in ("a", "b"):
        write(only, tmp_path / name, folders["plain"].parent / "train")
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert "report.html" in files and files == sorted(p.name for p in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_folders_that_do_not_belong_together_are_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    train = folders["plain"].parent / "train"

    def check(given: dict[str, Path], reason: str, split: str | None = "test") -> None:
        with pytest.raises(ValueError, match=reason):
            figures.load(given, train, split)

    stranger = synthetic.rehearse(tmp_path / "stranger", "chili-1", cooks=1)
    change(stranger, lambda index: index | {"model_sha256": "1" * 64})
    check({"chili-1": folders["chili-1"]}, "no folder is named 'plain'")
    check({"plain": folders["plain"], "chili-1": stranger}, "another model")
    check({"plain": folders["plain"], "left-out-gong-bao": folders["chili-1"]}, "the same model")
    check({"plain": folders["plain"], "calibration": folders["plain"]}, "among those of plain")
    check({"plain": folders["plain"]}, "no cook of split 'val'", split="val")
    assert figures.load({"plain": folders["plain"], "left-out-gong-bao": stranger}, train).variants
    refused = {
        '{"plain": {}}': "would replace",
        '{"runtime": {"model_sha256": "2"}}': "runtime was measured with another model",
        # A measurement of the model that does not say of which.
        '{"probes": {}}': "probes was measured with another model",
    }
    for more, reason in refused.items():
        (tmp_path / "more.json").write_text(more)
        with pytest.raises(ValueError, match=reason):
            write({"plain": stranger}, tmp_path / "r", train, more=[tmp_path / "more.json"])


def test_a_card_has_the_figures_and_a_page_says_what_was_not_reached(written: tuple[dict, Path]) -> None:
    figures = json.loads((written[1] / "figures.json").read_text())
    kept = card.summary(figures)
    page = card_page.page({"figures": kept, "parameters": 1000, "trained_on": "2 simulated cooks"})
    # Nulls are published with what was found.
    measures = ("| capsules | 0.50 (", "not detected |", "8.3", "| features, ridge |", "| exact traces | 8 | 0.50 (0.40 to 0.60) |")
    for told in (*measures, "`python -m flavorformer evaluate --variant plain --split test --first 0`"):
        assert told in page, told
    assert set(kept["parts"]) == set(PARTS) and all(f"| {part.words} | not measured |" in page for part in PARTS.values())
    level = kept["variants"]["chili-5"]
    changes = " | ".join(card_page.interval(level["change"][key]) for key in ("flame_off", "all"))
    assert f"| chili-5 | {level['cooks']} | {level['constant']:.1f} | {changes} |" in page
    assert page.splitlines()[0] == DISCLAIMER
    assert kept["skill"]["flame_off"]["value"] == round(figures["plain"]["errors"]["skill"]["flame_off"]["value"], 3)
    verdicts = {gate["name"]: gate["reached"] for gate in figures["gates"]}
    assert len(kept["gates"]) == len(verdicts)
    for name, reached in verdicts.items():
        line = next(line for line in page.splitlines() if line.startswith((f"| {name} |", f"| {name} {card_page.SEEN} |")))
        assert ("**not reached**" in line) == (reached is False), line
        # As many cells as the head has, whatever a name or a figure holds.
        assert line.count("|") == (5 if reached is None else 8)
    for source, words in (("issue", "limits that were asked for"), ("design", "limits of our own")):
        own = [gate for gate in figures["gates"] if gate["source"] == source and gate["reached"] is not None]
        assert f"Of {len(own)} {words} {sum(gate['reached'] for gate in own)} are reached. **Not reached:** " in page
    worst = figures["plain"]["phases"]["worst_macro_f1"]
    assert f", {worst['dish']} | {worst['cooks']} | reached" in page
    # A variant's figure stands beside that of the same cooks as they are.
    without = next(gate for gate in kept["gates"] if gate["name"] == "Skill at flame-off without EEG")
    changed = figures["variants"]["without-eeg"]["skill_change"]["flame_off"]["value"]
    assert without["as_they_are"] == pytest.approx(without["measured"] - changed, abs=2e-3)
    assert f"; as they are {without['as_they_are']:.3g} |" in page
    # Cues are told by dish, and by how many known moments.
    bloom = figures["plain"]["cues"]["model"]["bloom"]
    assert f"| {card_page.interval(bloom['by_dish']['gong-bao'])}, {bloom['by_dish']['gong-bao']['cooks']} |" in page
    assert bloom["f1"]["cooks"] == bloom["hits"] + bloom["misses"]
    assert "**Onlooker**:" in page
    assert f"| bloom | tomato-egg | oil, °C | 140 | 0.5 | 0.5 | {card_page.interval(HALF)} of 7 |" in page
    # Of other cooks than those of the test, a command must not open the test cooks.
    figures["split"] = "val"
    other = card.summary(figures)
    assert all("--split val --first 0" in row["command"] for row in other["gates"] if row["command"].startswith("evaluate"))


def test_a_card_keeps_what_a_later_report_did_not_measure(folders: dict[str, Path], written: tuple[dict, Path], tmp_path: Path) -> None:
    root = folders["plain"].parent
    before = card.summary(json.loads((written[1] / "figures.json").read_text()))
    fresh = card.summary(write({"plain": folders["plain"], "chili-5": folders["chili-5"]}, tmp_path / "r", root / "train"))
    assert fresh["stability"] is None and list(fresh["variants"]) == ["chili-5"]
    # A stale limit must not be carried.
    stale = next(gate for gate in before["gates"] if gate["name"].startswith("Repeat SD"))
    stale["wanted"] = "at most 3"
    # Whose a limit is, is not measured.
    for gate in before["gates"]:
        gate["source"] = "somebody"
    kept = card.carried(fresh, before)
    assert kept["stability"] == before["stability"] and kept["ablations"] == before["ablations"]
    assert list(kept["variants"]) == list(before["variants"])
    measured = {gate["name"]: gate["measured"] for gate in kept["gates"]}
    earlier = {gate["name"]: gate["measured"] for gate in before["gates"]}
    assert measured.pop(stale["name"]) is None and measured == {name: earlier[name] for name in measured}
    assert [gate["source"] for gate in kept["gates"]] == [gate["source"] for gate in fresh["gates"]]
    # A card from before something was measured at all says nothing of it.
    assert card.carried(fresh, {key: value for key, value in before.items() if key != "crossings"})["crossings"] is None
    # Figures of other cooks say nothing of these.
    assert card.carried(fresh, before | {"command": before["command"] + " --split test --first 5"}) == fresh == card.carried(fresh, None)
    # A later file of some probes leaves the others.
    some = fresh | {"claims": dict.fromkeys(before["claims"]) | {"wok_hei": HALF}, "parts": dict.fromkeys(before["parts"])}
    claims = card.carried(some, before)["claims"]
    assert claims["wok_hei"] == HALF and claims["normalisation"] == before["claims"]["normalisation"] is not None


def test_a_card_s_page_is_made_before_the_card_changes(written: tuple[dict, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import argparse

    from flavorformer.commands import card as command

    parser = argparse.ArgumentParser()
    command.arguments(parser)
    (tmp_path / "base.json").write_text(json.dumps({"sha256": "0" * 64, "parameters": 1000, "trained_on": "2 simulated cooks"}))
    given = parser.parse_args([str(written[1] / "figures.json"), "--models", str(tmp_path)])
    monkeypatch.setattr(command, "page", lambda card: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command.run(given)
    assert "figures" not in json.loads((tmp_path / "base.json").read_text()) and not (tmp_path / "README.md").exists()
    monkeypatch.setattr(command, "page", card_page.page)
    command.run(given)
    assert "figures" in json.loads((tmp_path / "base.json").read_text()) and (tmp_path / "README.md").exists()


def test_figures_without_an_interval_can_be_told() -> None:
    assert card_page.interval({"value": 0.5, "low": None, "high": None}) == "0.50"
    assert card_page.interval({"value": None, "low": None, "high": None}) == card_page.interval(None) == "not measured"
    assert ablations.pairs({"seeds": 3, "diverged": 2}) == "3, 2 diverged" and ablations.pairs({"seeds": 5, "diverged": 0}) == "5"


def test_the_command_line(
    folders: dict[str, Path], written: tuple[dict, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flavorformer.__main__ import main

    whole = folders["plain"].parent
    more = ["--baselines", str(written[1] / "baselines.json"), "--more", str(written[1] / "more.json"), str(written[1] / "probe.json")]
    monkeypatch.setattr(sys, "argv", ["flavorformer", "report", str(whole), "--train", str(whole / "train"), *more, "--out", str(tmp_path / "r")])
    main()
    said = capsys.readouterr().out
    assert said.startswith(DISCLAIMER) and "not measured" in said
    # What other commands found is told too, no gate or not.
    assert all(told in said for told in ("NOT reached", "| exact traces |", "| time-warped scripts |", "| bloom | tomato-egg |", "takes off the error"))
    assert (tmp_path / "r" / "report.html").is_file()
    monkeypatch.setattr(sys, "argv", ["flavorformer", "judge"])
    with pytest.raises(SystemExit):
        main()
    assert "invalid choice: 'judge'" in capsys.readouterr().err


def test_silent_models_and_cooks_that_break_off_have_a_report(folders: dict[str, Path], tmp_path: Path) -> None:
    """No cue fired, no crossing came, no flame-off was reached and the first score came late."""
    quiet = synthetic.rehearse(tmp_path / "quiet", cooks=4, broken=True)
    change(quiet, lambda index: index | {"cooks": [c | {"hops": c["hops"] * (c["seed"] > 0)} for c in index["cooks"]]})
    found = write({"plain": quiet}, tmp_path / "report", folders["plain"].parent / "train")
    reached = {gate["figure"]: gate for gate in found["gates"]}
    assert reached["plain.errors.skill.flame_off"]["measured"] is None
    assert found["plain"]["errors"]["unanswered"] == {"at_25": 6, "at_50": 0, "at_75": 0, "at_100": 0, "flame_off": 6, "known_off": 6, "all": 0}
    assert reached["plain.cues.model.bloom.f1"]["measured"] is None
    assert found["plain"]["cues"]["model"]["bloom"]["false_alarms"] == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert found["plain"]["errors"]["unscored_cooks"] == 2 and "which no figure counts: 2." in page
    assert "Cooks without an answer" in page and "回甘" not in page


def test_a_card_rounds_for_people_but_never_to_nothing() -> None:
    assert card.rounded({"a": [12.34567, 0.0123456, 3.14159e-6], "n": 7}) == {"a": [12.346, 0.012, 3.14e-6], "n": 7}
    assert [card_page.digits(value) for value in (1600.0, 12.34567, 3.14159e-6)] == ["1,600", "12.3", "3.14e-06"]


def test_names_from_files_are_text_on_the_page() -> None:
    assert "&lt;b&gt;" in html.table(["h"], [["<b>"]]) and "<i>" in html.table(["h"], [[html.Html("<i>")]])


def test_statistics_of_a_split_that_is_not_there(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="no cook of split"):
        shards.load([folders["plain"].parent / "train"], "test")


@pytest.mark.parametrize(("value", "expect"), [(np.float32(0.5), 0.5), (np.inf, None), (np.nan, None), (np.int64(3), 3), (np.bool_(True), True)])
def test_what_json_can_hold(value: object, expect: object) -> None:
    assert figures.written({"a": [value]}) == {"a": [expect]}
