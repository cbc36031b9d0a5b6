"""When hands are needed."""

from torch import Tensor, nn

from ..latents import CUES
from .dropout import Dropout
from .wok_lu import WokLU

HIDDEN = 192


class Cues(nn.Module):
    """The chance that each cue is due and how late it is, from a hidden layer of their own.

    What brings a cue on differs from dish to dish, and one layer for all that the heads say had no room for it: behind the same
    frozen rest, a layer of its own had a hazard loss on validation cooks that was a fifth less (design choice).

    Shapes: x [N, D], heat [N, 1] → chances [N, 3] in 0–1, lateness [N, 3] as `latents.lateness`.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(features, HIDDEN), WokLU(HIDDEN)
        self.drop = Dropout(0.1)
        self.hazard, self.late = nn.Linear(HIDDEN, CUES), nn.Linear(HIDDEN, CUES)
        nn.init.constant_(self.hazard.bias, -4.0)

    def forward(self, x: Tensor, heat: Tensor) -> tuple[Tensor, Tensor]:
        x = self.drop(self.act(self.hidden(x), heat))
        return self.hazard(x).sigmoid(), self.late(x)
