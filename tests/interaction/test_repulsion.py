"""Repulsion against dense formulas, and nodes that climb together."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING, draw, largest_error

from li2_core import GroupTask, TwoLayer, cyclic, dihedral, train
from li2_core.interaction import climb_together, residual_similarity
from li2_core.interaction.repulsion import node_repulsion
from li2_core.tasks import pairs_of


def centred(features):
    return features - features.mean(-2, keepdim=True)


def correlation(nodes, group):
    """Of two nodes' centred squares on the full table."""
    return float(torch.corrcoef(pairs_of(group).answers(nodes.T).square().T)[0, 1])


@given(st.integers(2, 9), st.integers(2, 7), st.floats(1e-3, 1e3), st.integers(0, 10**6))
def test_b_similarity_and_sign_by_two_ways_each(n, K, eta, seed):
    """More samples than nodes, and fewer; every pair of random features."""
    Ft = centred(draw(n, K, seed=seed))
    found = node_repulsion(Ft, eta)
    # The other way to B: push-through, by the n x n matrix.
    R = torch.linalg.inv(Ft @ Ft.T + eta * torch.eye(n, dtype=Ft.dtype))
    by_samples = (torch.eye(K, dtype=Ft.dtype) - Ft.T @ R @ Ft) / eta
    assert (found.B - by_samples).abs().max() < 1e-10 / eta
    size = float(Ft.square().sum())
    for j in range(K):
        for k in range(K):
            if j != k:
                direct = residual_similarity(Ft, eta, j, k)
                assert abs(found.similarity[j, k] - direct) < 1e-10 * size
                if abs(direct) > 1e-9 * size:
                    assert found.B[j, k].sign() == -torch.tensor(direct).sign()


def test_the_diagonal_is_what_the_other_nodes_leave_of_a_node():
    Ft, eta = centred(draw(9, 5)), 0.3
    found = node_repulsion(Ft, eta)
    for j in range(5):
        others = Ft[:, [k for k in range(5) if k != j]]
        P = torch.eye(9, dtype=Ft.dtype) - others @ torch.linalg.solve(
            others.T @ others + eta * torch.eye(4, dtype=Ft.dtype), others.T
        )
        assert abs(found.similarity[j, j] - Ft[:, j] @ P @ Ft[:, j]) < 1e-12


def test_a_column_is_what_the_other_nodes_cannot_predict_of_a_node():
    """Ft B e_j = b_jj times the residual of node j after ridge regression on all others."""
    Ft, eta = centred(draw(9, 5)), 0.3
    B = node_repulsion(Ft, eta).B
    for j in range(5):
        others = Ft[:, [k for k in range(5) if k != j]]
        # Ridge regression as least squares on rows that ask for small coefficients.
        rows = torch.cat([others, eta**0.5 * torch.eye(4, dtype=Ft.dtype)])
        wanted = torch.cat([Ft[:, j], torch.zeros(4, dtype=Ft.dtype)])
        fit = torch.linalg.lstsq(rows, wanted[:, None]).solution[:, 0]
        left = Ft[:, j] - others @ fit
        assert largest_error((Ft @ B)[:, j], B[j, j] * left) < 1e-12


@pytest.mark.parametrize("steps", [50, 300])
def test_the_sign_rule_holds_in_a_network_while_it_learns_and_when_it_has(steps):
    task = GroupTask(cyclic(11), 0.8, seeds=2)
    run = train(task, TwoLayer(32), lr=0.02, weight_decay=1e-3, steps=steps, device="cpu")
    assert ((run["test_accuracy"][:, -1] > 0.9) == (steps == 300)).all()
    features = run.net.features(task.pairs[task.train_index]).double()
    eta = task.num_train * 1e-3 / 2
    Ft = centred(features)
    found = node_repulsion(Ft, eta)
    gram = Ft.mT @ Ft + eta * torch.eye(32, dtype=Ft.dtype)
    assert (found.B @ gram - torch.eye(32, dtype=Ft.dtype)).abs().max() < 1e-10
    for s in range(2):
        for j, k in itertools.combinations(range(32), 2):
            direct = residual_similarity(Ft[s], eta, j, k)
            scale = float(Ft[s, :, j].norm() * Ft[s, :, k].norm())
            assert abs(found.similarity[s, j, k] - direct) < 1e-10 * scale
            assert direct * found.B[s, j, k] < 0 or abs(direct) < 1e-12 * scale


