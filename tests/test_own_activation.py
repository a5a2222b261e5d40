"""An activation of one's own gives in every place what the same one gives by its name."""

import inspect

import numpy as np
import pytest
import torch
from shapes import theory

from li2_core import GroupTask, TwoLayer, cyclic, dihedral, train
from li2_core.activations import Activation
from li2_core.energy import (
    Landscape,
    ascend,
    energy,
    energy_gradient,
    flat_directions,
    random_nodes,
    reconstruction_nodes,
    reconstruction_residual,
    riemannian_hessian,
)
from li2_core.energy.memorization import memorization_kind, memorize, single_target_energy
from li2_core.interaction.repulsion import climb_together
from li2_core.lazy import (
    hermite_coefficients,
    infinite_width_kernel,
    kernel_on_table,
    lazy_operator,
    random_features,
    table_eigenvalues,
)
from li2_core.lazy.leak import alignment_grid, infinite_width_alignment
from li2_core.nets import DeepNet
from li2_core.rich.two_layer import mean_features, two_layer_kernel
from li2_core.runs import sweep
from li2_core.training import Snapshot

GROUP, ALONE = dihedral(3), GroupTask(cyclic(5), 0.6)
TASK = GroupTask(cyclic(5), 0.6, seeds=2)
W, P = random_nodes(4, 6), [0.4, 0.2, 0.2, 0.1, 0.05, 0.05]
Z = torch.arange(30.0).reshape(15, 2).sin()
PLACES = {
    "energy": lambda s: energy(W, GROUP, s),
    "energy of a task": lambda s: energy(random_nodes(4, 5), ALONE, s, labels=Z),
    "energy_gradient": lambda s: energy_gradient(W, GROUP, s),
    "Landscape": lambda s: Landscape(ALONE, s).gradient(random_nodes(4, 5)),
    "riemannian_hessian": lambda s: riemannian_hessian(W[0], GROUP, s),
    "flat_directions": lambda s: flat_directions(W[0], GROUP, activation=s),
    "ascend": lambda s: ascend(cyclic(3), 6, s, tol=1e-6).energies,
    "reconstruction_residual": lambda s: reconstruction_residual(
        reconstruction_nodes(GROUP), GROUP, s
    ),
    "memorize": lambda s: memorize(P, s),
    "memorization_kind": lambda s: memorization_kind(s) == "spreading",
    "single_target_energy": lambda s: single_target_energy(W, P, GROUP, 2, s),
    "climb_together": lambda s: climb_together(W, GROUP, steps=3, activation=s),
    "hermite_coefficients": lambda s: hermite_coefficients(s, 4),
    "kernel_on_table": lambda s: kernel_on_table(s),
    "table_eigenvalues": lambda s: table_eigenvalues(s, 5),
    "infinite_width_kernel": lambda s: infinite_width_kernel(ALONE, s),
    "infinite_width_alignment": lambda s: infinite_width_alignment(ALONE, s),
    "random_features": lambda s: random_features(GROUP, 7, s),
    "lazy_operator": lambda s: lazy_operator(GROUP, s, eta=0.1),
    "lazy_operator of features": lambda s: lazy_operator(
        ALONE, s, 0.1, random_features(ALONE, 20, s)
    ),
    "alignment_grid": lambda s: alignment_grid(cyclic(5), 0.6, [2.0], [0.1], s),
    "mean_features": lambda s: mean_features(Z, Z[:6].mT, s),
    "two_layer_kernel": lambda s: two_layer_kernel(Z, Z[:6].mT, Z[6:12], s),
    "TwoLayer": lambda s: TwoLayer(8, s).initialize(TASK)(TASK.pairs),
    "DeepNet": lambda s: DeepNet(8, 3, s).initialize(TASK)(TASK.pairs),
    "train deep": lambda s: train(TASK, DeepNet(8, 2, s), steps=20, device="cpu")["test_loss"],
    "train": lambda s: train(TASK, TwoLayer(8, s), steps=20, device="cpu")["test_loss"],
    "a probe": lambda s: train(
        TASK, TwoLayer(8, s), steps=5, device="cpu", probes="backprop_gradient_norm"
    )["backprop_gradient_norm"],
    "Snapshot": lambda s: Snapshot(TASK, TwoLayer(8, s).initialize(TASK)).train_outputs,
}


def softly(h):
    return h / (1 + torch.exp(-h))


def softly_slope(h, f):
    return torch.sigmoid(h) * (1 + h - f)


def hard(h):
    return torch.where(h > 0, h, torch.zeros_like(h))


@pytest.mark.parametrize("place", PLACES)
def test_a_function_or_an_activation_does_as_well_as_a_name(place):
    compute = PLACES[place]
    named = np.asarray(compute("silu"))
    for own in (softly, Activation("softly", softly, softly_slope)):
        assert np.asarray(compute(own)) == pytest.approx(named, rel=1e-4, abs=1e-6)
    if place != "flat_directions":
        assert np.asarray(compute("square")) != pytest.approx(named, rel=1e-2)


@pytest.mark.parametrize("place", ["energy", "memorize", "TwoLayer", "train"])
def test_a_kink_is_no_matter(place):
    named = np.asarray(PLACES[place]("relu"))
    assert np.asarray(PLACES[place](hard)) == pytest.approx(named, rel=1e-4, abs=1e-6)


def test_no_place_is_forgotten():
    functions = [inspect.unwrap(function) for function in theory()]
    takes = {f.__name__ for f in functions if "AnyActivation" in f.__annotations__.values()}
    assert takes <= set(PLACES) and len(takes) > 12
    by_name_only = [
        f.__name__ for f in functions if f.__annotations__.get("activation", "").startswith("str")
    ]
    assert by_name_only == []


def with_own_things(config):
    """A unit of work with an activation of its own; its name is what a configuration holds."""
    own = {"softly": softly, "hard": hard}[config["activation"]]
    task = GroupTask(cyclic(5), 0.6, config["seeds"])
    found = train(task, TwoLayer(8, own), steps=config["steps"], device="cpu")
    return [{"seed": s, "loss": found["test_loss"][k, -1]} for k, s in enumerate(task.seeds)]


def test_a_sweep_takes_work_of_ones_own_which_may_use_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    configs = [{"activation": name, "seeds": [0, 1], "steps": 20} for name in ("softly", "hard")]
    table = sweep(configs, tmp_path, work=with_own_things)
    assert table["loss"][:2] == pytest.approx(PLACES["train"]("silu")[:, -1], rel=1e-4)
    assert table["loss"][2:] == pytest.approx(PLACES["train"]("relu")[:, -1], rel=1e-4)
    with pytest.raises(ValueError, match="JSON"):
        sweep([{"activation": softly}], tmp_path, work=with_own_things)
