"""Exports a checkpoint as the ONNX step with its card and golden vectors."""

import argparse
import datetime
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from safetensors.numpy import load_file, save_file

from ..digest import sha256
from ..layers.heads import LEVELS
from ..step import CONTRACT, INPUTS, OUTPUTS, STATE, Flavorformer

GOLDEN_STEPS = 16
PARITY = 1e-4
PARITY_WHAT = f"largest difference of ONNX Runtime and PyTorch relative to 1 + |value|, outputs of {GOLDEN_STEPS} steps of noise and the final state"


def export(model: Flavorformer, path: Path, metadata: dict[str, str]) -> None:
    """Writes the step with a dynamic batch."""
    model.eval()
    inputs = [*INPUTS, *(f"s_{k}" for k in STATE)]
    outputs = [*OUTPUTS, *(f"n_{k}" for k in STATE)]
    # From 2 on: the exporter would else fear that 1 broadcasts; the golden steps hold the file to PyTorch at 1.
    batch = torch.export.Dim("batch", min=2, max=4096)
    program = torch.onnx.export(
        model,
        (),
        kwargs=dict(zip(("x", "s"), model.blank(2), strict=True)),
        input_names=inputs,
        output_names=outputs,
        dynamic_shapes={"x": {k: {0: batch} for k in INPUTS}, "s": {k: {0: batch} for k in STATE}},
        dynamo=True,
        opset_version=18,
        verbose=False,
    )
    proto = program.model_proto
    for initializer in proto.graph.initializer:
        assert initializer.data_location != onnx.TensorProto.EXTERNAL
    del proto.metadata_props[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for key, value in metadata.items():
        proto.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(proto)
    onnx.save(proto, path)


def golden(path: Path) -> dict[str, np.ndarray]:
    """Consecutive steps of one station from a fresh state, on onnxruntime's CPU."""
    rng = np.random.default_rng(1)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    state = {f"s_{k}": np.zeros((1, *shape), np.float64 if k == "phase" else np.float32) for k, shape in STATE.items()}
    rows: dict[str, list[np.ndarray]] = {}
    for step in range(GOLDEN_STEPS):
        x = {k: rng.normal(size=(1, *shape)).astype(np.float32) for k, shape in INPUTS.items()}
        x["quality"] = np.array([[1, 1, 1, 0]], np.float32) if step < 8 else np.array([[0, 0.5, 1, 0]], np.float32)
        x["thermal"] = (1.5 + 0.3 * x["thermal"]).astype(np.float32)
        x["eeg_mask"] = np.ones((1, 8), np.float32)
        x["aux_mask"] = np.zeros((1, 8), np.float32)
        x["heat"], x["dose"] = np.array([[2.1, 3.0]], np.float32), np.array([[0.2 * step]], np.float32)
        x["recipe"] = np.abs(x["recipe"])
        x["bypass"], x["hops"] = np.float32([[step == 5]]), np.float32([[1 + (step == 9)]])
        x["reset"] = np.float32([[step == 0]])
        names = [o.name for o in session.get_outputs()]
        out = dict(zip(names, session.run(names, {**x, **state}), strict=True))
        state = {f"s_{k}": out[f"n_{k}"] for k in STATE}
        for name, value in {**x, **{k: out[k] for k in OUTPUTS}}.items():
            rows.setdefault(name, []).append(value[0])
    final = {f"n_{k}": state[f"s_{k}"][0] for k in STATE}
    return {**{k: np.stack(v).astype(np.float32) for k, v in rows.items()}, **final}


@torch.no_grad()
def parity(model: Flavorformer, rows: dict[str, np.ndarray]) -> float:
    """Largest difference between PyTorch and ONNX Runtime over the golden steps' outputs and the final state, relative to 1 + |value|."""

    def apart(value: torch.Tensor, wanted: np.ndarray) -> float:
        return float((np.abs(value[0].numpy() - wanted) / (1 + np.abs(wanted))).max())

    _, state = model.eval().blank(1)
    found = []
    for step in range(GOLDEN_STEPS):
        out = model({k: torch.from_numpy(rows[k][step : step + 1]) for k in INPUTS}, state)
        state = dict(zip(STATE, out[len(OUTPUTS) :], strict=True))
        found += [apart(value, rows[name][step]) for name, value in zip(OUTPUTS, out, strict=False)]
    # Not Python's own, which loses a NaN.
    return float(np.max([*found, *(apart(state[name], rows[f"n_{name}"]) for name in STATE)]))


def hold(model: Flavorformer, folder: Path, mend: str) -> None:
    """Raises SystemExit, with how to mend it, where a model says something else than the golden steps of the edition in a folder."""
    apart = parity(model, load_file(folder / "base.golden.safetensors"))
    if not apart <= PARITY:  # not "greater", which NaN is not
        raise SystemExit(f"the model and the edition in {folder} differ by {apart:.1e} of 1 + |value|, at most {PARITY:.0e} is allowed: {mend}")


def calibrated(path: Path, checkpoint: Path) -> dict:
    """What calibrate wrote; refuses factors of another checkpoint, which say nothing of this one."""
    found = json.loads(path.read_text())
    if found["checkpoint_sha256"] != sha256(checkpoint):
        raise SystemExit(f"{path} calibrates the export of another checkpoint than {checkpoint}: calibrate this one")
    return found


def write(model: Flavorformer, folder: Path, saved: dict, made_of: dict[str, str | None], cues: dict | None = None) -> None:
    """Writes base.onnx, base.golden.safetensors and base.json; refuses a file that says something else than PyTorch.

    saved: the checkpoint; made_of: the hashes of what the file was made of, for the card; cues: as calibrate chose them.
    """
    path = folder / "base.onnx"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    feature_id, data = saved["feature_id"], saved["data"]
    metadata = {"contract": CONTRACT, "feature_id": feature_id, "edition": "base", "name": "Flavorformer", "trained_on": data, "created": today}
    folder.mkdir(parents=True, exist_ok=True)
    export(model, path, metadata)
    rows = golden(path)
    save_file(rows, folder / "base.golden.safetensors")
    apart = parity(model, rows)
    if not apart <= PARITY:  # not "greater", which NaN is not
        raise SystemExit(f"ONNX Runtime and PyTorch differ by {apart:.1e} of 1 + |value|; at most {PARITY:.0e} is allowed")
    card = {
        "name": "Flavorformer",
        "edition": "base",
        "sha256": sha256(path),
        **made_of,
        "contract": CONTRACT,
        "feature_id": feature_id,
        "created": today,
        "parameters": sum(p.numel() for p in model.parameters()),
        "trained_on": data,
        "score": "technique score, 0-100, by the preference of one invented family; what a real family tastes no input tells, salt and aroma least of all",
        "quantiles": LEVELS,
        "spread": model.heads.spread.tolist(),
        "cues": {name: row["on"] for name, row in (cues or {}).items()},
        "cues_what": "chance from which each cue is to fire, chosen on the calibration cooks; the daemon's own are in crates/core/src/cue/rule.rs",
        "limits": "All figures are of simulated cooks, whose labels are the simulator's own: they show that the software is consistent, not that it tastes.",
        "parity": apart,
        "parity_what": PARITY_WHAT,
        "constants": saved.get("constants"),
        "training": {"minutes": saved.get("minutes")},
    }
    (folder / "base.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("checkpoint", type=Path, help="written by train")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[3] / "deploy" / "models")
    parser.add_argument("--spread", type=Path, help="written by calibrate: how much wider each quantile must lie")


def run(args: argparse.Namespace) -> None:
    """Writes base.onnx, base.golden.safetensors and base.json."""
    saved = torch.load(args.checkpoint, weights_only=True)
    model = Flavorformer()
    model.load_state_dict(saved["model"])
    cues = None
    made_of: dict[str, str | None] = {"checkpoint_sha256": sha256(args.checkpoint), "uncalibrated_sha256": None}
    if args.spread:
        found = calibrated(args.spread, args.checkpoint)
        model.heads.spread.copy_(torch.tensor(found["spread"]))
        made_of["uncalibrated_sha256"], cues = found["model_sha256"], found["cues"]
    write(model, args.out, saved, made_of, cues)
