"""The probe of sounds on shards whose spectra are known, and the command from files to figures."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from flavorformer import hearing, latents, shards
from flavorformer.commands import listen
from flavorformer.report import sounds

SECONDS = 12
# The band about which each sound of these shards is loudest.
LOUDEST = {"frying": 50, "boiling": 30, "burner": 6}


def mel(rng: np.random.Generator, band: int, rows: int) -> np.ndarray:
    """A hump about a band over noise, at a level of its own."""
    hump = 2 * np.exp(-(((np.arange(64) - band) / 8.0) ** 2))
    return (rng.uniform(-2, 2) + hump[:, None] + 0.3 * rng.normal(size=(rows, 64, 24))).astype(np.float16)


def state(phase: int, **given: float) -> tuple[int, np.ndarray]:
    """A phase and its latents, zero where not given."""
    return phase, np.array([given.get(name, 0.0) for name in latents.SCALES], np.float32)


BURNER = state(hearing.PREHEAT, wall_c=200, food_surface_c=20)
FRYING = state(hearing.SEAR, wall_c=180, food_surface_c=100, moisture=0.6)
BOILING = state(hearing.SIMMER, wall_c=108, food_surface_c=99, moisture=1, liquid_fraction=0.8, solids=0.05)
OFF = state(5, wall_c=120, food_surface_c=100, moisture=0.6)


def features(folder: Path, split: str, cooks: int, seed: int) -> Path:
    """Cooks that preheat, fry, boil and rest, as `wokd features` writes them."""
    folder.mkdir()
    rng, listed = np.random.default_rng(seed), []
    for nth in range(cooks):
        stages = [(BURNER, "burner"), (FRYING, "frying"), (BOILING, "boiling"), (OFF, "boiling")]
        rows = {
            "hop": np.arange(len(stages) * SECONDS, dtype=np.uint32) * 5,
            "mel": np.concatenate([mel(rng, LOUDEST[sound] + rng.integers(-3, 4), SECONDS) for _, sound in stages]),
            "quality": np.ones((len(stages) * SECONDS, 4), np.float32),
            "true_phase": np.repeat(np.array([s[0] for s, _ in stages], np.uint8), SECONDS),
            "latent": np.repeat(np.stack([s[1] for s, _ in stages]), SECONDS, axis=0),
            "recipe": np.zeros(24, np.float32),
            "reference": np.float32([50]),
            "families": np.zeros(6, np.float32),
            "cues": np.zeros(3, np.float32),
            "acted": np.zeros(3, np.float32),
        }
        save_file(rows, folder / f"{nth}.safetensors")
        listed.append({"file": f"{nth}.safetensors", "dish": "mapo-tofu", "seed": nth, "split": split, "score": 50.0})
    index = {"feature_id": "f", "latents": list(latents.SCALES), "cooks": listed}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def clips(folder: Path, of: dict[str, int], feature_id: str = "f") -> Path:
    """Clips as `wokd listen` writes them: names, each with the band that is loudest in it; a cue fires in the first."""
    folder.mkdir()
    rng, listed = np.random.default_rng(5), []
    for name, band in of.items():
        file = name.replace("/", "-") + ".safetensors"
        fired = np.zeros(0 if listed else 1, np.uint8)
        save_file({"hop": np.arange(1, 21, dtype=np.uint32), "mel": mel(rng, band, 20), "fired_kind": fired}, folder / file)
        listed.append({"name": name, "file": file, "seconds": 5.0, "hops": 20})
    (folder / "index.json").write_text(json.dumps({"model_sha256": "0" * 64, "feature_id": feature_id, "clips": listed}))
    return folder


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("hearing")
    return [features(root / "train", "train", 12, 1), features(root / "val", "val", 8, 2)]


def test_sounds_are_labelled_by_the_truth_and_rest_has_none(taught: list[Path]) -> None:
    cooks, _ = shards.load(taught, "train")
    want = np.repeat([hearing.SOUNDS.index("burner"), hearing.SOUNDS.index("frying"), hearing.SOUNDS.index("boiling"), -1], SECONDS)
    assert (hearing.labels(cooks[0]) == want).all()
    found = hearing.clips(cooks[0])
    assert [sound for sound, _ in found] == [0, 0, 1, 1, 2, 2]
    assert all(rows.shape == (hearing.CLIP_ROWS, 64, 24) for _, rows in found)


def test_a_row_that_is_not_what_it_seems_has_no_label(taught: list[Path]) -> None:
    cooks, _ = shards.load(taught, "train")
    changes = [("frying", {"moisture": 0.0}), ("frying", {"liquid_fraction": 0.5}), ("boiling", {"food_surface_c": 80.0}), ("burner", {"moisture": 0.5})]
    for sound, change in changes:
        rows = {k: np.array(cooks[0].rows[k]) for k in ("latent", "quality", "true_phase")}
        for name, value in change.items():
            rows["latent"][:, list(latents.SCALES).index(name)] = value
        changed = shards.Cook("d", 1, "train", 50, rows, *[np.zeros(3)] * 3)
        assert hearing.SOUNDS.index(sound) not in hearing.labels(changed), change


def test_gain_does_not_show() -> None:
    quiet = mel(np.random.default_rng(1), 30, 4).astype(np.float64)
    assert np.allclose(hearing.inputs(quiet), hearing.inputs(quiet + 1.7))
    context = quiet.copy()
    context[..., :4] = 9
    assert np.allclose(hearing.inputs(quiet), hearing.inputs(context)), "a hop is judged by its own frames"


def test_the_threshold_keeps_the_stated_share_of_validation_clips(taught: list[Path]) -> None:
    train, val = (hearing.gather(shards.load(taught, split)[0]) for split in ("train", "val"))
    probe, reached = hearing.choose(train, val)
    assert reached["right"] == 1.0
    assert hearing.KEPT - 1 / len(val.sound) <= reached["rightly_named"] <= 1
    named = [probe.names(probe.clip(x)) for x in val.x]
    assert sum(n is not None for n in named) == round(reached["rightly_named"] * len(named))
    assert probe.names(np.full(3, 1 / 3)) is None


def test_without_a_sound_in_training_it_says_which(taught: list[Path]) -> None:
    cooks, _ = shards.load(taught, "val")
    for cook in cooks:
        cook.rows = {k: np.array(cook.rows[k])[:SECONDS] for k in ("mel", "latent", "quality", "true_phase")}
    with pytest.raises(ValueError, match="frying, boiling"):
        hearing.gather(cooks)


def test_clips_are_named_from_files_and_choose_nothing(taught: list[Path], tmp_path: Path) -> None:
    of = {f"{folder}/{n}": LOUDEST[right] for folder, right in sounds.RIGHT.items() if right != sounds.NONE for n in range(3)}
    of |= {"chopping/0": LOUDEST["frying"]}

    def said(names: dict[str, int], out: str) -> dict:
        args = argparse.Namespace(clips=clips(tmp_path / out, names), train=taught, out=tmp_path / f"{out}.json")
        listen.run(args)
        return json.loads(args.out.read_text())["sounds"]

    found = said(of, "all")
    assert found["forced"]["value"] == 1.0 and found["forced"]["clips"] == 9
    assert found["of"]["frying-pan"]["likeliest"] == {"frying": 3, "boiling": 0, "burner": 0}
    assert found["false_cues_a_minute"]["value"] == pytest.approx(1 / (10 * 5 / 60))
    alone = said({"chopping/0": LOUDEST["boiling"]}, "alone")
    assert alone["probe"] == found["probe"], "the clips have no say in how the probe is made"


def test_clips_of_other_features_are_refused(taught: list[Path], tmp_path: Path) -> None:
    args = argparse.Namespace(clips=clips(tmp_path / "other", {"chopping/0": 3}, "g"), train=taught, out=tmp_path / "x.json")
    with pytest.raises(SystemExit, match="other features"):
        listen.run(args)
