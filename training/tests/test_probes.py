"""Probes on an untrained model and tiny cooks: they run what the model runs, and take away what they say."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from safetensors.numpy import save_file  # noqa: E402

from flavorformer import Flavorformer, latents  # noqa: E402
from flavorformer.__main__ import COMMANDS  # noqa: E402
from flavorformer.perturb import Reach  # noqa: E402
from flavorformer.probes import PROBES, adversary, crossings, deletion, gradient_flow, spice  # noqa: E402
from flavorformer.probes.bench import Bench, opened, said  # noqa: E402
from flavorformer.probes.replay import score, stretch  # noqa: E402
from flavorformer.probes.whole import final, rows  # noqa: E402
from flavorformer.report import html  # noqa: E402
from flavorformer.report import probes as section  # noqa: E402
from flavorformer.report.figures import written  # noqa: E402
from flavorformer.stages.embed import batch, embed  # noqa: E402

DISHES = {"gong-bao": 70, "tomato-egg": 62}


def shard(dish: str, seed: int) -> dict[str, np.ndarray]:
    """A cook of noise in the units of the features; the EEG is stronger while the chef moves, and the camera is away for a while."""
    rng = np.random.default_rng([seed, len(dish)])
    n = DISHES[dish] + seed % 3
    moves = np.arange(n) // 8 % 2 == 1
    quality = np.tile(np.float32([0.9, 1, 1, 0]), (n, 1))
    quality[5:9, 2] = 0
    quality[20:23, 0] = 0
    latent = np.tile(latents.MIDDLE[: latents.WRITTEN], (n, 1)) + rng.normal(size=(n, latents.WRITTEN))
    latent[:, list(latents.SCALES).index("toss_hz")] = 3.0 * moves
    thermal = 1.2 + 0.2 * rng.random((n, 3, 24, 32))
    thermal[:, 1] *= 0.02
    thermal[:, 2] = thermal[:, 0] + 0.1
    return {
        "hop": (np.arange(n) * 5).astype(np.uint32),
        "eeg": (rng.normal(size=(n, 8, 64)) * np.where(moves, 1.0, 0.3)[:, None, None]).astype(np.float16),
        "eeg_mask": np.ones((n, 8), np.uint8),
        "mel": rng.normal(size=(n, 64, 24)).astype(np.float16),
        "thermal": thermal.astype(np.float16),
        "quality": quality,
        "heat": np.stack([rng.uniform(1, 2, n), rng.uniform(0, 3, n)], 1).astype(np.float32),
        "dose": np.linspace(0, 3, n, dtype=np.float32)[:, None],
        "aux": np.zeros((n, 8), np.float32),
        "aux_mask": np.zeros((n, 8), np.uint8),
        "latent": latent.astype(np.float32),
        "so_far": np.zeros(n, np.float32),
        "true_phase": np.minimum(np.arange(n) * 6 // n, 5).astype(np.uint8),
        "true_aspects": rng.random((n, 6)).astype(np.float32),
        "recipe": rng.random(24).astype(np.float32),
        "cues": np.float32([10, 40, np.nan]),
        "acted": np.float32([11, 39, 60]),
        "reference": np.float32([rng.uniform(30, 90)]),
        "families": np.zeros(6, np.float32),
    }


class Held(dict):
    """Rows in memory, to be changed."""

    @property
    def header(self) -> dict:
        return {"hop": {"shape": self["hop"].shape}}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint with its tokens, and the folder of its cooks."""
    folder = tmp_path_factory.mktemp("probes")
    cooks = folder / "cooks"
    cooks.mkdir()
    listed = []
    for dish in DISHES:
        for seed in range(6):
            tensors = shard(dish, seed)
            save_file(tensors, cooks / f"{dish}-{seed}.safetensors")
            listed.append({"dish": dish, "seed": seed, "file": f"{dish}-{seed}.safetensors", "split": "train" if seed < 3 else "val"})
    (cooks / "index.json").write_text(json.dumps({"feature_id": "f", "latents": list(latents.SCALES), "cooks": listed}))
    from flavorformer.shards import load

    torch.manual_seed(3)
    model = Flavorformer().eval()
    tokens = {split: [embed(model, c) for c in load([cooks], split)[0]] for split in ("train", "val")}
    torch.save({"model": model.state_dict(), "feature_id": "f"}, folder / "m.pt")
    torch.save({"model": model.state_dict(), "feature_id": "f", **tokens}, folder / "m.tokens")
    return folder / "m.pt", cooks


@pytest.fixture
def bench(kept: tuple[Path, Path]) -> Bench:
    return opened(kept[0], kept[0].with_suffix(".tokens"), [kept[1]])


