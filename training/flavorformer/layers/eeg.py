"""The headset's encoder."""

import torch
from torch import Tensor, nn

from . import WIDTH
from .wok_lu import WokLU


class EegEncoder(nn.Module):
    """A montage layer (channels mixed linearly), a temporal convolution, and ln(mean square + 1e-3) of each of its filters, then linear.

    [N, 8, 64], mask [N, 8], heat [N, 1] → [N, 96]. Source: spatial, then temporal filters, then log power, as in the shallow ConvNet
    of Schirrmeister et al. 2017.
    """

    def __init__(self) -> None:
        super().__init__()
        self.montage = nn.Linear(8, 8, bias=False)
        self.c1, self.a1 = nn.Conv1d(8, 16, 15, 5), WokLU(16)
        self.out = nn.Linear(16, WIDTH)

    def forward(self, x: Tensor, mask: Tensor, heat: Tensor) -> Tensor:
        x = self.montage.weight @ (x * mask.unsqueeze(-1))
        x = self.a1(self.c1(x), heat)
        return self.out(torch.log(x.square().mean(-1) + 1e-3))
