"""Times the exported step on ONNX Runtime, one CPU thread, alone and for 64 stations; a JSON file that report takes as --more."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

from .wokd import ROOT

STEPS = {1: 1000, 64: 100}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--models", type=Path, default=ROOT / "deploy" / "models", help="the folder of base.onnx and base.json")
    parser.add_argument("--out", type=Path, required=True)


def inputs(session: ort.InferenceSession, batch: int) -> dict[str, np.ndarray]:
    """Noise for every input and state, in the middle of a cook."""
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    rng = np.random.default_rng(1)
    x = {i.name: rng.random((batch, *i.shape[1:])).astype(types[i.type]) for i in session.get_inputs()}
    x["reset"][:], x["bypass"][:], x["hops"][:] = 0, 0, 1
    return x


def median_ms(session: ort.InferenceSession, batch: int) -> float:
    """Median time of a step with its state carried on, ms: ONNX Runtime's own, as what Python adds to a call no daemon pays."""
    x = inputs(session, batch)
    given = {name: ort.OrtValue.ortvalue_from_numpy(value) for name, value in x.items()}
    # Two states that are read and written by turns, so that nothing but steps happens between steps.
    there, back = ({name: ort.OrtValue.ortvalue_from_numpy(x[name]) for name in x if name.startswith("s_")} for _ in range(2))
    bindings = [bound(session, given, old, new) for old, new in ((there, back), (back, there))]
    times = []
    for step in range(STEPS[batch] + 20):
        start = time.perf_counter()
        session.run_with_iobinding(bindings[step % 2])
        times.append(time.perf_counter() - start)
    return float(np.median(times[20:]) * 1e3)


def bound(session: ort.InferenceSession, given: dict[str, ort.OrtValue], old: dict[str, ort.OrtValue], new: dict[str, ort.OrtValue]) -> ort.IOBinding:
    """A step that reads the inputs `given` and the state `old` and writes the state `new`."""
    binding = session.io_binding()
    for name, value in (given | old).items():
        binding.bind_ortvalue_input(name, value)
    for name in (o.name for o in session.get_outputs()):
        if name.startswith("n_"):
            binding.bind_ortvalue_output(name, new["s_" + name[2:]])
        else:
            binding.bind_output(name)
    return binding


def run(args: argparse.Namespace) -> None:
    """Writes the figures."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = args.models / "base.onnx"
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    card = json.loads((args.models / "base.json").read_text())
    runtime = {
        "step_ms": median_ms(session, 1),
        "station_ms": median_ms(session, 64) / 64,
        "parity": card["parity"],
        "file_mb": model.stat().st_size / 1e6,
        "model_sha256": card["sha256"],
    }
    more = {"runtime": runtime} | ({"training": card["training"]} if card.get("training", {}).get("minutes") else {})
    args.out.write_text(json.dumps(more, indent=2) + "\n")
    print(json.dumps(more, indent=2))
