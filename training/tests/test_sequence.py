"""Stepped equals full sequence; needs PyTorch."""

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer import INPUTS, OUTPUTS, STATE, Flavorformer  # noqa: E402
from flavorformer.encoders import EEG_TAIL, MEL_TAIL  # noqa: E402


def test_seconds_stepped_equal_the_sequence() -> None:
    torch.manual_seed(1)
    model = Flavorformer().eval()
    seconds = 70
    x = {k: torch.randn(1, seconds, *shape) for k, shape in INPUTS.items() if k not in ("hops", "reset")}
    x["quality"] = torch.rand(1, seconds, 4)
    x["heat"], x["dose"] = x["heat"].abs(), x["dose"].abs()
    x["bypass"] = torch.zeros(1, seconds, 1)
    x["recipe"] = x["recipe"][:, :1].expand(1, seconds, 24)
    before = torch.nn.functional.pad(x["eeg_new"], (0, 0, 0, 0, 1, 0))[:, :-1], torch.nn.functional.pad(x["mel_new"], (0, 0, 0, 0, 1, 0))[:, :-1]
    tails = {"eeg_tail": before[0][..., -EEG_TAIL:], "mel_tail": before[1][..., -MEL_TAIL:]}
    with torch.no_grad():
        whole = model.sequence({**x, **tails})
        _, state = model.blank(1)
        for t in range(seconds):
            hop = {k: v[:, t] for k, v in x.items()} | {"hops": torch.full((1, 1), 5.0), "reset": torch.zeros(1, 1)}
            *out, = model(hop, state)
            state = dict(zip(STATE, out[len(OUTPUTS) :], strict=True))
            for name, value in zip(OUTPUTS, out, strict=False):
                if name in whole:
                    torch.testing.assert_close(value, whole[name][:, t], atol=1e-3, rtol=1e-4, msg=f"{name} at {t} s")
