"""The shipped file gives back the weights that it was made of."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
onnx = pytest.importorskip("onnx", reason="onnx is only installed where models are trained")

import tiny  # noqa: E402

from flavorformer.commands import restore  # noqa: E402
from flavorformer.probes.bench import opened  # noqa: E402
from flavorformer.step import Flavorformer  # noqa: E402

SHIPPED = Path(__file__).parents[2] / "deploy" / "models"


def test_the_shipped_edition_comes_back_and_is_held_to_its_golden_steps() -> None:
    saved = restore.restored(SHIPPED)
    model = Flavorformer()
    model.load_state_dict(saved["model"])
    assert saved["model"]["heads.spread"][0] > 1 and saved["constants"]["scores"]


def test_another_files_weights_are_refused(tmp_path: Path) -> None:
    for file in SHIPPED.glob("base.*"):
        shutil.copy(file, tmp_path)
    proto = onnx.load(tmp_path / "base.onnx")
    held = next(i for i in proto.graph.initializer if i.name == "heads.latent.bias")
    held.raw_data = bytes(len(held.raw_data))
    onnx.save(proto, tmp_path / "base.onnx")
    with pytest.raises(SystemExit, match="differ by"):
        restore.restored(tmp_path)
    # A number that is none is not lost among the differences.
    held.raw_data = np.full(len(held.raw_data) // 4, np.nan, np.float32).tobytes()
    onnx.save(proto, tmp_path / "base.onnx")
    with pytest.raises(SystemExit, match="differ by nan"):
        restore.restored(tmp_path)
    held.name = "something else"
    onnx.save(proto, tmp_path / "base.onnx")
    with pytest.raises(SystemExit, match=r"does not hold heads\.latent\.bias"):
        restore.restored(tmp_path)


def test_the_tokens_of_its_encoders_are_kept_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tiny.features(tmp_path / "train", "train", cooks=2), tiny.features(tmp_path / "val", "val", cooks=1)
    parser = argparse.ArgumentParser()
    restore.arguments(parser)
    given = parser.parse_args([str(word) for word in ("--features", *whole, "--out", tmp_path / "ff.pt")])
    with pytest.raises(SystemExit, match="features f, the edition of"):
        restore.run(given)
    saved = restore.restored(SHIPPED)
    monkeypatch.setattr(restore, "restored", lambda folder: saved | {"feature_id": "f"})
    restore.run(given)
    with pytest.raises(SystemExit, match="written over"):
        restore.run(given)
    # What was learned from cooks and their tokens takes them.
    bench = opened(tmp_path / "ff.pt", tmp_path / "ff.tokens", list(whole))
    assert len(bench.train) == 4 and len(bench.val) == 2
    assert bench.val[0][1].seen.shape[1:] == (3, 96) and bench.val[0][1].seen.abs().max() > 0
