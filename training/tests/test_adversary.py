"""On a toy linear model, attacks move the score the right way, as far as theory says, and never beyond their reach."""

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.perturb import Reach, fgsm, pgd  # noqa: E402

SHAPES = {"thermal": (3, 24, 32), "eeg_new": (8, 50), "mel_new": (64, 20)}
# An input unit in °C, µV and dB.
PER_UNIT = {"thermal": 100.0, "eeg_new": 50.0, "mel_new": 3.5 * 10 / 2.302585}
REACH = Reach(thermal_c=2.0, eeg_uv=4.0, mel_db=1.5)
LIMIT = {"thermal": 2.0, "eeg_new": 4.0, "mel_new": 1.5}


def kitchen(rows: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = {k: torch.randn(2, rows, *shape, generator=generator) for k, shape in SHAPES.items()}
    x["thermal"] = 1.5 + 0.1 * x["thermal"]
    x["thermal"][:, :, 1] = 0.1
    x["thermal"][:, :, 2] = x["thermal"][:, :, 0] + 0.2
    return x | {"quality": torch.ones(2, rows, 4), "eeg_mask": torch.ones(2, rows, 8), "heat": torch.ones(2, rows, 2)}


class Toy(torch.nn.Module):
    """A score that is linear in every input."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.weights = torch.nn.ParameterDict({k: torch.nn.Parameter(torch.randn(shape)) for k, shape in SHAPES.items()})

    def forward(self, x: dict[str, torch.Tensor]) -> torch.Tensor:
        return sum((x[k] * w).flatten(2).sum(-1) for k, w in self.weights.items())


def moved(x: dict[str, torch.Tensor], y: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    """Change in °C, µV or dB."""
    return (y[name].double() - x[name].double()) * PER_UNIT[name]


@pytest.mark.parametrize("attack", [fgsm, pgd])
@pytest.mark.parametrize("up", [True, False])
def test_the_score_moves_as_far_as_a_linear_one_can(attack, up: bool) -> None:
    toy, x = Toy(), kitchen()
    y = attack(toy, x, REACH, up)
    gain = (toy(y) - toy(x)).detach() * (1 if up else -1)
    most = sum(float(w.detach().abs().sum()) * LIMIT[k] / PER_UNIT[k] for k, w in toy.weights.items())
    torch.testing.assert_close(gain, torch.full_like(gain, most), rtol=2e-3, atol=0)
    for name in SHAPES:
        assert float(moved(x, y, name).abs().max()) == pytest.approx(LIMIT[name], rel=1e-3), name
    assert y["heat"] is not None and torch.equal(y["heat"], x["heat"])
    assert all(p.grad is None for p in toy.parameters())
    assert not any(v.requires_grad for v in y.values())


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_nothing_goes_beyond_its_reach_in_a_crooked_model(attack) -> None:
    toy, x = Toy(), kitchen()
    y = attack(lambda v: torch.sin(3 * toy(v)) * 50, x, REACH)
    for name in SHAPES:
        assert float(moved(x, y, name).abs().max()) <= LIMIT[name] * (1 + 1e-4), name


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_what_is_masked_is_not_touched(attack) -> None:
    toy, x = Toy(), kitchen()
    x["quality"][0, :, 0] = 0
    x["quality"][1, :, 2] = 0
    x["quality"][0, 1, 1] = 0
    x["eeg_mask"][1, :, 3] = 0
    x["mel_new"][1, 2, :, 5] = 0
    y = attack(toy, x, REACH)
    for name, where in (("eeg_new", (0,)), ("thermal", (1,)), ("mel_new", (0, 1)), ("eeg_new", (1, slice(None), 3)), ("mel_new", (1, 2, slice(None), 5))):
        assert torch.equal(y[name][where], x[name][where]), (name, where)
    for name, where in (("eeg_new", (1, 0, 2)), ("thermal", (0,)), ("mel_new", (0, 0)), ("mel_new", (1, 2, slice(None), 4))):
        assert not torch.equal(y[name][where], x[name][where]), (name, where)


def test_a_reach_of_nothing_leaves_an_input_alone() -> None:
    toy, x = Toy(), kitchen()
    y = pgd(toy, x, Reach(thermal_c=0, eeg_uv=0, mel_db=1))
    assert torch.equal(y["thermal"], x["thermal"]) and torch.equal(y["eeg_new"], x["eeg_new"])
    assert not torch.equal(y["mel_new"], x["mel_new"])
    alone = pgd(toy, x, Reach(0, 0, 0))
    assert all(torch.equal(alone[k], x[k]) for k in x)


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_it_stays_what_a_sensor_could_give(attack) -> None:
    toy, x = Toy(), kitchen()
    x["eeg_new"] = x["eeg_new"] * 10
    x["eeg_new"].clamp_(-10, 10)
    x["thermal"][:, :, 1] = 0.001
    x["thermal"][:, :, 2] = x["thermal"][:, :, 0]
    y = attack(toy, x, REACH)
    assert float(y["eeg_new"].abs().max()) <= 10
    assert float(y["thermal"][:, :, 1].min()) >= 0
    assert bool((y["thermal"][:, :, 2] >= y["thermal"][:, :, 0]).all())
    assert float(moved(x, y, "thermal").abs().max()) <= 2.0 * (1 + 1e-4)


def test_many_steps_beat_one_where_the_score_bends() -> None:
    toy, x = Toy(), kitchen(1)
    target = toy(pgd(toy, x, Reach(1.0, 2.0, 0.5))).detach()

    def bent(v: dict[str, torch.Tensor]) -> torch.Tensor:
        return -(toy(v) - target).square()

    one, many = (float(bent(y).detach().sum()) for y in (fgsm(bent, x, REACH), pgd(bent, x, REACH, generator=torch.Generator().manual_seed(0))))
    assert many > one
    with pytest.raises(ValueError):
        pgd(toy, x, steps=0)


def test_a_seed_decides_and_no_grad_does_not_matter() -> None:
    toy, x = Toy(), kitchen(1)

    def waved(v: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.sin(toy(v))

    with torch.no_grad():
        first, again, other = (pgd(waved, x, REACH, steps=3, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first["mel_new"], again["mel_new"])
    assert not torch.equal(first["mel_new"], other["mel_new"])
