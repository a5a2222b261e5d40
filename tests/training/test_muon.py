"""Muon against the polar factor, against torch's own, and inside `train`."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import draw, largest_error, stepped

from li2_core import GroupTask, History, TwoLayer, cyclic, train
from li2_core.interaction.repulsion import appended_polar
from li2_core.training import Muon, newton_schulz, optimizer, polar_factor
from li2_core.training.muon import QUINTIC
from li2_core.training.step import TrainingStep


def polynomial(values, times=5):
    a, b, c = QUINTIC
    for _ in range(times):
        values = a * values + b * values**3 + c * values**5
    return values


def polar_by_eigenvalues(A):
    """A (A'A)^(-1/2), for more rows than columns."""
    values, vectors = torch.linalg.eigh(A.T @ A)
    return A @ vectors @ torch.diag(values**-0.5) @ vectors.T


# --- The orthogonal factor


@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (6, 6), (3, 8, 5), (1, 1)])
@pytest.mark.parametrize("iterations", [1, 5])
def test_newton_schulz_acts_on_the_singular_values_alone(shape, iterations):
    A = draw(*shape)
    left, values, right = torch.linalg.svd(A, full_matrices=False)
    values = values / values.square().sum(-1, keepdim=True).sqrt()
    expected = left @ torch.diag_embed(polynomial(values, iterations)) @ right
    assert largest_error(newton_schulz(A, iterations), expected) < 1e-11


def test_five_iterations_bring_all_singular_values_near_one_but_not_to_it():
    """The stated band, on a fine grid of the values that can occur."""
    ends = polynomial(torch.logspace(-2, 0, 100_001, dtype=torch.float64))
    assert 0.68 < ends.min() < 0.69 and 1.13 < ends.max() < 1.14
    more = polynomial(torch.linspace(0.5, 1, 1001, dtype=torch.float64), 50)
    assert more.max() - more.min() > 0.1


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 10**6))
def test_the_polar_factor_is_that_of_the_definition(columns, more_rows, seed):
    A = draw(columns + more_rows, columns, seed=seed)
    condition = torch.linalg.cond(A)
    found = polar_factor(A)
    eye = torch.eye(columns, dtype=A.dtype)
    assert (found.T @ found - eye).abs().max() < 1e-12
    # The eigenvalues of A'A lose the square of the condition.
    assert (found - polar_by_eigenvalues(A)).abs().max() < 1e-13 * (1 + condition**2)
    assert largest_error(polar_factor(A.T), found.T) < 1e-12 * condition


def test_a_direction_that_the_matrix_lacks_gets_no_step():
    A = draw(7, 2) @ draw(2, 5, seed=1)
    found = polar_factor(A)
    values = torch.linalg.svdvals(found)
    assert (values[:2] - 1).abs().max() < 1e-12 and values[2:].max() < 1e-12
    assert largest_error(found @ torch.linalg.pinv(A) @ A, found) < 1e-11
    assert polar_factor(torch.zeros(2, 3, 4)).abs().max() == 0
    assert newton_schulz(torch.zeros(2, 3, 4)).abs().max() == 0


def test_the_gradient_at_the_hidden_layer_lacks_one_direction():
    task = GroupTask(cyclic(7), 0.8, seeds=2)
    net = TwoLayer(64).initialize(task, dtype=torch.float64)
    step = TrainingStep(task, net, optimizer="muon", lr=0.1)
    step.gradient()
    gradient = step.gradient.grads["hidden"]
    assert torch.linalg.matrix_rank(gradient).tolist() == [13, 13]
    assert largest_error(gradient[:, :7].sum(1), gradient[:, 7:].sum(1)) < 1e-12


