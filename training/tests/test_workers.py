"""Gradients of several batches at a time, and a training that diverges; needs PyTorch."""

import copy
import math

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer.shards import load  # noqa: E402
from flavorformer.stages import embed, family, losses, sequence  # noqa: E402
from flavorformer.step import Flavorformer  # noqa: E402

PLAN = sequence.Plan(epochs=2, cooks=4, seconds=60, limit=80, every=1, minutes=1e9)


@pytest.fixture(scope="module")
def cooks(tmp_path_factory: pytest.TempPathFactory) -> list[embed.Tokens]:
    torch.manual_seed(1)
    folder = tiny.features(tmp_path_factory.mktemp("tiny") / "train", "train", cooks=4)
    return [embed.embed(Flavorformer(), cook) for cook in load([folder], "train")[0]]


def run(cooks: list[embed.Tokens], **plan: object) -> sequence.Run:
    torch.manual_seed(2)
    return sequence.Run(Flavorformer(), cooks, cooks[:2], sequence.Plan(**{**vars(PLAN), **plan}), 3)


def weights(stage: sequence.Run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in stage.learned])


def test_the_weights_do_not_depend_on_how_many_work_or_who_is_first(cooks: list[embed.Tokens]) -> None:
    ends = []
    for workers in (1, 2, 3):
        stage = run(cooks, workers=workers)
        before = weights(stage).clone()
        stage.epoch()
        assert not torch.equal(before, weights(stage))
        ends.append(weights(stage))
    assert all(torch.equal(end, ends[0]) for end in ends)


def test_a_run_that_is_resumed_goes_on_as_if_it_had_not_stopped(cooks: list[embed.Tokens]) -> None:
    whole = run(cooks)
    whole.step(lambda line: None)
    # As through a file: an optimiser keeps the tensors that it is given.
    state = copy.deepcopy(whole.state())
    resumed = run(cooks)
    resumed.resume(state)
    whole.step(lambda line: None)
    resumed.step(lambda line: None)
    assert torch.equal(weights(whole), weights(resumed))


@pytest.mark.parametrize("where", ["a batch", "a validation"])
def test_what_diverges_goes_back_to_the_last_good_state_with_less_fire(where: str, cooks: list[embed.Tokens], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = run(cooks)
    stage.step(lambda line: None)
    good, peak = weights(stage).clone(), stage.schedule.base_lrs[0]
    if where == "a batch":
        monkeypatch.setattr(sequence, "total", lambda of, _: of["score"] * math.nan)
        row = stage.epoch()
        assert math.isnan(row["train"]["score"])
    else:
        stage.epoch()
        monkeypatch.setattr(sequence, "validate", lambda *_: {k: math.nan for k in (*sequence.WEIGHTS, "score", *(f"attention_{i}" for i in range(4)))})
        row = {}
        stage.judge(row)
        assert row["stage"] == "diverged" and stage.convergence.losses == stage.convergence.losses[:1]
    assert torch.equal(weights(stage), good)
    assert stage.schedule.base_lrs[0] < peak and stage.guard.count >= 1


def test_it_begins_to_finish_once_it_has_converged_or_its_minutes_run_short(cooks: list[embed.Tokens], monkeypatch: pytest.MonkeyPatch) -> None:
    judged = dict.fromkeys((*losses.WEIGHTS, "score", "error", "half", "end", "so_far", *(f"attention_{k}" for k in range(4))), 1.0)
    monkeypatch.setattr(sequence, "validate", lambda *_: dict(judged))

    def stage(**plan: object) -> sequence.Run:
        made = run(cooks, steps=1000, **plan)

        def quick() -> dict:
            for _ in range(10):
                made.optimiser.step()
                made.schedule.step()
            return {"epoch": len(made.log), "heat": str(made.schedule.phase), "train": {"score": 1.0, "error": 1.0}}

        monkeypatch.setattr(made, "epoch", quick)
        return made

    flat, said = stage(), []
    while not flat.done:
        flat.step(said.append)
    stops = [row["epoch"] for row in flat.log if row.get("stopped") == "converged"]
    # As soon as the rule can tell, after twice its window and its patience; then a quarter more of what was done.
    assert stops == [2 * flat.convergence.rule.window + flat.convergence.rule.patience - 2] and any("麻辣收敛" in line for line in said)
    assert flat.schedule.total == round(1.25 * 10 * (stops[0] + 1)) < flat.schedule.last_epoch + 1
    # One that still falls goes on to the end of its plan.
    falling = stage()
    monkeypatch.setattr(sequence, "validate", lambda *_: {k: v * 0.97 ** len(falling.log) for k, v in judged.items()})
    while not falling.done:
        falling.step(said.append)
    assert falling.schedule.last_epoch == 1000 and not any("stopped" in row for row in falling.log)
    short = stage(minutes=10.0)
    short.step(said.append)
    assert short.schedule.total == 1000
    short.spent = 7.6
    short.step(said.append)
    assert short.schedule.total < 1000 and "stopped" not in short.log[-1]


def test_the_heads_tell_the_same_at_some_seconds_as_at_all(cooks: list[embed.Tokens]) -> None:
    torch.manual_seed(1)
    model, x = Flavorformer().eval(), embed.batch(cooks[:3])
    at = torch.tensor([0, 1, 6, 7, 20])
    with torch.no_grad():
        whole, some = (model.sequence(sequence.inputs(dict(x)), which) for which in (None, at))
    for name in ("score", "aspects", "phase", "hazard", "latent"):
        torch.testing.assert_close(some[name], whole[name][:, at])


def test_the_embedding_learns_behind_a_frozen_model(cooks: list[embed.Tokens]) -> None:
    torch.manual_seed(1)
    model = Flavorformer()
    before = {n: p.clone() for n, p in model.named_parameters()}
    for i, cook in enumerate(cooks):
        cook.families = torch.linspace(20, 90, 6) + i
    told = family.train(model, cooks, cooks, 1)
    assert told["error"] < told["median"]
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    assert moved == {"heads.embedding.weight", "heads.embedding.bias"}
