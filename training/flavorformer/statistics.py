"""Plain numbers of a hop whose means and maxima over the whole cook the model keeps."""

import torch
from torch import Tensor

from .shards import MEL_TAIL

# Edges of four bands of log-mel: roar and boiling, bubbles, sizzle, hiss.
BANDS = ((0, 16), (16, 32), (32, 48), (48, 64))
# wall, toss, dose, four bands, SD and middle and rim of the picture.
COUNT = 10
# Those of them that are also seen relative to their mean so far: a microphone's gain is unknown, its changes are not.
RELATIVE = [3, 4, 5, 6]


def pictured(thermal: Tensor) -> Tensor:
    """Mean SD (×10), mean of the middle and of the rim (°C / 100) of pictures [..., 3, 24, 32] → [..., 3]."""
    mean = thermal[..., 0, :, :]
    middle = mean[..., 8:16, 11:21].mean((-1, -2))
    rim = torch.cat([mean[..., 4:7, 8:24], mean[..., 17:20, 8:24]], -2).mean((-1, -2))
    return torch.stack([thermal[..., 1, :, :].mean((-1, -2)) * 10, middle, rim], -1)


def heard(mel: Tensor) -> Tensor:
    """Mean of each band of log-mel [..., 64, 24], its context left out → [..., 4]."""
    new = mel[..., MEL_TAIL:]
    return torch.stack([new[..., a:b, :].mean((-1, -2)) for a, b in BANDS], -1)


def statistics(x: dict[str, Tensor], mel: Tensor) -> Tensor:
    """The numbers of a hop whose masked inputs are voided: [N, COUNT]."""
    return joined(x, heard(mel), pictured(x["thermal"]))


def joined(x: dict[str, Tensor], heard: Tensor, pictured: Tensor) -> Tensor:
    """The same from bands [..., 4] and pictures' numbers [..., 3] that were made before."""
    q = x["quality"]
    return torch.cat([x["heat"], x["dose"] / 5, heard * (q[..., 1:2] > 0), pictured * (q[..., 2:3] > 0)], -1)