@pytest.mark.parametrize("orthogonalise", [newton_schulz, polar_factor])
def test_a_batch_is_a_loop(orthogonalise):
    A = draw(4, 6, 9) * torch.tensor([1.0, 1e-6, 1e3, 1.0]).double()[:, None, None]
    looped = torch.stack([orthogonalise(one) for one in A])
    assert largest_error(orthogonalise(A), looped) < 1e-12


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_the_column_that_is_appended_to_orthonormal_ones(scale):
    Q = torch.linalg.qr(draw(10, 4))[0]
    v = scale * draw(10, seed=1)
    expected = polar_by_eigenvalues(torch.cat([Q, v[:, None]], 1))[:, -1]
    assert largest_error(appended_polar(Q, v), expected) < 1e-9


def test_an_appended_column_that_cannot_be_is_an_error():
    Q = torch.linalg.qr(draw(10, 4))[0]
    with pytest.raises(ValueError, match="columns of Q are not orthonormal"):
        appended_polar(2 * Q, draw(10))
    for v in (Q @ draw(4), torch.zeros(10, dtype=torch.float64)):
        with pytest.raises(ValueError, match="v lies in the span of Q"):
            appended_polar(Q, v)


# --- The steps


@pytest.mark.parametrize("shape", [(6, 9), (9, 6)])
@pytest.mark.parametrize("decoupled", [False, True])
def test_steps_are_those_of_the_formulas(shape, decoupled):
    gradients, w = draw(5, 1, *shape, seed=1), draw(1, *shape)
    found = w.clone()
    stepped(Muon([found], 0.02, 0.3, decoupled, orthogonalise=polar_factor), found, gradients)
    m = torch.zeros_like(w)
    for g in gradients:
        if not decoupled:
            g = g + 0.3 * w
        m = 0.95 * m + 0.05 * g
        nesterov = (0.05 * g + 0.95 * m)[0]
        tall = shape[0] > shape[1]
        polar = polar_by_eigenvalues(nesterov if tall else nesterov.T)
        if decoupled:
            w = w - 0.02 * 0.3 * w
        w = w - 0.02 * max(1, shape[1] / shape[0]) ** 0.5 * (polar if tall else polar.T)
    assert largest_error(found, w) < 1e-12


def torch_muon(weights, gradients, lr, decay):
    """torch's own Muon on one seed's weights, stored as by `torch.nn.Linear`."""
    layer = weights[0].T.contiguous()
    return stepped(torch.optim.Muon([layer], lr, decay), layer, gradients[:, 0].mT).T[None]


@pytest.mark.parametrize("shape", [(6, 9), (9, 6)])
def test_one_seed_is_torchs_muon(monkeypatch, shape):
    """To rounding, with torch's bfloat16 taken out; with it, to bfloat16's three digits."""
    gradients, w = draw(20, 1, *shape, seed=1), draw(1, *shape)
    found = w.clone()
    stepped(optimizer("muonw", [found], lr=0.02, weight_decay=0.1), found, gradients)
    as_it_is = torch_muon(w, gradients, 0.02, 0.1)
    way = (found - w).norm()
    assert (found - as_it_is).norm() < 0.02 * way
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda tensor: tensor.clone())
    assert largest_error(found, torch_muon(w, gradients, 0.02, 0.1)) < 1e-12


@pytest.mark.parametrize("name", ["muon", "muonw"])
def test_a_stack_of_two_seeds_is_two_runs(name):
    """One seed's gradients, a million times larger, do not touch the other's weights."""
    gradients, w = draw(10, 2, 4, 6, seed=1), draw(2, 4, 6)
    gradients[:, 1] *= 1e6
    stacked = run_named(name, w, gradients)
    for s in range(2):
        assert largest_error(stacked[s], run_named(name, w[[s]], gradients[:, [s]])[0]) < 1e-12


def run_named(name, w, gradients):
    weights = w.clone()
    return stepped(optimizer(name, [weights], lr=0.01, weight_decay=0.1), weights, gradients)


@pytest.mark.parametrize("weights", [torch.zeros(3, 4), torch.zeros(1, 3, 4, dtype=torch.cfloat)])
def test_what_is_no_stack_of_real_matrices_is_an_error(weights):
    with pytest.raises(ValueError, match=r"Muon steps real \(seeds, inputs, outputs\), got"):
        Muon([weights], lr=0.1)