def test_whole_cooks_and_their_last_seconds_say_what_the_tokens_say(bench: Bench) -> None:
    cooks = [cook for cook, _ in bench.val if cook.dish == "gong-bao"]
    assert len({cook.seconds for cook in cooks}) == 3
    at = stretch(bench.model, cooks, 12)
    assert at.x["thermal"].shape == (3, 12, 3, 24, 32)
    with torch.no_grad():
        replayed = score(bench.model, at.x, at.state)
        whole = torch.stack([final(bench.model, rows(cook)) for cook in cooks])
    by_tokens = [s.median[-1] for (cook, _), s in zip(bench.val, bench.said, strict=True) if cook in cooks]
    torch.testing.assert_close(replayed, whole, atol=1e-3, rtol=0)
    # Tokens are kept in half precision.
    np.testing.assert_allclose(by_tokens, whole, atol=0.05)


def test_attacks_move_the_score_further_than_noise(bench: Bench) -> None:
    at = stretch(bench.model, bench.few[:2], 4)
    small, large = (adversary.moved(bench.model, at, adversary.scaled(s), torch.Generator().manual_seed(0)) for s in (0.5, 2.0))
    for moved in (small, large):
        fgsm, pgd, noise = moved.T
        assert (fgsm > 2 * noise).all() and (pgd > 2 * noise).all()
    assert (large[:, :2] > small[:, :2]).all()
    generator, reach = torch.Generator().manual_seed(1), Reach(1, 5, 1)
    change = (adversary.noise(at.x, reach, generator)["thermal"] - at.x["thermal"])[:, :, 0]
    assert float(change.abs().max()) == pytest.approx(0.01, rel=1e-3)
    assert abs(float(change.mean())) < 0.001


def test_no_gradient_flows_through_what_is_masked(bench: Bench) -> None:
    cook = bench.few[0]
    held = Held({k: np.array(v) for k, v in cook.rows.items()})
    held["quality"][30:34] = 0
    cook.rows = held
    flow = gradient_flow.flow(bench.model, cook)
    assert flow.shape == (cook.seconds,) and not flow[30:34].any()
    assert (np.delete(flow, range(30, 34)) > 0).all()
    assert all(p.grad is None for p in bench.model.parameters())
    found = gradient_flow.figures(bench)
    assert -1 <= found["r"]["low"] <= found["r"]["value"] <= found["r"]["high"] <= 1


def test_level_zero_is_the_cook_as_it_is(bench: Bench) -> None:
    cook = bench.few[0]
    with torch.no_grad():
        plain = abs(float(final(bench.model, rows(cook))) - cook.score)
    errors = spice.errors(bench.model, cook)
    assert errors[0] == pytest.approx(plain) and errors.shape == (6,)
    assert np.ptp(errors[1:]) > 0


def test_deletion_takes_the_sensor_that_it_names() -> None:
    attention = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.9, 0.05, 0.05], [0.4, 0.5, 0.1]])
    quality = np.array([[1.0, 1, 1], [1, 0, 1], [0, 0, 1], [0.2, 1, 0.9]])
    rng = np.random.default_rng(0)
    assert deletion.chosen(attention, quality, "most", rng).tolist() == [0, 2, -1, 1]
    assert deletion.chosen(attention, quality, "least", rng).tolist() == [2, 0, -1, 2]
    drawn = np.stack([deletion.chosen(attention, quality, "other", rng) for _ in range(60)])
    assert [set(column.tolist()) for column in drawn.T] == [{1, 2}, {0}, {-1}, {2}]
    assert deletion.within(np.array([1, 2, 0, 1]), 1, 2).tolist() == [-1, 2, 0, -1]


def test_deleting_is_masking(bench: Bench) -> None:
    tokens = bench.val[0][1]
    plain = said(bench.model, tokens).median[-1]
    gone = np.full((2, tokens.seconds), -1)
    gone[1, 10:] = 1
    found = deletion.finals(bench.model, batch([tokens]), gone)
    assert found[0] == pytest.approx(plain, abs=1e-3)
    tokens.plain["quality"] = tokens.plain["quality"].clone()
    tokens.plain["quality"][10:, 1] = 0
    assert found[1] == pytest.approx(said(bench.model, tokens).median[-1], abs=1e-3)
    assert abs(found[1] - plain) > 1e-3


