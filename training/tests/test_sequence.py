"""Stepped equals full sequence; needs PyTorch."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

from flavorformer import INPUTS, OUTPUTS, STATE, Flavorformer  # noqa: E402
from flavorformer.shards import EEG_TAIL, MEL_TAIL  # noqa: E402
from flavorformer.statistics import statistics  # noqa: E402
from flavorformer.step import masked  # noqa: E402


def cook(seconds: int) -> dict[str, torch.Tensor]:
    """A cook of noise, one hop a second, with stretches in which a sensor is blind."""
    x = {k: torch.randn(1, seconds, *shape) for k, shape in INPUTS.items() if k not in ("hops", "reset")}
    x["quality"] = torch.rand(1, seconds, 4)
    x["quality"][:, 20:30, 2] = 0
    x["quality"][:, 40:50, 1] = 0
    x["quality"][:, :, 0] *= torch.rand(1, seconds) > 0.3
    x["thermal"] = 1.2 + 0.4 * x["thermal"]
    x["heat"], x["dose"] = x["heat"].abs(), x["dose"].abs()
    x["bypass"] = (torch.rand(1, seconds, 1) > 0.9).float()
    x["eeg_mask"], x["aux_mask"] = ((x[k] > 0).float() for k in ("eeg_mask", "aux_mask"))
    x["recipe"] = x["recipe"][:, :1].expand(1, seconds, 24)
    return x


@pytest.mark.parametrize("seconds", [70, 150])
def test_seconds_stepped_equal_the_sequence(seconds: int) -> None:
    torch.manual_seed(1)
    model = Flavorformer().eval()
    x = cook(seconds)
    flat = masked({k: v[0] for k, v in x.items()})
    before = {k: torch.nn.functional.pad(flat[k], (0, 0, 0, 0, 1, 0))[:-1] for k in ("eeg_new", "mel_new")}
    eeg = torch.cat([before["eeg_new"][..., -EEG_TAIL:], flat["eeg_new"]], -1)
    mel = torch.cat([before["mel_new"][..., -MEL_TAIL:], flat["mel_new"]], -1)
    with torch.no_grad():
        made = {"sensed": model.sensed(flat, eeg, mel), "statistics": statistics(flat, mel)}
        whole = model.sequence({k: v.unsqueeze(0) for k, v in {**flat, **made}.items()})
        _, state = model.blank(1)
        for t in range(seconds):
            hop = {k: v[:, t] for k, v in x.items()} | {"hops": torch.full((1, 1), 5.0), "reset": torch.zeros(1, 1)}
            out = model(hop, state)
            state = dict(zip(STATE, out[len(OUTPUTS) :], strict=True))
            for name, value in zip(OUTPUTS, out, strict=False):
                if name in whole:
                    torch.testing.assert_close(value, whole[name][:, t], atol=1e-4, rtol=1e-5, msg=f"{name} at {t} s")


def test_the_clock_of_an_hour_is_the_same_stepped_and_summed() -> None:
    torch.manual_seed(2)
    time, hops = Flavorformer().time, 18_000
    rate = time.rate(torch.rand(hops, 2) * 3, torch.rand(hops, 1) * 5) * 0.2
    rate = rate.detach()
    phase, lost = torch.zeros(8, dtype=torch.float64), torch.zeros(8)
    for step in rate:
        phase, lost = time.wrap(phase + step), lost + step.float()
    whole = time.wrap(torch.cumsum(rate, 0)[-1])
    torch.testing.assert_close(phase, whole, atol=1e-5, rtol=0)
    # In float32 it would be lost: that is why the state is float64.
    assert (time.wrap(lost.double()) - whole).abs().max() > 1e-4


def test_a_change_is_heard_hop_by_hop_and_not_only_with_the_next_second() -> None:
    torch.manual_seed(4)
    model = Flavorformer().eval()
    inputs, state = model.blank(1)
    hop = inputs | {"quality": torch.ones(1, 4), "hops": torch.ones(1, 1)}
    before = hop | {"heat": torch.tensor([[2.0, 1.0]])}
    after = hop | {"heat": torch.tensor([[1.0, 0.0]]), "mel_new": torch.ones(1, 64, 20)}
    said = []
    with torch.no_grad():
        for t in range(40):
            out = model(before if t < 20 else after, state)
            state = dict(zip(STATE, out[len(OUTPUTS) :], strict=True))
            said.append(dict(zip(OUTPUTS, out, strict=False))["phase"])
    moved = [float((phase - said[19]).abs().sum()) for phase in said[20:25]]
    assert moved == sorted(moved)
    # A whole second of it is in them by its end; of one hop its share at most, as one may be noise, and of three a good part.
    assert moved[0] < 0.2 * moved[4]
    assert moved[2] > 0.25 * moved[4]


def test_readings_that_nothing_has_taught_move_nothing() -> None:
    torch.manual_seed(3)
    model = Flavorformer().eval()
    x, state = model.blank(1)
    x["quality"], x["hops"] = torch.ones_like(x["quality"]), torch.ones_like(x["hops"])
    read = x | {"aux": torch.ones_like(x["aux"]), "aux_mask": torch.ones_like(x["aux_mask"])}
    # Each by itself: two rows of a batch may be summed in another order.
    with torch.no_grad():
        for without, with_it in zip(model(x, state), model(read, state), strict=True):
            torch.testing.assert_close(without, with_it, atol=0, rtol=0)
