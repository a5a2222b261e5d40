"""The closed form of the two-layer kernel against autograd."""

import pytest
import torch
from torch import nn

from li2_core.rich import tangent_kernel
from li2_core.rich.two_layer import mean_features, two_layer_kernel


@pytest.mark.parametrize("s", ["square", "tanh"])
def test_it_is_the_kernel_that_autograd_finds(s):
    generator = torch.Generator().manual_seed(0)
    x, W, V = (
        torch.randn(shape, dtype=torch.float64, generator=generator)
        for shape in ((6, 4), (4, 7), (7, 3))
    )

    def answers(parameters, rows):
        out = mean_features(rows, parameters["hidden"], s) @ parameters["readout"] / 7
        return out - out.mean(-1, keepdim=True)

    found = tangent_kernel(answers, {"hidden": W, "readout": V}, x)
    assert torch.allclose(two_layer_kernel(x, W, V, s), found, atol=1e-12)


def test_the_features_are_what_a_network_computes():
    layer, x = nn.Linear(4, 5, bias=False).double(), torch.eye(4, dtype=torch.float64)
    found = mean_features(x, layer.weight.mT, "relu")
    assert torch.allclose(found, (layer(x) / 2).relu())
