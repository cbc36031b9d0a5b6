"""`evaluate` of a model that never saw a dish: only that dish, and never the shipped model."""

import argparse
from pathlib import Path

import pytest

from flavorformer.commands import evaluate, wokd


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(wokd, "build", lambda: Path("wokd"))
    monkeypatch.setattr(wokd, "run", lambda _, *arguments: made.append(arguments))
    return made


def ask(*given: str) -> None:
    parser = argparse.ArgumentParser()
    evaluate.arguments(parser)
    evaluate.run(parser.parse_args(given))


def test_only_the_dish_that_was_left_out_is_cooked(calls: list[tuple[str, ...]]) -> None:
    ask("--variant", "left-out-mapo-tofu", "--model", "zero.onnx", "--out", "e")
    assert calls == [
        ("rehearse", "--model", "zero.onnx", "--split", "test", "--first", "1",
         "--out", "e/left-out-mapo-tofu", "--dish", "mapo-tofu", "--cooks", "60", "--threads", "2")
    ]


@pytest.mark.parametrize("given", [(), ("--model", "zero.onnx", "--variant", "plain")])
def test_it_wants_its_own_model_and_no_other_variant(given: tuple[str, ...], calls: list[tuple[str, ...]]) -> None:
    with pytest.raises(SystemExit, match="left-out-mapo-tofu wants --model"):
        ask("--variant", "left-out-mapo-tofu", *given)
    assert not calls


def test_without_a_variant_no_dish_is_left_out(calls: list[tuple[str, ...]]) -> None:
    ask()
    assert len(calls) == len(evaluate.VARIANTS) * len(evaluate.COOKS)
    assert not any("left-out" in word for call in calls for word in call)
