"""The plain transformer and the command that measures all baselines; needs PyTorch."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
pytest.importorskip("sklearn", reason="scikit-learn is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import synthetic  # noqa: E402

from flavorformer import Flavorformer, latents  # noqa: E402
from flavorformer.commands import baselines as command  # noqa: E402
from flavorformer.report import baselines  # noqa: E402
from flavorformer.rivals import learn  # noqa: E402
from flavorformer.rivals.pooled import COLUMNS, LONGEST, Pooled, pooled, strides  # noqa: E402
from flavorformer.rivals.transformer import PlainTransformer  # noqa: E402
from flavorformer.shards import load  # noqa: E402
from flavorformer.stages.embed import embed  # noqa: E402
from flavorformer.stages.sequence import ENCODERS  # noqa: E402


def told(seed: int, cooks: int = 64) -> list[Pooled]:
    """Cooks of noise in which some columns tell how far the score lies from the dish's middle."""
    rng = np.random.default_rng(seed)
    out = []
    for nth in range(cooks):
        dish, middle = (("a", 40.0), ("b", 60.0))[nth % 2]
        above, length = rng.normal(0, 10), int(rng.integers(10, 30))
        x = torch.from_numpy(rng.normal(size=(length, COLUMNS)))
        x[:, :40] += above / 10
        out.append(Pooled(dish, seed + nth, middle + above, x.half(), np.arange(1, length + 1)))
    return out


def off(net: PlainTransformer, cooks: list[Pooled]) -> float:
    """Mean absolute error at the end, points."""
    middles = {"a": 40.0, "b": 60.0}
    return float(np.mean([abs(middles[c.dish] + learn.forecast(net, c, c.ends[-1:])[0] - c.score) for c in cooks]))


def test_it_is_as_large_as_what_it_stands_for() -> None:
    net = PlainTransformer(torch.zeros(COLUMNS), torch.ones(COLUMNS))
    behind = sum(p.numel() for n, p in Flavorformer().named_parameters() if not n.startswith(ENCODERS))
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(behind, rel=0.15)


