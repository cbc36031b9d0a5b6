"""Cuts take out what they say and nothing else, and runs are paired, counted and gone on with; needs PyTorch."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer import jobs  # noqa: E402
from flavorformer.ablations import runs, variants  # noqa: E402
from flavorformer.ablations.variants import ENCODERS, LAYERS, WHOLE  # noqa: E402
from flavorformer.commands import ablate, train  # noqa: E402
from flavorformer.report import ablations  # noqa: E402
from flavorformer.shards import load  # noqa: E402
from flavorformer.stages import embed, encode, sequence  # noqa: E402

BUDGET = runs.Budget(steps=6, cooks=3, limit=4000, peak=2e-3, seconds=60, validate=1)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    root = tmp_path_factory.mktemp("features")
    return tuple(tiny.features(root / split, split) for split in ("train", "val"))


@pytest.fixture(scope="module")
def tokens(folders: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = runs.start(LAYERS[WHOLE], 0)
    kept = {split: [embed.embed(model, c) for c in load(list(folders), split)[0]] for split in ("train", "val")}
    file = tmp_path_factory.mktemp("tokens") / "tiny.tokens"
    torch.save({"feature_id": "f", "model": model.state_dict(), **kept}, file)
    return file


def said(model: torch.nn.Module, tokens: Path) -> dict[str, torch.Tensor]:
    """What the model says of the validation cooks."""
    with torch.no_grad():
        return model.eval().sequence(sequence.inputs(embed.batch(runs.tokens(tokens)["val"])))


@pytest.mark.parametrize("variant", [*LAYERS.values(), *ENCODERS.values()], ids=[*LAYERS, *(f"encoders {name}" for name in ENCODERS)])
def test_what_a_cut_leaves_starts_as_in_the_whole_and_dropout_stays_paired(variant: variants.Variant, tokens: Path) -> None:
    whole = runs.start(LAYERS[WHOLE], 3)
    drawn = torch.get_rng_state()
    model = runs.start(variant, 3)
    assert torch.equal(torch.get_rng_state(), drawn)
    own = dict(whole.named_parameters())
    kept = {name.replace("fuse.attention.", "fuse."): p for name, p in model.named_parameters()}
    if variant is LAYERS["default start → dumpling fold"]:
        gates = kept["lstm.weight_hh_l0"].split(96)
        assert all(torch.allclose(g @ g.T, torch.eye(96), atol=1e-5) for g in gates)
        kept = {name: p for name, p in kept.items() if "weight" not in name or name.startswith(("heads.score", "heads.capsules", "doses"))}
    elsewhere = {"time.mix", "thermal.activation", "eeg.montage.weight"}
    shared = kept.keys() & own.keys() - elsewhere
    assert len(shared) > 20
    assert all(torch.equal(kept[name], own[name]) for name in shared)
    assert all(torch.isfinite(v).all() for v in said(model, tokens).values())


def test_cuts_take_out_what_they_say(tokens: Path) -> None:
    def cut(name: str, of: dict[str, variants.Variant] = LAYERS) -> torch.nn.Module:
        return runs.start(of[name], 1)

    whole, heat, dose = cut(WHOLE), torch.tensor([[0.5, 0.0], [3.0, 3.0]]), torch.ones(2, 1)
    rates = {name: cut(name).time.rate(heat, dose) for name in (WHOLE, "Wok Temporal Embedding → clock")}
    assert not torch.equal(*rates[WHOLE])
    assert all(torch.equal(rate, whole.time.base) for rate in rates["Wok Temporal Embedding → clock"])

    q, t = torch.tensor([[0.2, 0.9, 0.0, 1.0]]), torch.randn(1, 4, 96)
    apart = [cut(name).fuse(t, q)[1] for name in (WHOLE, "flavour masking by quality")]
    assert not torch.equal(*apart) and apart[1][0, 2] == 0
    torch.testing.assert_close(apart[1], whole.fuse(t, (q > 0).float())[1])

    steady = cut("temperature by toss rate 颠勺频率").memory
    torch.nn.init.ones_(steady.temperature)
    assert torch.equal(*steady.tau(torch.tensor([[0.0], [3.0]])))

    assert said(whole, tokens)["attention"][..., 3].max() > 0
    assert said(cut("memory attention"), tokens)["attention"][..., 3].max() == 0
    assert not any(hasattr(m, "beta") for m in cut("WokLU → SiLU (everywhere)", ENCODERS).modules())
    x = torch.randn(2, 4, 96)
    assert torch.equal(cut("Doubanjiang 豆瓣酱 → identity").norm(x, torch.ones(2, 4), torch.zeros(2, 1)), x)
    layered = cut("Doubanjiang 豆瓣酱 → LayerNorm").norm
    assert layered(x, torch.ones(2, 4), torch.zeros(2, 1)).mean(-1).abs().max() < 1e-5
    assert torch.equal(layered(x, torch.ones(2, 4), torch.ones(2, 1)), x)

    # A plane that is the same for every picture: only the pictures' own planes tell them apart.
    seen = []
    planeless = cut("surface-dose plane", ENCODERS).thermal
    planeless.c1.register_forward_pre_hook(lambda _, planes: seen.append(planes[0]))
    planeless(1 + torch.rand(2, 3, 24, 32), torch.ones(2, 1))
    assert seen[0][:, 3].max() == seen[0][:, 3].min() and seen[0][:, 0].std() > 0


def test_every_variant_differs_from_the_whole_once_trained(tokens: Path) -> None:
    found = {name: runs.layer(tokens, name, 1, BUDGET) for name in LAYERS}
    # After two steps of noise some differ by little, but all but these do, and none by accident: the same run gives the same figures.
    assert found[WHOLE] == runs.layer(tokens, WHOLE, 1, BUDGET)
    assert all(np.isfinite(list(errors.values())).all() for errors in found.values())
    assert [name for name, errors in found.items() if errors == found[WHOLE]] == [WHOLE]


@pytest.mark.parametrize("name", ["cross-modal term", "Wok Temporal Embedding → clock"])
def test_what_is_frozen_stays_and_a_plan_of_steps_ends_exactly_there(name: str, tokens: Path) -> None:
    kept, model = runs.tokens(tokens), runs.start(LAYERS[name], 1)
    frozen = {n: p.clone() for n, p in model.named_parameters() if not p.requires_grad}
    stage = sequence.Run(model, kept["train"], kept["val"], sequence.Plan(steps=5, cooks=2, seconds=60, limit=40, minutes=1e9), 1)
    while not stage.done:
        stage.step(lambda line: None)
    now = dict(model.named_parameters())
    assert frozen and all(torch.equal(now[n], p) for n, p in frozen.items())
    assert not torch.equal(now["place.weight"], runs.start(LAYERS[name], 1).place.weight)
    assert stage.schedule.last_epoch == 5 and len(stage.log) > 1


def test_a_short_training_is_judged_by_what_it_learned_and_a_long_one_by_its_last_hundred_steps() -> None:
    one = torch.nn.Linear(1, 1, bias=False)

    def mean_after(*runs: tuple[int, float]) -> float:
        mean = sequence.averages(one)
        for steps, value in runs:
            torch.nn.init.constant_(one.weight, value)
            for _ in range(steps):
                mean.update_parameters(one)
        return mean.module.weight.item()

    # A start of 0 and then 1.
    assert mean_after((1, 0.0), (60, 1.0)) > 0.999
    assert mean_after((1000, 0.0), (100, 1.0)) == pytest.approx(1 - 0.99**100, abs=1e-3)


def test_without_modality_dropout_recipes_bypasses_and_draws_are_the_same() -> None:
    def x() -> dict[str, torch.Tensor]:
        return {"quality": torch.ones(40, 90, 4), "recipe": torch.ones(40, 90, 24), "bypass": torch.zeros(40, 90, 1)}

    usual, present, one, two = x(), x(), np.random.default_rng(1), np.random.default_rng(1)
    sequence.perturb(usual, one)
    variants.present(present, two)
    assert one.bit_generator.state == two.bit_generator.state
    assert usual["quality"].min() == 0 and present["quality"].min() == 1
    assert all(torch.equal(usual[k], present[k]) for k in ("recipe", "bypass")) and present["bypass"].max() == 1


def test_stage_a_counts_steps(folders: tuple[Path, ...]) -> None:
    rows = encode.sample(load(list(folders), "train")[0], 50, np.random.default_rng(1))

    def losses(steps: int) -> list[float]:
        model = runs.start(ENCODERS[WHOLE], 1)
        return encode.train(model, rows, float("inf"), np.random.default_rng(1), steps=steps, batch=16, say=runs.silent)

    assert losses(4) == losses(4) and len(losses(4)) == 4
    model = runs.start(ENCODERS[WHOLE], 1)
    assert 0 < len(encode.train(model, rows, 0.005, np.random.default_rng(1), batch=16, say=runs.silent)) < 1000


def test_encoders_run_from_the_features_on(folders: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    # So few cooks may all be without a fault; here they all have one.
    monkeypatch.setattr(embed, "SPICED", 1.0)
    budget = runs.Budget(steps=1, cooks=3, limit=4000, peak=2e-3, seconds=60, validate=1, encode=2, hops=20, train=2)
    found = {name: runs.encoder(folders, name, 1, budget) for name in ENCODERS}
    assert len({errors["all"] for errors in found.values()}) == len(ENCODERS)
    assert found[WHOLE] == runs.encoder(folders, WHOLE, 1, budget)


def test_an_interrupted_file_is_gone_on_with_and_another_budget_is_refused(tokens: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = tmp_path / "ablations.json"
    parser = argparse.ArgumentParser()
    ablate.arguments(parser)

    def ask(*more: str) -> dict:
        given = [str(tokens), "--out", str(file), "--seeds", "2", "--steps", "1", "--cooks", "3", "--seconds", "60", "--validate", "1", *more]
        ablate.run(parser.parse_args(given))
        return json.loads(file.read_text(encoding="utf-8"))

    whole = ask("--only", "LSTM")
    assert {name: list(of) for name, of in whole["errors"].items()} == {WHOLE: ["1", "2"], "LSTM": ["1", "2"]}
    cut = json.loads(json.dumps(whole))
    del cut["errors"]["LSTM"]["2"]
    file.write_text(json.dumps(cut))
    capsys.readouterr()
    assert ask("--only", "LSTM") == whole
    assert capsys.readouterr().out.startswith("1 runs of 4")
    assert ablations.read([file])["of"]["LSTM"]["seeds"] == 2
    with pytest.raises(SystemExit, match="another budget"):
        ask("--steps", "3")
    with pytest.raises(SystemExit, match="no variant wok"):
        ask("--only", "wok")


def test_other_cooks_are_not_gone_on_with(tokens: Path, tmp_path: Path) -> None:
    kept = torch.load(tokens, weights_only=False)
    kept["train"][0].score += 1
    torch.save(kept, tmp_path / "other.tokens")
    of = runs.stated("layers", tokens, BUDGET)
    assert runs.stated("layers", tmp_path / "other.tokens", BUDGET) != of == runs.stated("layers", tokens, BUDGET)


def test_a_training_that_was_put_back_is_no_pair(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once, loss = iter([torch.nan]), sequence.Run.loss

    def spoiled(self: sequence.Run, *given: object) -> tuple:
        weight, parts, whole = loss(self, *given)
        return weight, parts, whole * next(once, 1.0)

    monkeypatch.setattr(sequence.Run, "loss", spoiled)
    assert set(runs.layer(tokens, WHOLE, 1, BUDGET).values()) == {None}
    assert None not in runs.layer(tokens, WHOLE, 1, BUDGET).values()


def square(x: int) -> int:
    if x == 3:
        raise ValueError("three")
    return x * x


def test_jobs_give_all_and_begin_nothing_after_an_error() -> None:
    calls = [(x,) for x in (1, 2, 4)]
    assert sorted(jobs.results(square, calls, 1)) == sorted(jobs.results(square, calls, 2)) == [1, 4, 16]
    with pytest.raises(ValueError, match="three"):
        list(jobs.results(square, [(3,)] * 2 + calls, 2))


def test_a_training_that_diverges_is_no_pair_but_is_told() -> None:
    moments = {"all": 1.0, "half": 2.0, "end": 3.0}
    errors = {WHOLE: {str(s): moments for s in range(6)}, "LSTM": {str(s): {k: v + 1 + s / 10 for k, v in moments.items()} for s in range(6)}}
    errors["LSTM"]["0"] = dict.fromkeys(moments)
    found = ablations.figures([{"budget": {"steps": 1}, "errors": errors}, {WHOLE: {"1": 1.0}, "other": {"1": 2.0}}])
    lstm = found["of"]["LSTM"]
    assert (lstm["seeds"], lstm["diverged"], lstm["detected"]) == (5, 1, True)
    assert lstm["value"] == pytest.approx(1.3) and lstm["end"]["value"] == pytest.approx(1.3)
    assert found["budgets"] == [{"steps": 1}] and found["of"]["other"]["detected"] is False and "half" not in found["of"]["other"]
    with pytest.raises(ValueError, match="two files"):
        ablations.figures([{"errors": errors}, {"errors": errors}])


def test_a_dish_is_left_out_of_training_and_validation(folders: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.short(monkeypatch)
    parser = argparse.ArgumentParser()
    train.arguments(parser)
    out = tmp_path / "zero.pt"

    def ask(dish: str) -> None:
        torch.set_num_threads(1)
        options = ["--out", str(out), "--hops", "20", "--encode", "0.001", "--epochs", "1", "--seconds", "60", "--without-dish", dish]
        train.run(parser.parse_args([*(str(f) for f in folders), *options]))

    ask("gong-bao")
    kept = torch.load(out.with_suffix(".tokens"), weights_only=False)
    assert {c.dish for c in (*kept["train"], *kept["val"])} == {"tomato-egg"}
    assert list(torch.load(out, weights_only=True)["constants"]["scores"]) == ["tomato-egg"]
    # As many cooks, but another dish.
    with pytest.raises(SystemExit, match="other cooks"):
        ask("tomato-egg")
    with pytest.raises(SystemExit, match="no cook of beef"):
        ask("beef")