# --- In training


def short(name, **options):
    task = GroupTask(cyclic(7), 0.8, seeds=2)
    return train(task, TwoLayer(10), optimizer=name, device="cpu", **options)


@pytest.mark.parametrize(("name", "partner"), [("muon", "adam"), ("muonw", "adamw")])
def test_training_steps_w_by_muon_and_v_by_adam(name, partner):
    options = {"lr": 0.02, "readout_lr": 0.003, "weight_decay": 0.1, "steps": 1, "every": 1}
    task = GroupTask(cyclic(7), 0.8, seeds=2)
    start = TwoLayer(10).initialize(task)
    found, plain = short(name, **options), short(partner, **options)
    assert torch.equal(found.net.readout, plain.net.readout)
    moved = found.net.hidden - start.hidden
    if name == "muonw":
        moved = moved + 0.02 * 0.1 * start.hidden
    values = torch.linalg.svdvals(moved) / 0.02
    # 10 nodes on 14 inputs: ten singular values, all in the band of five iterations.
    assert values.shape == (2, 10) and values.min() > 0.67 and values.max() < 1.15


def test_the_readouts_learning_rate_is_its_own():
    one = short("adam", lr=0.01, steps=20)
    same = short("adam", lr=0.01, readout_lr=0.01, steps=20)
    assert torch.equal(one.net.hidden, same.net.hidden)
    slow = short("adam", lr=0.01, readout_lr=1e-9, steps=20)
    start = TwoLayer(10).initialize(GroupTask(cyclic(7), 0.8, seeds=2))
    assert (slow.net.readout - start.readout).abs().max() < 1e-7
    assert (slow.net.hidden - start.hidden).abs().max() > 0.05
    with pytest.raises(ValueError, match="readout_lr must be a finite number above 0, got -1"):
        short("muon", readout_lr=-1, steps=10)
    with pytest.raises(ValueError, match=r"cannot resume: .*had readout_lr=None, not 0\.5"):
        short("adam", lr=0.01, readout_lr=0.5, steps=40, resume=one)


@pytest.mark.parametrize("readout", ["trained", "ridge"])
@pytest.mark.parametrize("name", ["muon", "muonw"])
def test_a_run_resumes_bit_for_bit(tmp_path, name, readout):
    options = {"lr": 0.02, "weight_decay": 1e-3, "readout": readout}
    whole = short(name, steps=40, **options)
    short(name, steps=20, **options).save(tmp_path / "part.npz")
    part = History.load(tmp_path / "part.npz")
    resumed = short(name, steps=40, resume=part, **options)
    assert torch.equal(resumed.net.hidden, whole.net.hidden)
    assert torch.equal(resumed.net.readout, whole.net.readout)
    assert ("readout/exp_avg" in part.optimizer_state) == (readout == "trained")
    assert part.optimizer_state["hidden/momentum"].shape == (2, 14, 10)


def test_seeds_side_by_side_train_as_each_alone():
    options = {"optimizer": "muon", "lr": 0.02, "weight_decay": 1e-3, "steps": 40}
    both = train(GroupTask(cyclic(7), 0.8, seeds=[3, 8]), TwoLayer(10), **options)
    for place, seed in enumerate((3, 8)):
        alone = train(GroupTask(cyclic(7), 0.8, seeds=[seed]), TwoLayer(10), **options)
        assert np.allclose(alone["test_loss"][0], both["test_loss"][place], atol=1e-4)


def test_muon_groks():
    run = train(
        GroupTask(cyclic(23), 0.8, seeds=2), TwoLayer(96), optimizer="muon", lr=0.05,
        readout_lr=0.005, weight_decay=1e-3, steps=200, every=50, device="cpu",
    )  # fmt: skip
    assert run.outcomes == ["generalised"] * 2


def test_complex_weights_are_refused():
    net = TwoLayer(4, complex_weights=True)
    with pytest.raises(ValueError, match="Muon steps real"):
        train(GroupTask(cyclic(5), 0.6), net, optimizer="muon", steps=1, every=1)
