"""The encoder of what was measured as numbers."""

from torch import Tensor, nn

from . import WIDTH


class MeasuredEncoder(nn.Module):
    """The measured numbers and auxiliary readings, each with its mask. [N, D] → [N, 96]."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(numbers, 48), nn.Tanh()
        self.out, self.plain = nn.Linear(48, WIDTH), nn.Linear(numbers, WIDTH, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # The plain way beside the bounded one: a few kelvin out of hundreds decide when a cue is due.
        return self.out(self.act(self.hidden(x))) + self.plain(x)
