"""The one-layer transformer: its answer by the definition, and that it learns."""

import pytest
import torch

from li2_core import GroupTask, Module, cyclic, train
from li2_core.nets import OneLayerTransformer, OutputScale


def test_it_answers_as_attention_is_defined():
    torch.manual_seed(0)
    net, pairs = OneLayerTransformer(5, dim=6, heads=3, hidden=7).double(), torch.tensor([[2, 4]])
    stream = net.tokens[torch.tensor([2, 4, 5])] + net.places
    end = stream[2].clone()
    mixed = []
    for head in range(3):
        rows = slice(2 * head, 2 * head + 2)
        query = net.query.weight[rows] @ stream[2]
        scores = torch.stack([query @ (net.key.weight[rows] @ token) for token in stream])
        weights = torch.softmax(scores / 2**0.5, 0)
        mixed += [
            sum(w * (net.value.weight[rows] @ t) for w, t in zip(weights, stream, strict=True))
        ]
    end = end + net.mix.weight @ torch.cat(mixed)
    nodes = (net.up.weight @ end + net.up.bias).clamp_min(0)
    end = end + net.down.weight @ nodes + net.down.bias
    assert torch.allclose(net(pairs)[0], net.readout.weight @ end, atol=1e-12)


def test_it_tells_a_from_b():
    torch.manual_seed(0)
    net = OneLayerTransformer(7, dim=8, heads=2)
    assert not torch.allclose(net(torch.tensor([[1, 3]])), net(torch.tensor([[3, 1]])))


def test_it_is_trained_several_seeds_at_once_each_as_if_alone():
    def run(seeds):
        net = Module(lambda: OutputScale(OneLayerTransformer(5, 16, 2), 2.0), inputs="pairs")
        return train(
            GroupTask(cyclic(5), 0.6, seeds),
            net,
            optimizer="adamw",
            loss="cross_entropy",
            lr=0.01,
            steps=60,
            dtype=torch.float64,
        )

    both, alone = run([1, 2]), run([2])
    assert (both["train_accuracy"][:, -1] == 1).all()
    assert both["train_loss"][1] == pytest.approx(alone["train_loss"][0], rel=1e-9)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="heads must divide dim, got heads=3 and dim=8"):
        OneLayerTransformer(5, dim=8, heads=3)
    with pytest.raises(ValueError, match="order must be a whole number at least 1"):
        OneLayerTransformer(0)
