"""Plain numbers of a hop whose means and maxima over the whole cook the model keeps (design choice)."""

import torch
from torch import Tensor

from .shards import MEL_TAIL

# Edges of four bands of log-mel: roar and boiling, bubbles, sizzle, hiss.
BANDS = ((0, 16), (16, 32), (32, 48), (48, 64))
# wall, toss, dose, four bands, SD and middle and rim of the picture.
COUNT = 10
# Those of them that are also seen relative to their mean so far: a microphone's gain is unknown, its changes are not.
RELATIVE = slice(3, 7)


def _bank() -> Tensor:
    """The mean over each band as a matrix: [64, 4]."""
    bank = torch.zeros(64, len(BANDS))
    for i, (a, b) in enumerate(BANDS):
        bank[a:b, i] = 1 / (b - a)
    return bank


def _windows() -> Tensor:
    """What `pictured` takes of a picture as a matrix: [3·24·32, 3]."""
    windows = torch.zeros(3, 24, 32, 3)
    windows[1, :, :, 0] = 10 / (24 * 32)
    windows[0, 8:16, 11:21, 1] = 1 / 80
    windows[0, 4:7, 8:24, 2] = windows[0, 17:20, 8:24, 2] = 1 / 96
    return windows.flatten(0, 2)


# Products with matrices, as a step of one cook costs more by its number of operations than by their size.
_BANK, _WINDOWS = _bank(), _windows()


def pictured(thermal: Tensor) -> Tensor:
    """Mean SD (×10), mean of the middle and of the rim (°C / 100) of pictures [..., 3, 24, 32] → [..., 3]."""
    return thermal.flatten(-3) @ _WINDOWS.to(thermal.device)


def heard(mel: Tensor) -> Tensor:
    """Mean of each band of log-mel [..., 64, 24], its context left out → [..., 4]."""
    return mel[..., MEL_TAIL:].mean(-1) @ _BANK.to(mel.device)


def statistics(x: dict[str, Tensor], mel: Tensor) -> Tensor:
    """The numbers of a hop whose masked inputs are voided: [N, COUNT]."""
    return joined(x, heard(mel), pictured(x["thermal"]))


def joined(x: dict[str, Tensor], heard: Tensor, pictured: Tensor) -> Tensor:
    """The same from bands [..., 4] and pictures' numbers [..., 3] that were made before."""
    q = x["quality"]
    return torch.cat([x["heat"], x["dose"] / 5, heard * (q[..., 1:2] > 0), pictured * (q[..., 2:3] > 0)], -1)
