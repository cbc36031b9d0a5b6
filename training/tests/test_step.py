"""The shipped step holds its contract, its golden vectors and its promises; onnxruntime alone is needed."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from safetensors.numpy import load_file

MODELS = Path(__file__).parents[2] / "deploy" / "models"
INPUTS = (
    "eeg_new", "eeg_mask", "mel_new", "thermal", "quality", "heat", "dose", "recipe", "aux", "aux_mask", "bypass", "hops", "reset",
)
OUTPUTS = {"score": 5, "aspects": 6, "phase": 6, "hazard": 3, "embedding": 64, "attention": 4}


@pytest.fixture(scope="module")
def session() -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(MODELS / "base.onnx", options, providers=["CPUExecutionProvider"])


def fresh(session: ort.InferenceSession, batch: int = 1) -> dict[str, np.ndarray]:
    """Zero state."""
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    return {i.name: np.zeros((batch, *i.shape[1:]), types[i.type]) for i in session.get_inputs() if i.name.startswith("s_")}


def inputs(session: ort.InferenceSession, seed: int, batch: int = 1, **fixed: list[float]) -> dict[str, np.ndarray]:
    """A plausible hop."""
    rng = np.random.default_rng(seed)
    x = {i.name: rng.normal(size=(batch, *i.shape[1:])).astype(np.float32) for i in session.get_inputs() if i.name in INPUTS}
    plain = {
        "eeg_mask": [1] * 8, "aux_mask": [0] * 8, "quality": [1, 1, 1, 0], "heat": [2.0, 3.0], "dose": [1.0],
        "bypass": [0], "hops": [1], "reset": [0],
    }
    for name, value in {**plain, **fixed}.items():
        x[name] = np.tile(np.float32([value]), (batch, 1))
    return x


def step(session: ort.InferenceSession, x: dict[str, np.ndarray], state: dict[str, np.ndarray]) -> tuple[dict, dict]:
    names = [o.name for o in session.get_outputs()]
    out = dict(zip(names, session.run(names, {**x, **state}), strict=True))
    return {k: out[k] for k in OUTPUTS}, {k: out["n_" + k[2:]] for k in state}


def test_names_and_sizes(session: ort.InferenceSession) -> None:
    names = {i.name for i in session.get_inputs()}
    assert set(INPUTS) <= names
    state = fresh(session)
    assert sum(v.size for v in state.values()) <= 12_288
    assert {o.name for o in session.get_outputs()} == {*OUTPUTS, *("n_" + k[2:] for k in state)}
    assert (MODELS / "base.onnx").stat().st_size < 3_000_000
    meta = session.get_modelmeta().custom_metadata_map
    assert meta["contract"] == "flavorformer-step/2"


def test_card_names_the_file_and_beats_a_constant() -> None:
    card = json.loads((MODELS / "base.json").read_text())
    assert card["sha256"] == hashlib.sha256((MODELS / "base.onnx").read_bytes()).hexdigest()
    figures = card["figures"]
    # Over the whole cook and at flame-off, by more than chance: the interval of the skill is above zero.
    for moment in ("all", "flame_off"):
        assert figures["error"][moment]["value"] < figures["error"]["constant"]["value"]
        assert figures["skill"][moment]["low"] > 0
    assert 0.7 < figures["coverage_80"]["value"] < 0.9
    assert all(row["cooks"] >= 10 for row in figures["by_dish"].values())
    assert card["parity"] < 1e-4
    assert "No human has tasted anything" in (MODELS / "README.md").read_text().splitlines()[0]


def test_golden_vectors(session: ort.InferenceSession) -> None:
    golden = load_file(MODELS / "base.golden.safetensors")
    state = fresh(session)
    for i in range(len(golden["score"])):
        out, state = step(session, {k: golden[k][i : i + 1] for k in INPUTS}, state)
        for name in OUTPUTS:
            np.testing.assert_allclose(out[name][0], golden[name][i], rtol=1e-3, atol=1e-3, err_msg=f"{name} at step {i}")


@pytest.mark.parametrize("seed", range(5))
def test_outputs_are_finite_and_ordered(session: ort.InferenceSession, seed: int) -> None:
    state = fresh(session)
    for i in range(12):
        out, state = step(session, inputs(session, seed * 100 + i), state)
        for name, width in OUTPUTS.items():
            assert out[name].shape == (1, width)
            assert np.isfinite(out[name]).all()
        assert (np.diff(out["score"]) >= 0).all()
        assert out["score"].min() >= 0 and out["score"].max() <= 100
        assert abs(out["phase"].sum() - 1) < 1e-4 and abs(out["attention"].sum() - 1) < 1e-4


@pytest.mark.parametrize(
    ("quality", "voided"),
    [([0, 1, 1, 0], {"eeg_new"}), ([1, 0, 1, 0], {"mel_new"}), ([1, 1, 0, 0], {"thermal", "dose"})],
)
def test_a_masked_modality_changes_nothing(session: ort.InferenceSession, quality: list[float], voided: set[str]) -> None:
    a, b = fresh(session), fresh(session)
    for i in range(7):
        x = inputs(session, i, quality=quality)
        y = {k: v + 1 if k in voided else v for k, v in x.items()}
        if "thermal" in voided:
            y["heat"] = x["heat"] + np.float32([[1, 0]])
        (one, a), (other, b) = step(session, x, a), step(session, y, b)
        for name in OUTPUTS:
            np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)


def test_a_cook_that_is_neither_heard_nor_seen_has_no_toss(session: ort.InferenceSession) -> None:
    a, b = fresh(session), fresh(session)
    for i in range(7):
        x = inputs(session, i, quality=[1, 0, 0, 0])
        y = {**x, "heat": x["heat"] + np.float32([[0, 1.5]])}
        (p, a), (q, b) = step(session, x, a), step(session, y, b)
        for name in OUTPUTS:
            np.testing.assert_array_equal(p[name], q[name], err_msg=name)


def test_reset_is_a_fresh_state_and_rows_are_apart(session: ort.InferenceSession) -> None:
    state = fresh(session, 2)
    for i in range(8):
        _, state = step(session, inputs(session, i, batch=2), state)
    x = inputs(session, 99, batch=2)
    x["reset"] = np.float32([[1], [0]])
    both, _ = step(session, x, state)
    first, _ = step(session, {k: v[:1] for k, v in x.items()}, fresh(session))
    second, _ = step(session, {k: v[1:] for k, v in x.items()}, {k: v[1:] for k, v in state.items()})
    for name in OUTPUTS:
        np.testing.assert_allclose(both[name][:1], first[name], atol=1e-5)
        np.testing.assert_allclose(both[name][1:], second[name], atol=1e-5)
