"""Promises of single layers that no other test holds them to; needs PyTorch."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only installed where models are trained")

from flavorformer.layers import WIDTH  # noqa: E402
from flavorformer.layers.capsules import HIGH, LOW, length, share  # noqa: E402
from flavorformer.layers.doubanjiang import Doubanjiang  # noqa: E402
from flavorformer.layers.memory_attention import MemoryAttention  # noqa: E402


@torch.no_grad()
def test_bypass_leaves_a_token_as_it_is_row_by_row() -> None:
    torch.manual_seed(1)
    layer = Doubanjiang(WIDTH)
    torch.nn.init.normal_(layer.cross)
    x, mask = torch.randn(3, 4, WIDTH), torch.ones(3, 4)
    y = layer(x, mask, torch.tensor([[1.0], [0.0], [0.5]]))
    torch.testing.assert_close(y[0], x[0])
    plain = layer(x, mask, torch.zeros(3, 1))
    torch.testing.assert_close(y[1], plain[1])
    assert float((plain[0] - x[0]).abs().max()) > 0.1
    torch.testing.assert_close(y[2], (plain[2] + x[2]) / 2)


def test_memory_is_looked_at_as_sharply_as_the_tossing_says() -> None:
    torch.manual_seed(1)
    layer = MemoryAttention().eval()
    with torch.no_grad():
        layer.temperature[1] = 1.0
        query, memory = torch.randn(1, WIDTH).expand(2, WIDTH), 3 * torch.randn(1, 64, WIDTH).expand(2, 64, WIDTH)
        toss = torch.tensor([[0.0], [3.0]])
        assert float(layer.tau(toss)[1]) > 2 * float(layer.tau(toss)[0])
        (still, tossing), _ = layer(query, memory, torch.full((2, 1), 64.0), toss)
        assert float((still - tossing).abs().max()) > 0.05
        layer.temperature[1] = 0.0
        (still, tossing), _ = layer(query, memory, torch.full((2, 1), 64.0), toss)
        torch.testing.assert_close(still, tossing)


def test_a_capsule_s_length_is_asked_to_lie_between_its_ends_and_is_read_back() -> None:
    aspects = torch.linspace(0, 1, 11)
    assert (LOW, HIGH) == (0.1, 0.9)
    assert length(aspects)[[0, -1]].tolist() == pytest.approx([LOW, HIGH])
    torch.testing.assert_close(share(length(aspects)), aspects)
    assert float(share(torch.tensor(0.02))) == 0 and float(share(torch.tensor(0.97))) == 1
