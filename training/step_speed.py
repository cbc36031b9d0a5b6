"""Times a step of the shipped model through ONNX Runtime's own Python package: what the daemon's step is measured beside."""

import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

MODEL = Path(__file__).parent.parent / "deploy" / "models" / "base.onnx"
STEPS = 2000


def main() -> None:
    """Prints the median as a JSON line."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    rng = np.random.default_rng(1)
    x = {i.name: rng.random((1, *i.shape[1:])).astype(types[i.type]) for i in session.get_inputs()}
    x["reset"][:], x["bypass"][:], x["hops"][:] = 0, 0, 1
    states = [name for name in x if name.startswith("s_")]
    names = [o.name for o in session.get_outputs()]
    times = []
    for _ in range(STEPS + 50):
        start = time.perf_counter()
        out = dict(zip(names, session.run(names, x), strict=True))
        times.append(time.perf_counter() - start)
        for name in states:
            x[name] = out["n_" + name[2:]]
    value = float(np.median(times[50:])) * 1000
    print(json.dumps({"name": "model_step_p50", "value": value, "unit": "ms"}))


if __name__ == "__main__":
    main()
