"""What is timed are steps that carry their state on, as the daemon's do."""

import numpy as np
import onnxruntime as ort

from flavorformer.commands.runtime import bound, inputs
from flavorformer.commands.wokd import ROOT


def test_steps_between_two_states_say_what_steps_one_after_another_say() -> None:
    session = ort.InferenceSession(ROOT / "deploy" / "models" / "base.onnx", providers=["CPUExecutionProvider"])
    names, x = [o.name for o in session.get_outputs()], inputs(session, 2)
    given = {name: ort.OrtValue.ortvalue_from_numpy(value) for name, value in x.items()}
    states = [{name: ort.OrtValue.ortvalue_from_numpy(value.copy()) for name, value in x.items() if name.startswith("s_")} for _ in range(2)]
    bindings = [bound(session, given, *pair) for pair in (states, states[::-1])]
    for step in range(3):
        wanted = dict(zip(names, session.run(names, x), strict=True))
        x |= {name: wanted["n_" + name[2:]] for name in x if name.startswith("s_")}
        session.run_with_iobinding(bindings[step % 2])
        for name, value in zip(names, bindings[step % 2].get_outputs(), strict=True):
            np.testing.assert_array_equal(value.numpy(), wanted[name], err_msg=name)
