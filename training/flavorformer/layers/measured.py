"""The encoder of what was measured as numbers."""

from torch import Tensor, nn

from . import WIDTH


class MeasuredEncoder(nn.Module):
    """The measured numbers and auxiliary readings, each with its mask: y = W₂·tanh(W₁·x + b₁) + b₂ + W₃·x.

    Shapes: x [N, D] → [N, 96]. Source: one hidden layer of a perceptron (Rumelhart, Hinton & Williams 1986) beside a linear way, as in the
    residual layers of He et al. 2016; 48 hidden numbers are a design choice.
    """

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.hidden, self.act = nn.Linear(numbers, 48), nn.Tanh()
        self.out, self.plain = nn.Linear(48, WIDTH), nn.Linear(numbers, WIDTH, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # The plain way beside the bounded one: a few kelvin out of hundreds decide when a cue is due.
        return self.out(self.act(self.hidden(x))) + self.plain(x)
