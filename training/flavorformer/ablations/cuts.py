"""What is done to a fresh model, in place: each cut takes one thing out and leaves the start of all others as it is."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from ..layers import WIDTH
from ..layers.doses import DOSES
from ..layers.heads import CAPSULES
from ..layers.memory_attention import MemoryAttention
from ..layers.wok_lu import WokLU
from ..step import Flavorformer
from .dumpling_fold import fold_model_

Cut = Callable[[Flavorformer], None]
# Weights that say something in its own scale and so start small, and capsules, whose first axis is no output: not to be folded.
UNFOLDED = ("heads.latent.", "heads.score.", "heads.phase.", "heads.cues.hazard.", "heads.cues.late.", "heads.embedding.", "heads.capsules.", "doses.")


def freeze(*parameters: nn.Parameter) -> None:
    """Keeps them at what they are: no gradient reaches them, and so no decay."""
    for parameter in parameters:
        parameter.requires_grad_(False)


def uncut(model: Flavorformer) -> None:
    """The whole model."""


class Swish(nn.Module):
    """x·σ(x) whatever the heat (Ramachandran et al. 2017). x [N, C, …], heat [N, 1] → [N, C, …]."""

    def forward(self, x: Tensor, heat: Tensor) -> Tensor:
        return fn.silu(x)


def swish(model: Flavorformer) -> None:
    """β = 1 in place of β₀ + β₁·heat."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, WokLU):
                setattr(module, name, Swish())


class Passed(nn.Module):
    """Tokens as they are, which is what the bypass does. x [N, M, C] → [N, M, C]."""

    def forward(self, x: Tensor, mask: Tensor, bypass: Tensor) -> Tensor:
        return x


class Layered(nn.Module):
    """Layer normalisation (Ba et al. 2016) of each token, with the bypass. x [N, M, C], mask [N, M], bypass [N, 1] → [N, M, C]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor, mask: Tensor, bypass: Tensor) -> Tensor:
        b = bypass.unsqueeze(-1)
        return b * x + (1 - b) * self.norm(x)


def unnormalised(model: Flavorformer) -> None:
    """Doubanjiang normalisation bypassed for good."""
    model.norm = Passed()


def layer_norm(model: Flavorformer) -> None:
    """Layer normalisation in place of Doubanjiang's groups, level and cross-modal term."""
    model.norm = Layered(WIDTH)


def own_modality(model: Flavorformer) -> None:
    """The cross-modal term stays at the 0 it starts from."""
    freeze(model.norm.cross)


def clock(model: Flavorformer) -> None:
    """Wok Temporal Embedding by the clock alone: what the wok adds to the rates is 0."""
    nn.init.zeros_(model.time.mix)
    freeze(*model.time.parameters())


class Unweighed(nn.Module):
    """Attention that knows whether a modality is there, not how good it is; shapes of ModalityAttention."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, tokens: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        return self.attention(tokens, (quality > 0).float())


def unweighed(model: Flavorformer) -> None:
    """A quality above 0 counts as 1; what is missing stays masked."""
    model.fuse = Unweighed(model.fuse)


class Steady(MemoryAttention):
    """Memory attention whose learned temperature is the same at every toss rate."""

    def tau(self, toss: Tensor) -> Tensor:
        return super().tau(torch.zeros_like(toss))


def steady(model: Flavorformer) -> None:
    """The attention's temperature does not follow the toss rate."""
    memory = Steady()
    memory.load_state_dict(model.memory.state_dict())
    model.memory = memory


class Forgetful(nn.Module):
    """No look back: zeros, and no share on the memory; shapes of MemoryAttention.sequence."""

    def sequence(self, query: Tensor, tokens: Tensor, toss: Tensor, slots: int) -> tuple[Tensor, Tensor]:
        """[B, T, 96] and [B, T, 1] of zeros."""
        return torch.zeros_like(query), torch.zeros_like(toss)


def forgetful(model: Flavorformer) -> None:
    """No memory attention."""
    model.memory = Forgetful()


class Still(nn.Module):
    """An LSTM that stays at h = 0. z [B, T, 96] → h [B, T, 96] and no state."""

    def forward(self, z: Tensor) -> tuple[Tensor, None]:
        return torch.zeros_like(z), None


def still(model: Flavorformer) -> None:
    """No LSTM; the memory is then asked the same question every second, and doses go by the second alone."""
    model.lstm = Still()


class Undosed(nn.Module):
    """Nothing is taken in. x [..., D] → zeros [..., 32], which are seen as zeros."""

    def rate(self, x: Tensor) -> Tensor:
        """Taken in a second."""
        return x.new_zeros(*x.shape[:-1], DOSES)

    def seen(self, doses: Tensor) -> Tensor:
        """What the heads see."""
        return doses


def undosed(model: Flavorformer) -> None:
    """No learned doses; the Maillard dose among the measured numbers stays."""
    model.doses = Undosed()


def unrouted(model: Flavorformer) -> None:
    """Capsules whose votes all count the same."""
    model.heads.capsules.routing = 0


class Plain(nn.Module):
    """Six sigmoids of a linear layer over what the capsules are cut from. x [N, ≥ inputs] → [N, 6] in 0–1."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 6)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.linear(x[:, : self.linear.in_features]))


def uncapsuled(model: Flavorformer) -> None:
    """A linear layer in place of the capsules; the lengths asked of it are the same."""
    sources, size = CAPSULES
    model.heads.capsules = Plain(sources * size)


def folded(model: Flavorformer) -> None:
    """Dumpling fold in place of PyTorch's start, by the seed that PyTorch was given."""
    fold_model_(model, seed=torch.initial_seed(), skip=[name for name, _ in model.named_parameters() if name.startswith(UNFOLDED)])


def planeless(model: Flavorformer) -> None:
    """With Ea = 0 the surface-dose plane is ln 2 everywhere: it tells nothing, and the kernels keep their shape and start."""
    nn.init.zeros_(model.thermal.activation)
    freeze(model.thermal.activation)


def unmounted(model: Flavorformer) -> None:
    """No montage layer: the electrodes as they are."""
    nn.init.eye_(model.eeg.montage.weight)
    freeze(model.eeg.montage.weight)
