"""Learned doses: what a cook has taken in so far, as the Maillard dose and the cook value are."""

import torch
from torch import Tensor, nn

DOSES = 32
FLOOR, TOP = -10.0, 6.0


class Doses(nn.Module):
    """D_k = ∫ exp(u_k) dt with learned log rates u_k = w_k·x + b_k; the heads see ln(D_k + 0.1)/3.

    The Maillard dose ∫ g·exp(−Ea/R·(1/T − 1/T₀)) dt and the cook value ∫ 10^((T − T_ref)/z) dt are of this form
    (van Boekel 2001; Deng's pork maturity value): a recurrent cell, whose output is bounded, cannot add them up over an hour,
    a sum can, and its logarithm keeps their range. The same D holds for plain times: a rate of 1 while something lasts.

    Shapes: x [..., D] → log rates [..., 32]; doses [..., 32] ≥ 0 (s) → what is seen of them [..., 32].
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.rates = nn.Linear(inputs, DOSES)
        nn.init.constant_(self.rates.bias, -3.0)

    def rate(self, x: Tensor) -> Tensor:
        """Taken in a second."""
        return torch.exp(self.rates(x).clamp(FLOOR, TOP))

    @staticmethod
    def seen(doses: Tensor) -> Tensor:
        return torch.log(doses + 0.1) / 3