def test_raw_correlation_often_has_the_other_sign():
    """Similar means similar after regressing out all others: theory.md finds .35 of the pairs."""
    Ft = centred(draw(60, 40))
    off = ~torch.eye(40, dtype=torch.bool)
    same = node_repulsion(Ft, 1.0).B.sign() == (Ft.T @ Ft).sign()
    assert 0.2 < same[off].double().mean() < 0.5


def test_a_batch_is_a_loop():
    Ft = centred(draw(3, 8, 5))
    whole = node_repulsion(Ft, 0.2)
    for s in range(3):
        alone = node_repulsion(Ft[s], 0.2)
        assert largest_error(whole.B[s], alone.B) < 1e-13
        assert largest_error(whole.similarity[s], alone.similarity) < 1e-13


# --- Nodes that climb together


@pytest.mark.parametrize("group", [cyclic(5), dihedral(3)], ids=["Z_5", "D_3"])
@pytest.mark.parametrize("repel", [True, False])
@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("name", ["square", "tanh"])
def test_a_step_goes_along_the_dense_formula(group, repel, residual, name):
    W = draw(4, 2 * group.order)
    W = W / W.norm(dim=1, keepdim=True)
    task = GroupTask(group, 0.5)
    X, Y = task.rows().double(), task.labels().double()
    answers = (X @ W.T).requires_grad_()
    F = MEANING[name](answers)
    (slope,) = torch.autograd.grad(F.sum(), answers)
    F, Yt = F.detach(), Y - Y.mean(0)
    Ft = F - F.mean(0)
    B = torch.linalg.inv(Ft.T @ Ft + 0.7 * torch.eye(4, dtype=F.dtype))
    left = torch.eye(len(X), dtype=F.dtype)
    if residual:  # eta R
        left = 0.7 * torch.linalg.inv(Ft @ Ft.T + 0.7 * left)
    heard = left @ Yt @ Yt.T @ Ft @ (B if repel else torch.eye(4).double())
    gradient = (X.T @ (slope * heard)).T
    along = torch.stack([g - (w @ g) * w for w, g in zip(W, gradient, strict=True)])
    expected = W + 0.1 * along / along.norm(dim=1).max()
    expected = expected / expected.norm(dim=1, keepdim=True)
    found = climb_together(3 * W, group, 0.7, 1, 0.1, repel, residual, name)
    assert found.shape == (2, 4, 2 * group.order)
    assert largest_error(found[0], W) < 1e-14
    assert largest_error(found[1], expected) < 1e-12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_nodes_that_start_close_part_only_because_of_b(seed):
    group = cyclic(11)
    w, aside = draw(2, 22, seed=seed)
    w = w / w.norm()
    aside = aside - (aside @ w) * w
    start = torch.stack([w, w + 0.014 * aside / aside.norm()])
    assert correlation(start, group) > 0.999
    assert abs(correlation(climb_together(start, group)[-1], group)) < 0.02
    assert correlation(climb_together(start, group, repel=False)[-1], group) > 0.99


def test_what_cannot_be_is_an_error():
    for eta in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=f"eta must be a finite number above 0, got {eta}"):
            node_repulsion(draw(5, 2), eta)
        with pytest.raises(ValueError, match=f"eta must be a finite number above 0, got {eta}"):
            climb_together(draw(2, 6), cyclic(3), eta)
    with pytest.raises(ValueError, match=r"weights must be real \(K, 6\), got \(2, 6\), torch.c"):
        climb_together(draw(2, 6) * 1j, cyclic(3))
    with pytest.raises(ValueError, match=r"features must be real, \(..., n, K\), got \(5,\)"):
        node_repulsion(draw(5), 1.0)
    with pytest.raises(ValueError, match="features must be real"):
        node_repulsion(draw(5, 2).cfloat(), 1.0)
    for j, k in ((1, 1), (0, 3), (-1, 0)):
        with pytest.raises(ValueError, match=f"two of the nodes 0 to 2, got {j} and {k}"):
            residual_similarity(draw(5, 3), 1.0, j, k)
    for shape in ((2, 5), (6,)):
        with pytest.raises(ValueError, match=r"weights must be real \(K, 6\)"):
            climb_together(draw(*shape), cyclic(3))
