"""Folds are orthogonal, of the right parity, apart by gate, and the same for the same seed."""

import math
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")
sys.path.insert(0, str(Path(__file__).parents[1]))

from flavorformer.ablations.dumpling_fold import dumpling_fold_, fold_model_  # noqa: E402


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def is_orthogonal(w: torch.Tensor) -> bool:
    w = w.reshape(w.shape[0], -1).double()
    w = w if w.shape[0] >= w.shape[1] else w.T
    return bool((w.T @ w - torch.eye(w.shape[1], dtype=torch.float64)).abs().max() < 1e-5)


@pytest.mark.parametrize("shape", [(96, 96), (96, 24), (5, 96), (16, 3, 3, 3), (8, 40, 1), (32, 64, 5), (64, 1, 3), (1, 1)])
@pytest.mark.parametrize("folds", [0, 1, 4, 7])
def test_columns_or_rows_are_orthonormal(shape: tuple[int, ...], folds: int) -> None:
    assert is_orthogonal(dumpling_fold_(torch.empty(shape), folds, seeded()))


@pytest.mark.parametrize("size", [1, 2, 9, 64])
@pytest.mark.parametrize("folds", [0, 1, 2, 5, 8])
def test_each_fold_turns_the_determinant(size: int, folds: int) -> None:
    w = dumpling_fold_(torch.empty(size, size, dtype=torch.float64), folds, seeded())
    assert float(torch.linalg.det(w)) == pytest.approx((-1) ** folds, abs=1e-9)


def test_one_fold_is_a_reflection() -> None:
    w = dumpling_fold_(torch.empty(20, 20, dtype=torch.float64), 1, seeded())
    torch.testing.assert_close(w @ w, torch.eye(20, dtype=torch.float64))
    torch.testing.assert_close(w, w.T)
    assert float(torch.trace(w)) == pytest.approx(18.0)


def test_folds_leave_as_much_of_the_identity_as_stated() -> None:
    n = 64
    for folds in (8, n):
        kept = torch.stack([torch.trace(dumpling_fold_(torch.empty(n, n), folds, seeded(s))) / n for s in range(20)])
        assert float(kept.mean()) == pytest.approx((1 - 2 / n) ** folds, abs=0.03)
    assert (1 - 2 / n) ** n == pytest.approx(math.exp(-2), abs=0.01)


def test_a_seed_decides() -> None:
    first, again, other = (dumpling_fold_(torch.empty(12, 7), 3, seeded(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_gates_are_folded_apart() -> None:
    w = dumpling_fold_(torch.empty(4 * 12, 12), 5, seeded(), gates=4)
    blocks = w.chunk(4)
    for i, block in enumerate(blocks):
        assert is_orthogonal(block)
        assert float(torch.linalg.det(block)) == pytest.approx(-1, abs=1e-4)
        assert not any(torch.allclose(block, other) for other in blocks[:i])


class Dish(torch.nn.Module):
    def __init__(self, extra: bool = False) -> None:
        super().__init__()
        if extra:
            self.garnish = torch.nn.Linear(4, 4)
        self.conv = torch.nn.Conv2d(3, 8, 3)
        self.lstm = torch.nn.LSTM(8, 6, proj_size=3)
        self.norm = torch.nn.LayerNorm(6)
        self.out, self.twin = torch.nn.Linear(6, 5), torch.nn.Linear(6, 5)
        self.table = torch.nn.Parameter(torch.full((3, 3), 7.0))


def test_every_weight_of_a_model_is_folded_and_nothing_else() -> None:
    torch.manual_seed(0)
    model = Dish()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    names = fold_model_(model, 3, seed=5)
    assert names == ["conv.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.weight_hr_l0", "out.weight", "twin.weight"]
    after = model.state_dict()
    for name, value in after.items():
        assert torch.equal(value, before[name]) is (name not in names), name
    for name in ("conv.weight", "lstm.weight_hr_l0", "out.weight"):
        assert is_orthogonal(after[name]), name
    for name in ("lstm.weight_ih_l0", "lstm.weight_hh_l0"):
        assert all(is_orthogonal(gate) for gate in after[name].chunk(4)), name


def test_a_layer_more_changes_no_other() -> None:
    plain, more = Dish(), Dish(extra=True)
    names = fold_model_(plain, 3, seed=5)
    fold_model_(more, 3, seed=5)
    assert not torch.allclose(plain.out.weight, plain.twin.weight)
    assert all(torch.equal(plain.state_dict()[name], more.state_dict()[name]) for name in names)
    fold_model_(more, 3, seed=6)
    assert not any(torch.equal(plain.state_dict()[name], more.state_dict()[name]) for name in names)


def test_what_is_skipped_stays() -> None:
    model = Dish()
    before = model.out.weight.clone()
    assert "out.weight" not in fold_model_(model, 3, skip={"out.weight"})
    assert torch.equal(model.out.weight, before)


def test_it_learns_from_a_folded_start() -> None:
    weight = torch.nn.Parameter(torch.empty(4, 4))
    assert dumpling_fold_(weight, 2, seeded()) is weight
    assert weight.requires_grad and weight.grad_fn is None


@pytest.mark.parametrize(("shape", "folds", "gates"), [((5,), 1, 1), ((4, 4), -1, 1), ((5, 4), 1, 4)])
def test_nonsense_is_refused(shape: tuple[int, ...], folds: int, gates: int) -> None:
    with pytest.raises(ValueError):
        dumpling_fold_(torch.empty(shape), folds, seeded(), gates)
