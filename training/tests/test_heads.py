"""Stage C′: which seconds the heads see, what is true of them, and that nothing else learns; needs PyTorch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer.shards import load  # noqa: E402
from flavorformer.stages import embed, heads, losses, sequence  # noqa: E402
from flavorformer.step import Flavorformer  # noqa: E402

PLAN = sequence.Plan(epochs=1, cooks=4, seconds=60, limit=80, workers=2, perturb=lambda x, rng: None)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sequence.Run:
    torch.manual_seed(1)
    model = Flavorformer()
    folder = tiny.features(tmp_path_factory.mktemp("tiny") / "train", "train", cooks=4)
    cooks = [embed.embed(model, cook) for cook in load([folder], "train")[0]]
    # The same cooks twice, as a pool has them.
    return sequence.Run(model, cooks * 2, cooks, PLAN, 3)


def test_the_heads_see_every_cook_once_and_what_is_true_of_its_seconds(run: sequence.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "KEPT", 60)
    model = run.model.eval()
    given, true = heads.looked(run, model, np.random.default_rng(2))
    assert len(given[0]) == pytest.approx(2 * 60, abs=4) and len(set(map(float, true["score"]))) == 2 * 4
    for cook in run.val:
        x = embed.batch([cook])
        whole, _ = model.followed(sequence.inputs(dict(x)))
        mine = torch.nonzero((true["ends"] == x["ends"].half()).all(-1))[:, 0]
        of_dish = sum(c.seconds for c in run.val if c.dish == cook.dish)
        assert len(mine) == pytest.approx(60 * cook.seconds / of_dish, abs=1)
        weight = losses.balance(x["phase"], x["valid"])[0] * cook.seconds
        for row in mine:
            second = torch.nonzero((true["latent"][row] == x["latent"][0].half()).all(-1))[0, 0]
            for kept, of in zip(given, whole, strict=True):
                torch.testing.assert_close(kept[row], of[second].half(), rtol=2e-3, atol=2e-3)
            assert torch.equal(true["aspects"][row], x["aspects"][0, second].half())
            assert torch.equal(true["hazard"][row], x["hazard"][0, second].half()) and int(true["phase"][row]) == int(x["phase"][0, second])
            assert float(true["weight"][row]) == pytest.approx(float(weight[second]), rel=1e-3)
            assert torch.equal(true["varies"][row], run.varied[cook.dish].half())


def test_the_heads_learn_behind_a_frozen_model(run: sequence.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "STEPS", 60)
    monkeypatch.setattr(heads, "ROWS", 128)
    model = run.model
    start = {n: p.clone() for n, p in model.named_parameters()}
    before = sequence.validate(model, run.val, run.varied)
    heads.train(run, model, 1)
    after = sequence.validate(model, run.val, run.varied)
    assert all(after[part] < before[part] for part in ("score", "latent", "ends", "aspects", "phase", "hazard"))
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, start[n])}
    assert moved == {n for n in start if n.startswith("heads.") and not n.startswith("heads.embedding")}