def test_no_token_looks_ahead_and_padding_is_not_looked_at() -> None:
    torch.manual_seed(1)
    net = PlainTransformer(torch.zeros(COLUMNS), torch.ones(COLUMNS))
    torch.nn.init.normal_(net.leave.weight)
    short, long = sorted(told(1, 2), key=lambda c: len(c.x))
    x, ends, valid = learn.batch([short, long])
    net.eval()
    with torch.no_grad():
        both, alone, begun = net(x, ends), net(x[:1, : len(short.x)], ends[:1, : len(short.x)]), net(x[1:, :5], ends[1:, :5])
    assert valid.sum(1).tolist() == [len(short.x), len(long.x)]
    torch.testing.assert_close(both[:1, : len(short.x)], alone, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(both[1:, :5], begun, atol=1e-4, rtol=1e-4)
    assert both.std() > 1


def test_it_learns_what_is_told_the_same_each_time_and_nothing_from_dealt_scores() -> None:
    train, val, test = told(1, 160), told(10_000, 40), told(20_000, 60)
    plan = learn.Plan(epochs=8, minutes=5.0)
    said = []
    net = learn.train(train, val, plan, 1, said.append)
    assert len(said) == 8 and off(net, test) < 0.6 * 8
    once, again = (learn.train(train, val, learn.Plan(epochs=2, minutes=5.0), 1, said.append) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(once.parameters(), again.parameters(), strict=True))
    rng = np.random.default_rng(1)
    dealt = learn.dealt(train, rng), learn.dealt(val, rng)
    assert sorted(c.score for c in dealt[0] if c.dish == "a") == sorted(c.score for c in train if c.dish == "a")
    assert off(learn.train(*dealt, plan, 1, said.append), test) == pytest.approx(8, rel=0.25)


def test_the_minutes_end_it() -> None:
    said = []
    learn.train(told(1), told(2), learn.Plan(epochs=10_000, minutes=0.005), 1, said.append)
    assert len(said) < 10


def test_seconds_are_pooled_by_dish_and_an_unended_token_is_not_there() -> None:
    cook = Pooled("a", 1, 50.0, torch.zeros(3, COLUMNS), np.array([4, 8, 10]))
    assert [cook.last(seen) for seen in (0, 3, 4, 9, 10)] == [-1, -1, 0, 1, 2]
    net = PlainTransformer(torch.zeros(COLUMNS), torch.ones(COLUMNS))
    assert np.isnan(learn.forecast(net, cook, np.array([3, 4]))).tolist() == [True, False]

    class Length:
        def __init__(self, dish: str, seconds: int) -> None:
            self.dish, self.seconds = dish, seconds

    assert strides([Length("a", LONGEST), Length("b", 100), Length("b", LONGEST + 1)]) == {"a": 1, "b": 2}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Features of three splits, and tokens of an untrained model."""
    root = tmp_path_factory.mktemp("rivals")
    out = {split: root / split for split in ("train", "val", "test")}
    for first, (split, folder) in enumerate(out.items()):
        synthetic.features(folder, split, cooks=24 if split == "train" else 8, first=1000 * first)
        index = json.loads((folder / "index.json").read_text())
        (folder / "index.json").write_text(json.dumps(index | {"latents": list(latents.SCALES)}))
    torch.manual_seed(1)
    model = Flavorformer()
    cooks = {split: [embed(model, c) for c in load([out[split]], split)[0]] for split in ("train", "val")}
    out["tokens"] = root / "flavorformer.tokens"
    torch.save({"feature_id": "f", "cooks": [48, 16], "model": model.state_dict(), **cooks}, out["tokens"])
    return out


def test_pooled_tokens_are_means_of_what_stage_c_reads(folders: dict[str, Path]) -> None:
    cook = torch.load(folders["tokens"], weights_only=False)["train"][0]
    cook.plain["quality"][:, 0] = 0
    one, four = pooled(cook, 1), pooled(cook, 4)
    assert one.x.shape == (cook.seconds, COLUMNS) and four.ends[-1] == cook.seconds
    torch.testing.assert_close(four.x[1].float(), one.x[4:8].float().mean(0), atol=1e-2, rtol=1e-2)
    assert not one.x[:, :96].any() and one.x[:, 96:288].any()


def test_the_command_measures_every_baseline_on_every_test_cook(folders: dict[str, Path], tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    given = [folders["train"], "--test", folders["test"], "--tokens", folders["tokens"], "--out", tmp_path / "b.json", "--epochs", 12, "--threads", 1]
    args = parser.parse_args([str(word) for word in given])
    command.run(args)
    of = baselines.read(tmp_path / "b.json")
    assert {"dish median", "time-warped scripts", "plain transformer", "plain transformer, shuffled labels"} < of.keys()
    for own in of.values():
        assert own.cooks == 16 and own.columns == of["dish median"].columns
        for dish, values in own.values.items():
            assert np.isfinite(values).all()
            np.testing.assert_array_equal(own.seeds[dish], of["dish median"].seeds[dish])
            np.testing.assert_allclose(values[:, -1], of["dish median"].values[dish][:, -1])
    errors = {name: row["error"]["value"] for name, row in baselines.figures(of)["of"].items()}
    # The wall's temperature tells the score.
    assert errors["plain transformer"] < 0.7 * errors["dish median"]
    assert errors["time-warped scripts"] < 0.7 * errors["dish median"]
    assert errors["plain transformer, shuffled labels"] > 0.8 * errors["dish median"]
    index = json.loads((folders["test"] / "index.json").read_text())
    (folders["test"] / "index.json").write_text(json.dumps(index | {"feature_id": "other"}))
    with pytest.raises(SystemExit, match="one wokd"):
        command.run(args)
