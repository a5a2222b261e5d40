"""A net that is no torch module, its gradient by hand; and everything of one's own at once."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from li2_core import GroupTask, History, TwoLayer, cyclic, train
from li2_core.nets import Net, Network
from li2_core.show import training as show
from li2_core.training import Muon, Snapshot

TASK = GroupTask(cyclic(7), 0.6, seeds=[1, 4])


@dataclass(frozen=True)
class Sums:
    """A score for each answer from either element, added: the outputs are X T, without nodes."""

    scale: float = 0.1

    @property
    def config(self):
        return {"scale": self.scale}

    def initialize(self, task, device="cpu", dtype=torch.float32):
        draws = [torch.Generator().manual_seed(seed) for seed in task.seeds]
        shape = (2 * task.num_classes, task.num_classes)
        tables = torch.stack([torch.randn(shape, generator=draw) for draw in draws])
        return self.with_parameters({"table": self.scale * tables.to(device, dtype)})

    def with_parameters(self, parameters):
        return SumsNetwork(self, dict(parameters))


class SumsNetwork:
    centred, inputs_first = True, True

    def __init__(self, recipe, parameters):
        self.recipe, self.parameters = recipe, parameters

    def read(self, task):
        return task.pairs + torch.tensor([0, task.num_classes])

    def __call__(self, pairs):
        table = self.parameters["table"]
        rows = pairs.expand(len(table), *pairs.shape[-2:])
        outputs = torch.stack([t[r].sum(1) for t, r in zip(table, rows, strict=True)])
        return outputs - outputs.mean(-1, keepdim=True)

    def gradient(self, pairs, targets, residual, seeds_at_once=None):
        return SumsGradient(self, pairs, targets, residual)


class SumsGradient:
    def __init__(self, net, pairs, targets, residual):
        self.net, self.pairs, self.targets, self.residual = net, pairs, targets, residual
        self.grads = {"table": torch.zeros_like(net.parameters["table"])}
        self.outputs = net(pairs)

    def __call__(self):
        self.outputs = self.net(self.pairs)
        slope = -self.residual(self.outputs, self.targets) / self.pairs.shape[1]
        slope = slope - slope.mean(-1, keepdim=True)
        for grad, rows, row_slopes in zip(self.grads["table"], self.pairs, slope, strict=True):
            grad.zero_()
            for side in (0, 1):
                grad.index_add_(0, rows[:, side], row_slopes)


def test_it_is_a_net_and_its_gradient_is_right():
    net = Sums().initialize(TASK, dtype=torch.float64)
    assert isinstance(Sums(), Net) and isinstance(net, Network)
    found = train(TASK, net, optimizer="sgd", lr=1.0, steps=1, every=1, device="cpu")
    table = net.parameters["table"].clone().requires_grad_()
    outputs = TASK.rows(TASK.train_index) @ table
    labels = TASK.labels(TASK.train_index) - 1 / 7
    error = outputs - outputs.mean(-1, keepdim=True) - labels
    error.square().sum(-1).mean(1).sum().backward()
    moved = found.net.parameters["table"]
    assert torch.allclose(moved, (table - table.grad).detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"optimizer": Muon}, {"loss": "cross_entropy"}])
def test_a_net_of_ones_own_is_trained_saved_loaded_resumed_and_drawn(tmp_path, options):
    options |= {"lr": 0.02, "device": "cpu", "probes": ("table_norm", "table_cosine")}
    whole, half = (train(TASK, Sums(), steps=steps, **options) for steps in (40, 20))
    assert (whole["train_loss"][:, -1] < whole["train_loss"][:, 0]).all()
    assert whole.config["net"] == {"scale": 0.1}
    half.save(tmp_path / "half.npz")
    with pytest.raises(ValueError, match="give the recipe"):
        History.load(tmp_path / "half.npz")
    half = History.load(tmp_path / "half.npz", net=Sums())
    resumed = train(TASK, Sums(), steps=40, resume=half, **options)
    assert torch.equal(resumed.net.parameters["table"], whole.net.parameters["table"])
    assert np.array_equal(resumed["table_norm"], whole["table_norm"])
    assert len(show.learning_curves(whole).axes) == 2
    assert Snapshot(TASK, whole.net).train_outputs.shape == (2, TASK.num_train, 7)


# --- Everything of one's own


def cube(h):
    return h * h * h


class Signs(torch.optim.Optimizer):
    """Every weight a fixed length along the sign of its gradient, with a memory."""

    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for weights in group["params"]:
                memory = self.state[weights].setdefault("memory", torch.zeros_like(weights))
                memory.lerp_(weights.grad, 0.1)
                weights.mul_(1 - group["lr"] * group["decay"])
                weights.sub_(memory.sign(), alpha=group["lr"])


def margins(outputs, targets):
    """How far each output is from where it should be, beyond a margin."""
    signs = 2 * torch.nn.functional.one_hot(targets, outputs.shape[-1]) - 1
    return (0.2 - outputs * signs).clamp_min(0).square().sum(-1)


def sparsity(moment):
    """The share of hidden weights that hardly count."""
    hidden = moment.parameters["hidden"]
    return (hidden.abs() < 0.1 * hidden.abs().amax((1, 2), keepdim=True)).float().mean((1, 2))


def test_everything_of_ones_own_at_once(tmp_path):
    net = TwoLayer(12, activation=cube)
    own = {"optimizer": Signs, "loss": margins, "probes": sparsity, "lr": 0.02, "device": "cpu"}
    whole, half = (train(TASK, net, steps=steps, **own) for steps in (40, 20))
    assert (whole["train_loss"][:, -1] < 0.5 * whole["train_loss"][:, 0]).all()
    assert ((whole["sparsity"] > 0) & (whole["sparsity"] < 1)).all()
    names = [whole.config[name] for name in ("optimizer", "loss")]
    assert [*names, whole.config["net"]["activation"]] == ["own Signs", "own margins", "own cube"]
    half.save(tmp_path / "half.npz")
    half = History.load(tmp_path / "half.npz", net=net)
    resumed = train(TASK, net, steps=40, resume=half, **own)
    for name, values in whole.records.items():
        assert np.array_equal(resumed[name], values), name
    for name, weights in whole.net.parameters.items():
        assert torch.equal(resumed.net.parameters[name], weights)
