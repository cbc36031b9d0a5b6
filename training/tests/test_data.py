"""`data` asks the daemon's binary for the cooks that each use wants."""

import argparse
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.commands import data, evaluate, wokd  # noqa: E402


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(wokd, "build", lambda: Path("wokd"))
    monkeypatch.setattr(wokd, "run", lambda binary, *words: calls.append(words))
    return calls


def ask(*words: str) -> None:
    parser = argparse.ArgumentParser()
    data.arguments(parser)
    data.run(parser.parse_args(words))


def option(call: tuple[str, ...], name: str) -> str:
    return call[call.index(name) + 1]


def test_training_wants_cooks_of_both_splits_and_many_more_without_sensors(asked: list[tuple[str, ...]]) -> None:
    ask("--share", "0.1")
    sensed = [call for call in asked if "--blind" not in call]
    assert {(option(c, "--dish"), option(c, "--split")): int(option(c, "--cooks")) for c in sensed} == {
        (dish, split): round(cooks / 10) for dish, of in data.COOKS.items() for split, cooks in of.items()
    }
    blind = [call for call in asked if "--blind" in call]
    assert [int(option(c, "--cooks")) for c in blind] == [cooks // 10 for cooks in data.BLIND.values()]
    # No cook is among both.
    assert all(option(c, "--split") == "train" and int(option(c, "--first")) > max(of["train"] for of in data.COOKS.values()) for c in blind)


def test_held_out_cooks_are_as_many_as_a_variant_s_or_of_the_truth_alone_as_many_as_the_model_is_judged_by(asked: list[tuple[str, ...]]) -> None:
    ask("--held-out", "test")
    assert sum(int(option(call, "--cooks")) for call in asked) == 282 and not any("--blind" in call for call in asked)
    asked.clear()
    ask("--held-out", "val", "--first", "1001", "--truth-alone")
    assert [int(option(call, "--cooks")) for call in asked] == [plain for plain, _ in evaluate.COOKS.values()]
    assert all("--blind" in call and option(call, "--first") == "1001" and option(call, "--split") == "val" for call in asked)
    with pytest.raises(SystemExit, match="held-out"):
        ask("--truth-alone")
