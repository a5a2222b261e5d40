"""Stage I: what the papers claim of the lazy readout and of the gradient that leaks."""

import math

import numpy as np
import pytest
import torch
from oracles import random_problem

from li2_core import GroupTask, cyclic, symmetric
from li2_core.lazy import (
    alignment,
    backprop_gradient,
    centre,
    hermite_coefficients,
    infinite_width_kernel,
    lazy_operator,
    random_features,
    readout_flow,
    ridge_readout,
    signal,
    table_eigenvalues,
)
from li2_core.lazy.flow import singular_directions
from li2_core.lazy.hermite import arc_kernel
from li2_core.tasks import pairs_of


def on_the_table(M=23, width=2048, seed=0):
    """Ft and Yt on the full table of Z_M, x^2, weights from N(0, 1)."""
    group = cyclic(M)
    return centre(random_features(group, width, seed=seed)), pairs_of(group).labels()


def gaussian(K, M, seed=7):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(K, M, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize(("n", "K"), [(9, 4), (6, 6), (4, 9)])
def test_fixed_point(n, K):
    """Prop. 1, eq. 4: every start ends at the ridge readout, and G in both printed forms."""
    F, Y = random_problem(n, K, batch=())
    F, Y, eta = centre(F), centre(Y), 0.2
    V = ridge_readout(F, Y, eta)
    assert (F.T @ (Y - F @ V) - eta * V).abs().max() < 1e-13
    eye = [torch.eye(size, dtype=torch.float64) for size in (n, K)]
    R, right = torch.linalg.inv(F @ F.T + eta * eye[0]), torch.linalg.inv(F.T @ F + eta * eye[1])
    forms = eta * R @ Y @ Y.T @ R @ F, eta * R @ Y @ Y.T @ F @ right
    for start in (None, gaussian(K, 3)):
        ((V_end, G),) = readout_flow(F, Y, eta, [300.0], start)
        assert (V_end - V).abs().max() < 1e-13
        assert all((G - form).abs().max() < 1e-13 for form in forms)


def test_small_times():
    """Prop. 2 with its missing term: G = Y V0' - F V0 V0' + t T + O(t alpha) + O(t^2)."""
    F, Y = random_problem(6, 9, batch=())
    F, Y, t = centre(F), centre(Y), 1e-4
    T, direction = signal(F, Y), gaussian(9, 3)

    def order_t(alpha, eta):
        """(G(t) - G(0)) / t, and G(0)."""
        start = alpha * direction
        (_, at_zero), (_, G) = readout_flow(F, Y, eta, [0, t], start)
        assert (at_zero - (Y @ start.T - F @ start @ start.T)).abs().max() < 1e-12
        return (G - at_zero) / t, at_zero

    size = T.norm()
    for eta in (0, 3.0):  # from zero, order t is T whatever eta
        assert (order_t(0, eta)[0] - T).norm() < 1e-2 * size
    off = [(order_t(alpha, 0.5)[0] - T).norm() / size for alpha in (1e-1, 1e-2)]
    assert 0.01 < off[0] < 1 and 5 < (off[0] - 1e-3) / off[1] < 12  # in proportion to alpha
    # The dropped term is of order alpha^2: nothing at small scale, all of it at scale 1.
    for alpha, low, high in ((1e-3, 0, 0.01), (10.0, 5, math.inf)):
        noise, at_zero = Y @ (alpha * direction).T, order_t(alpha, 0.5)[1]
        assert low <= (at_zero - noise).norm() / noise.norm() < high


def test_gradient_at_the_start():
    """||Yt V0'|| is alpha sqrt(K n (1 - 1/M)); Prop. 2 has alpha sqrt(K M)."""
    M, width, alpha = 23, 2048, 1e-6
    F, Y = on_the_table(M, width)
    ((_, G),) = readout_flow(F, Y, 0, [0.0], alpha * gaussian(width, M))
    assert G.norm() == pytest.approx(alpha * math.sqrt(width * M**2 * (1 - 1 / M)), rel=0.02)
    assert G.norm() > 4 * alpha * math.sqrt(width * M)


def test_the_dropped_term_dominates_at_the_usual_scale():
    """F V0 V0' against Yt V0' at alpha = 1/sqrt K, M = 23, K = 2048."""
    width = 2048
    F, Y = on_the_table(width=width)
    start = gaussian(width, 23) / math.sqrt(width)
    assert (F @ start @ start.T).norm() > 2 * (Y @ start.T).norm()


def test_zero_init_window():
    """Prop. 3: the best cosine with T over time falls with the scale of V(0).

    With a ridge the start fades, and a late G may be better than any in the window.
    """
    width = 2048
    F, Y = on_the_table(width=width)
    T, direction = signal(F, Y), gaussian(width, 23)
    fastest = float(singular_directions(F)[1].max() ** 2)
    times = np.geomspace(1e-2, 1e4, 37) / fastest
    in_the_window = {0: 1.0, 1e-4: 0.94, 1e-3: 0.53, 1 / math.sqrt(width): 0.0}
    with_late_times = {0: 1.0, 1e-4: 0.93, 1e-3: 0.61, 1 / math.sqrt(width): 0.05}
    for eta, expected in ((0, in_the_window), (1e-6 * width, with_late_times)):
        for alpha, best in expected.items():
            flow = readout_flow(F, Y, eta, times, alpha * direction)
            cosines = np.array([float(alignment(G, T)) for _, G in flow])
            assert cosines.max() == pytest.approx(best, abs=0.03)
            if alpha:  # at first there is nothing but noise, at any scale
                assert abs(cosines[0]) < 0.1
            else:
                assert cosines[times * fastest <= 1].min() >= 0.98


def test_no_decay_no_signal():
    """Prop. 4 needs K >= n: with fewer nodes G stays of order one without decay."""
    _, Y = on_the_table(7, 1)
    for width, silent in ((300, True), (49, True), (48, True), (30, False), (10, False)):
        F, _ = on_the_table(7, width)
        ends = [backprop_gradient(F, Y, 0)]
        ends += [G for _, G in readout_flow(F, Y, 0, [math.inf], None)]
        for G in ends:
            assert G.norm() < 1e-9 if silent else G.norm() > 0.05, width
        if silent:  # and with decay it is there, in proportion to it
            with_decay = [backprop_gradient(F, Y, eta).norm() for eta in (1e-9, 2e-9)]
            assert (with_decay[1] / with_decay[0]).item() == pytest.approx(2, rel=1e-3)


def test_same_nonzero_spectrum():
    """Lemma 1 corrected: not two Gram matrices near the identity; Yt an eigenvector."""
    n, eta = 49, 0.3
    for width in (20, 48, 200):
        F, _ = on_the_table(7, width)
        rows, columns = torch.linalg.eigvalsh(F @ F.T), torch.linalg.eigvalsh(F.T @ F)
        r = min(n - 1, width)
        assert torch.allclose(rows[-r:], columns[-r:], rtol=1e-9, atol=1e-9)
        assert rows[:-r].abs().max() < 1e-9  # no identity on n - 1 dimensions if K < n - 1
        assert width == r or columns[:-r].abs().max() < 1e-9  # nor on K if K > n - 1
    F, Y = random_problem(6, 9, M=2, batch=())
    left, values, _ = torch.linalg.svd(F, full_matrices=False)
    values[1] = values[2] = 1.3
    F = left * values @ torch.linalg.svd(F, full_matrices=False).Vh
    Y = left[:, 1:3] @ Y[:2]
    assert (F @ F.T @ Y - 1.69 * Y).abs().max() < 1e-13
    expected = eta / (1.69 + eta) ** 2 * signal(F, Y)
    assert (backprop_gradient(F, Y, eta) - expected).abs().max() < 1e-13


def test_random_features_are_worst_where_both_could_be_near_the_identity():
    """K = n, the one width that Lemma 1 would allow: cos(G(inf), T) is nearly zero."""
    F, Y = on_the_table(23, 529)
    T = signal(F, Y)
    assert alignment(backprop_gradient(F, Y, 4e-6 * 529), T) < 0.05
    # The off-diagonal entries are small there all the same.
    gram = F @ F.T / F.square().sum() * 529
    assert (gram - gram.diagonal().diag()).square().mean().sqrt() < 0.1


def test_arc_kernel():
    """Lemma 3: E[s(c w.x) s(c w.y)] = sum a_l^2 (x.y)^l, against 4 million random nodes."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(2, 4_000_000, dtype=torch.float64, generator=generator)
    scale = math.sqrt(2)
    meaning = {"square": torch.square, "relu": torch.relu, "tanh": torch.tanh}
    for name, s in meaning.items():
        coefficients = hermite_coefficients(name, 120, scale)
        for cosine in (0.0, 0.5, -0.7):
            other = cosine * z[0] + math.sqrt(1 - cosine**2) * z[1]
            products = s(scale * z[0]) * s(scale * other)
            error = products.std() / math.sqrt(len(products))
            assert abs(products.mean() - arc_kernel(coefficients, cosine)) < 4 * error


@pytest.mark.parametrize("group", [cyclic(7), symmetric(3)], ids=repr)
def test_table_kernel_has_three_eigenspaces(group):
    """Lemma 4 on the table: x.x' is not nearly constant, yet Yt is an eigenvector."""
    M, Y = group.order, pairs_of(group).labels()
    X = GroupTask(group, 0.5).rows()
    assert set((X @ X.T).flatten().tolist()) == {0, 1, 2}
    main_effects = centre(X)
    for name in ("square", "relu", "silu", "tanh"):
        kernel = infinite_width_kernel(group, name)
        centred = centre(centre(kernel).T)
        spectrum = table_eigenvalues(name, M)
        assert (centred @ Y - spectrum.interaction * Y).abs().max() < 1e-12
        R = lazy_operator(group, name, eta=0.7)  # so that G(inf) is a multiple of T
        assert (R @ Y - Y / (spectrum.interaction + 0.7)).abs().max() < 1e-12
        main = centred @ main_effects - spectrum.main_effects * main_effects
        assert main.abs().max() < 1e-12
        assert (kernel.sum(1) - spectrum.constant).abs().max() < 1e-11
    assert table_eigenvalues("square", M)[1:] == pytest.approx((2 * M + 4, 4), abs=1e-12)


def slope_of_log(distances, times):
    return -np.diff(np.log(distances)) / np.diff(times)


def test_rates_of_approach():
    """Lemma 11 corrected: the slowest rate is eta if K > n, else sigma_min^2 + eta.

    The counterexample: what V(0) has where the features see nothing fades at the rate eta.
    """
    eta, times = 0.01, np.linspace(300, 400, 5)
    F, Y = random_problem(4, 9, batch=())
    start = gaussian(9, 3)
    end = ridge_readout(F, Y, eta)
    unseen = start - torch.linalg.pinv(F) @ F @ start
    assert (F @ unseen).abs().max() < 1e-13
    for V0, rate in ((start, eta), (end + unseen, eta)):
        flow = readout_flow(F, Y, eta, times, V0)
        distances = [float((V - end).norm()) for V, _ in flow]
        assert slope_of_log(distances, times) == pytest.approx(rate, rel=1e-9)
    # The gradient is as slow, since its readout is.
    G_end = backprop_gradient(F, Y, eta)
    distances = [float((G - G_end).norm()) for _, G in readout_flow(F, Y, eta, times, start)]
    assert slope_of_log(distances, times) == pytest.approx(eta, rel=1e-6)
    # Fewer nodes than samples, or V(0) = 0: sigma_min^2 + eta.
    for shape, V0 in (((9, 4), gaussian(4, 3)), ((4, 9), None)):
        F, Y = random_problem(*shape, batch=())
        fastest_times = np.linspace(20, 25, 5)
        end, smallest = ridge_readout(F, Y, eta), torch.linalg.svdvals(F).min().item()
        flow = readout_flow(F, Y, eta, fastest_times, V0)
        found = slope_of_log([float((V - end).norm()) for V, _ in flow], fastest_times)
        assert found == pytest.approx(smallest**2 + eta, rel=1e-3)


def test_output_scale():
    """Eq. 69 corrected: outputs beta F V are the flow of F V at time beta^2 t, ridge eta/beta^2.

    -dJ/dF is beta E V', not the E V' of the flow of the features beta F.
    """
    F, Y = random_problem(4, 9, batch=())
    eta, beta, start = 0.3, 2.5, 0.2 * gaussian(9, 3)
    times = [0.0, 0.1, 0.7, math.inf]
    scaled = readout_flow(beta * F, Y, eta, times, start)
    plain = readout_flow(F, Y, eta / beta**2, [beta**2 * t for t in times], beta * start)
    for (V, G), (_, G_1) in zip(scaled, plain, strict=True):
        features = F.clone().requires_grad_()
        loss = 0.5 * (Y - beta * features @ V).square().sum()
        (slope,) = torch.autograd.grad(loss, features)
        assert (beta * G + slope).abs().max() < 1e-12
        assert (beta * G - G_1).abs().max() < 1e-12
    sizes = [backprop_gradient(b * F, Y, 1e-6).norm() * b for b in (1.0, 10.0)]
    assert (sizes[0] / sizes[1]).item() == pytest.approx(100, rel=1e-3)  # beta^-2
    first = [b * next(iter(readout_flow(b * F, Y, 0, [1e-9])))[1].norm().item() for b in (1.0, 2.0)]
    assert first[1] / first[0] == pytest.approx(4, rel=1e-6)  # beta^2 as t -> 0
