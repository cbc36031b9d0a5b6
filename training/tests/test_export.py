"""What export holds its file to, without the slow export itself."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
pytest.importorskip("onnx", reason="onnx is only installed where models are trained")

from flavorformer.commands import export  # noqa: E402
from flavorformer.step import INPUTS, OUTPUTS, STATE, Flavorformer  # noqa: E402


@pytest.fixture(scope="module")
def model() -> Flavorformer:
    torch.manual_seed(1)
    return Flavorformer().eval()


@torch.no_grad()
def steps(model: Flavorformer) -> dict[str, np.ndarray]:
    """What `golden` gives of a file that says the same as PyTorch."""
    rng = np.random.default_rng(1)
    rows: dict[str, list[np.ndarray]] = {}
    _, state = model.blank(1)
    for step in range(export.GOLDEN_STEPS):
        x = {name: np.abs(rng.normal(size=(1, *shape))).astype(np.float32) for name, shape in INPUTS.items()}
        x |= {"hops": np.float32([[1]]), "bypass": np.float32([[0]]), "reset": np.float32([[step == 0]])}
        out = model({name: torch.from_numpy(value) for name, value in x.items()}, state)
        state = dict(zip(STATE, out[len(OUTPUTS) :], strict=True))
        for name, value in {**x, **{name: v.numpy() for name, v in zip(OUTPUTS, out, strict=False)}}.items():
            rows.setdefault(name, []).append(value[0])
    return {name: np.stack(v) for name, v in rows.items()} | {f"n_{name}": v[0].numpy() for name, v in state.items()}


def test_parity_is_relative_and_counts_outputs_and_the_final_state(model: Flavorformer) -> None:
    rows = steps(model)
    assert export.parity(model, rows) == 0
    score = rows["score"].copy()
    score[9, 2] += 0.02 * (1 + score[9, 2])
    assert export.parity(model, rows | {"score": score}) == pytest.approx(0.02 / 1.02, rel=1e-3)
    for name in STATE:
        moved = rows[f"n_{name}"].copy()
        moved.reshape(-1)[0] += 1e-2 * (1 + abs(moved.reshape(-1)[0]))
        assert export.parity(model, rows | {f"n_{name}": moved}) > 5e-3, name


def test_factors_are_those_of_the_same_checkpoint(tmp_path: Path) -> None:
    own, other, spread = tmp_path / "own.pt", tmp_path / "other.pt", tmp_path / "spread.json"
    own.write_bytes(b"own")
    other.write_bytes(b"other")
    found = {"spread": [1.2, 1.1, 1.0, 1.1, 1.2], "model_sha256": "0" * 64, "checkpoint_sha256": export.sha256(own)}
    spread.write_text(json.dumps(found))
    assert export.calibrated(spread, own) == found
    with pytest.raises(SystemExit, match="another checkpoint"):
        export.calibrated(spread, other)