def test_what_a_cue_waits_for_must_be_known_by_its_rate_and_tolerance(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    cook = next(cook for cook, _ in bench.val if cook.dish == "tomato-egg")
    held = Held({k: np.array(v) for k, v in cook.rows.items()})
    oil = list(latents.SCALES).index("oil_c")
    held["latent"][:, oil] = 100.0 + 2.0 * np.arange(cook.seconds)
    cook.rows = held
    cook.cues, cook.acted = np.float32([10, 40, 50]), np.float32([11, 39, np.nan])
    # A second's row ends 0.2 s into it, so the tenth is the last before the moment, by 0.8 s.
    late = np.full(cook.seconds, -0.8 - 2.9)
    line = crossings.Line("bloom", "tomato-egg", "oil_c", 119.0)
    assert crossings.crossing(cook, late, line) == pytest.approx([2.0, 2.0 * 3, 1.0])
    assert crossings.crossing(cook, late - 0.2, line)[2] == 0
    # Flame-off may be off by more; nobody knows when reduce would have come.
    assert crossings.crossing(cook, late, crossings.Line("flame_off", "tomato-egg", "oil_c", 199.0))[1] == pytest.approx(2.0 * 5)
    assert crossings.crossing(cook, late, crossings.Line("reduce", "tomato-egg", "oil_c", 179.0)) is None
    # What lay beyond its line before is not what the moment waited for.
    assert crossings.crossing(cook, late, crossings.Line("bloom", "tomato-egg", "oil_c", 117.0)) is None
    assert crossings.crossing(cook, late, crossings.Line("bloom", "tomato-egg", "oil_c", 121.0)) is None
    at, moments = np.array([9.2, 60.0]), np.array([10.0, 40.0, np.nan])
    np.testing.assert_allclose(latents.late_s(latents.lateness(at, moments, np.full(3, np.nan)))[:, :2], at[:, None] - moments[:2], rtol=1e-5)
    monkeypatch.setattr(crossings, "LINES", [line, crossings.Line("bloom", "gong-bao", "oil_c", 1e9)])
    (row,) = crossings.figures(bench)["of"]
    assert row["dish"] == "tomato-egg" and row["known"]["clips"] >= 1 and row["rate"]["cooks"] == row["known"]["clips"]


def test_every_probe_is_stated_with_its_interval_and_shown(bench: Bench, tmp_path: Path) -> None:
    bench.each = 1
    bench.ablations = {"whole": {"1": 4.0, "2": 4.0}, "no Doubanjiang": {"1": 5.0, "2": 4.0}}
    quick = {"adversary": lambda b: adversary.figures(b, 2, {"default": 1.0})}
    found = {name: written(quick.get(name, measure)(bench)) for name, measure in PROBES.items()}
    assert all(len(figures["what"]) > 40 for figures in found.values())
    movement = found["eeg"]["of"]["movement"]
    assert movement["token"]["low"] > 0.9 and movement["gain"]["low"] > 0.2
    assert found["eeg"]["of"]["attention"]["token"]["value"] < 0.3
    assert found["erd"]["change_db"]["value"] == pytest.approx(20 * np.log10(1 / 0.3), abs=1.5)
    assert found["deletion"]["cook"]["window"] == [found["deletion"]["cook"]["phase"].index(4) - 5, found["deletion"]["cook"]["phase"].index(4) + 15]
    assert 0 <= found["phases"]["right"]["low"] <= found["phases"]["right"]["value"] <= 1
    assert found["normalisation"]["percent"]["value"] == pytest.approx(10)
    json.dumps(found, allow_nan=False)
    assert section.deletion(found).startswith(b"\x89PNG")
    page = section.section({"probes": found}, html.table, html.with_interval, "<img>")
    assert page.count("<table>") == 7 and "<img>" in page and "attention proxy, unvalidated" in page
    assert section.section({}, html.table, html.with_interval, "") == "" and section.deletion({}) is None


def test_the_command_goes_on_where_it_was_interrupted(
    kept: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import argparse

    from flavorformer.commands import probe

    parser = argparse.ArgumentParser()
    probe.arguments(parser)
    monkeypatch.setattr(probe, "edition", lambda model, folder: "a" * 64)
    out = tmp_path / "probe.json"
    assert "probe" in COMMANDS

    def ran(*more: str) -> list[str]:
        probe.run(parser.parse_args([str(kept[0]), str(kept[1]), "--cooks", "1", "--out", str(out), *more]))
        return [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]

    assert ran("--only", "phases", "--only", "deletion") == ["phases", "deletion"]
    assert out.with_suffix(".png").exists()
    assert ran("--only", "normalisation") == ["normalisation"]
    found = json.loads(out.read_text())
    assert set(found) == {"probes"} and set(found["probes"]) == {"of", "model_sha256", "phases", "deletion", "normalisation"}


def test_a_checkpoint_of_another_edition_is_not_probed_in_its_name() -> None:
    from flavorformer.commands import probe, restore

    model = Flavorformer()
    with pytest.raises(SystemExit, match="differ by"):
        probe.edition(model, restore.ROOT / "deploy" / "models")
    model.load_state_dict(restore.restored(restore.ROOT / "deploy" / "models")["model"])
    # The training's own checkpoint is not calibrated.
    model.heads.spread.fill_(1.0)
    card = json.loads((restore.ROOT / "deploy" / "models" / "base.json").read_text())
    assert probe.edition(model, restore.ROOT / "deploy" / "models") == card["sha256"]
    assert (model.heads.spread == 1).all()


def test_tokens_of_other_encoders_are_refused(kept: tuple[Path, Path], tmp_path: Path) -> None:
    state = torch.load(kept[0], weights_only=True)
    state["model"]["eeg.montage.weight"] += 1
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(SystemExit, match="other encoders"):
        opened(tmp_path / "other.pt", kept[0].with_suffix(".tokens"), [kept[1]])
