"""Dumpling fold: orthogonal initialisation, folded from reflections as a wrapper is folded around its filling."""

import zlib
from collections.abc import Collection

import torch
from torch import Tensor, nn

# Blocks stacked in a weight of these layers (PyTorch's documentation of each), and the names of the weights that stack them.
GATES = {nn.LSTM: 4, nn.LSTMCell: 4, nn.GRU: 3, nn.GRUCell: 3, nn.MultiheadAttention: 3}
GATED = ("weight_ih", "weight_hh", "in_proj_weight")


def _fold(rows: int, columns: int, folds: int, generator: torch.Generator) -> Tensor:
    """A folded (semi-)orthogonal matrix [rows, columns] in float64."""
    tall = rows >= columns
    shape = (rows, columns) if tall else (columns, rows)
    if rows == columns:
        q = torch.eye(rows, dtype=torch.float64)
    else:
        q, r = torch.linalg.qr(torch.randn(shape, dtype=torch.float64, generator=generator))
        # The signs of R's diagonal make Q uniform over all such matrices (Mezzadri 2007).
        q = q * torch.sign(torch.diagonal(r))
    for _ in range(folds):
        v = torch.randn(shape[0], dtype=torch.float64, generator=generator)
        v = v / v.norm()
        q = q - 2 * torch.outer(v, v @ q)
    return q if tall else q.T


@torch.no_grad()
def dumpling_fold_(tensor: Tensor, folds: int, generator: torch.Generator | None = None, gates: int = 1) -> Tensor:
    """Fills a weight with W = H_k…H₁·W₀ in place: k = `folds` random Householder reflections H = I − 2vvᵀ, |v| = 1.

    Each fold is along the longer side, so that WᵀW = I (rows ≥ columns) or WWᵀ = I stays. W₀ is the identity
    for a square block, and uniformly drawn semi-orthogonal else (an identity would hear only its first inputs).
    A square block's determinant is (−1)^k. As E[H] = (1 − 2/n)·I for v uniform on the sphere, a square block of
    n keeps on average (1 − 2/n)^k of the identity: few folds pass their input nearly as it is, k = n leaves e⁻²
    of it. In a block that is not square the folds change nothing in distribution, as W₀ is uniform already.

    Shapes: tensor [O, I, …] is read as O × (I·…); its first axis is cut into `gates` blocks of equal height, each
    folded apart (4 for an LSTM, whose gates share no outputs). A generator on the CPU gives the same on every device.

    Source: reflections of Householder 1958; orthogonal starts of Saxe et al. 2014, an identity for the recurrence
    of Le et al. 2015; the fold is a design choice of this project.
    """
    if tensor.dim() < 2:
        raise ValueError(f"a tensor of {tensor.dim()} dimensions has no sides to fold")
    if folds < 0:
        raise ValueError(f"{folds} folds")
    if gates < 1 or tensor.shape[0] % gates:
        raise ValueError(f"{tensor.shape[0]} rows do not part into {gates} gates")
    generator = generator or torch.default_generator
    columns = tensor[0].numel()
    blocks = [_fold(tensor.shape[0] // gates, columns, folds, generator) for _ in range(gates)]
    return tensor.copy_(torch.cat(blocks).reshape(tensor.shape))


def fold_model_(model: nn.Module, folds: int = 8, seed: int = 0, skip: Collection[str] = ()) -> list[str]:
    """Folds every weight (a parameter with "weight" in its name) of two or more dimensions but those named in `skip`; gives their names.

    Rows have a norm of 1 where PyTorch's default gives about 0.58: a readout that should start small belongs in `skip`.

    Biases, gains and other parameters stay as they are. Each weight draws from a stream of its own, seeded by
    `seed` and its name, so that a layer more or less changes no other layer's start: what paired ablations need.
    """
    names = []
    for path, module in model.named_modules():
        for own, parameter in module.named_parameters(recurse=False):
            if "weight" not in own or parameter.dim() < 2:
                continue
            name = f"{path}.{own}" if path else own
            if name in skip:
                continue
            kinds = [gates for kind, gates in GATES.items() if isinstance(module, kind)]
            gates = kinds[0] if kinds and own.startswith(GATED) else 1
            generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}:{name}".encode()))
            dumpling_fold_(parameter, folds, generator, gates)
            names.append(name)
    return names
