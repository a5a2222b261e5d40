"""Stage I: what the papers claim of the lazy readout and of the gradient that leaks."""

import math

import numpy as np
import pytest
import sympy
import torch
from oracles import DATA, draw, random_problem

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
from li2_core.lazy.hermite import _polynomials, arc_kernel, normal_quadrature
from li2_core.runs import read_provenance, read_table, select
from li2_core.tasks import pairs_of


def on_the_table(M=23, width=2048, seed=0):
    """Ft and Yt on the full table of Z_M, x^2, weights from N(0, 1)."""
    group = cyclic(M)
    return centre(random_features(group, width, seed=seed)), pairs_of(group).labels()


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
    for start in (None, draw(K, 3, seed=7)):
        ((V_end, G),) = readout_flow(F, Y, eta, [300.0], start)
        assert (V_end - V).abs().max() < 1e-13
        assert all((G - form).abs().max() < 1e-13 for form in forms)


def test_small_times():
    """Prop. 2 with its missing term: G = Y V0' - F V0 V0' + t T + O(t alpha) + O(t^2)."""
    F, Y = random_problem(6, 9, batch=())
    F, Y, t = centre(F), centre(Y), 1e-4
    T, direction = signal(F, Y), draw(9, 3, seed=7)

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
    ((_, G),) = readout_flow(F, Y, 0, [0.0], alpha * draw(width, M, seed=7))
    assert G.norm() == pytest.approx(alpha * math.sqrt(width * M**2 * (1 - 1 / M)), rel=0.02)
    assert G.norm() > 4 * alpha * math.sqrt(width * M)


def test_the_dropped_term_dominates_at_the_usual_scale():
    """F V0 V0' against Yt V0' at alpha = 1/sqrt K, M = 23, K = 2048."""
    width = 2048
    F, Y = on_the_table(width=width)
    start = draw(width, 23, seed=7) / math.sqrt(width)
    assert (F @ start @ start.T).norm() > 2 * (Y @ start.T).norm()


def test_zero_init_window():
    """Against Prop. 1: the best cosine with T over time falls with the scale of V(0).

    With a ridge the start fades, and a late G may be better than any in the window.
    """
    width = 2048
    F, Y = on_the_table(width=width)
    T, direction = signal(F, Y), draw(width, 23, seed=7)
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


def realizable(n, K, M=3, seed=0):
    """A1 and A2: Ft of full column rank K, and Yt = Ft V* for some V*."""
    F, _ = random_problem(n, K, batch=(), seed=seed)
    return F, F @ draw(K, M, seed=seed)


def test_propositions_3_and_4_under_their_assumptions():
    """Without decay G -> 0 at the rate sigma_min^2, with it G -> G* at sigma_min^2 + eta."""
    F, Y = realizable(9, 4)
    smallest = torch.linalg.svdvals(F).min().item() ** 2
    for eta in (0.0, 0.2):
        times = np.linspace(14, 18, 5) / (smallest + eta)
        end = backprop_gradient(F, Y, eta)
        assert end.norm() < 1e-12 if eta == 0 else end.norm() > 0.01
        flow = readout_flow(F, Y, eta, times, draw(4, 3, seed=7))
        found = slope_of_log([float((G - end).norm()) for _, G in flow], times)
        assert found == pytest.approx(smallest + eta, rel=1e-3)


def test_both_assumptions_together_mean_one_width():
    """Random features on the table: A1 asks for K <= n - 1, A2 for K >= n - 1; Fig. 3 has more."""
    n = 49
    for width in (30, 47, 48, 49, 60):
        F, Y = on_the_table(7, width)
        full_rank = torch.linalg.matrix_rank(F).item() == width
        left = Y - F @ torch.linalg.pinv(F) @ Y
        assert full_rank == (width <= n - 1)
        assert (left.norm() < 1e-9 * Y.norm()) == (width >= n - 1)
    assert read_provenance(DATA / "fig3")["notes"]["net"].startswith("width 2048")
    assert GroupTask(cyclic(71), 0.4).num_train == 2016


def test_no_decay_no_signal():
    """Prop. 3 without A2 (K >= n is enough, too): with fewer nodes G stays of order one."""
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


RATIOS = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 4 / 3, 2, 4, 8)


def check_dip(cosine):
    """The whole curve over K/n: cos(G(inf), T) on the table of Z_23, small ridge.

    With few nodes the few long ones lower it; nodes of one length come near the formula again.
    """
    for ratio in RATIOS:
        width = round(ratio * 529)
        F, Y = on_the_table(23, width)
        found = float(alignment(backprop_gradient(F, Y, 4e-6 * width), signal(F, Y)))
        assert found == pytest.approx(cosine(ratio), abs=0.06 if ratio >= 3 / 4 else 0.12), ratio
        if ratio < 3 / 4:
            table = F.reshape(23, 23, width)
            table = table - table.mean(0, keepdim=True)
            F = (table - table.mean(1, keepdim=True)).reshape(529, width)
            F = F / F.norm(dim=0)
            found = float(alignment(backprop_gradient(F, Y, 1e-6), signal(F, Y)))
            assert found == pytest.approx(cosine(ratio), abs=0.07), ratio


def test_random_features_are_worst_where_both_could_be_near_the_identity():
    """1 - min(K/n, n/K): zero at K = n, nearly the one width that Lemma 1 would allow."""
    check_dip(lambda ratio: 1 - min(ratio, 1 / ratio))
    # The off-diagonal entries are small there all the same.
    F, _ = on_the_table(23, 529)
    gram = F @ F.T / F.square().sum() * 529
    assert (gram - gram.diagonal().diag()).square().mean().sqrt() < 0.1


def test_hermite_polynomials_of_correlated_normals():
    """Lemma 3: E[he_n(Z1) he_m(Z2)] = rho^n delta_nm, with he_n read off the library's series."""
    z, weights = normal_quadrature(8)
    he = torch.stack(list(_polynomials(z, 8)))
    for rho in (0.5, -0.7):
        # he_m of rho z + sqrt(1 - rho^2) y, averaged over y: a function of z.
        other = rho * z[:, None] + math.sqrt(1 - rho**2) * z
        mixed = torch.stack([values @ weights for values in _polynomials(other, 8)])
        moments = (he * weights) @ mixed.T
        expected = torch.diag(rho ** torch.arange(9, dtype=torch.float64))
        assert (moments - expected).abs().max() < 1e-10


def test_the_mean_of_the_exponential_of_a_normal_number():
    """Lemma 4: E exp(tX - t^2/2) = 1, in symbols and by the library's quadrature."""
    t, x = sympy.symbols("t x", real=True)
    integrand = sympy.exp(t * x - t**2 / 2 - x**2 / 2) / sympy.sqrt(2 * sympy.pi)
    assert sympy.simplify(sympy.integrate(integrand, (x, -sympy.oo, sympy.oo))) == 1
    z, weights = normal_quadrature(0)
    for slope in (0.5, -1.0, 2.0):
        assert float(weights @ torch.exp(slope * z - slope**2 / 2)) == pytest.approx(1, abs=1e-9)


def test_the_signal_is_no_shorter_than_the_smallest_singular_value_says():
    """Lemma 11 needs A2 beside A1, which its proof does not use: F F' has zeros if K < n."""

    def holds(F, Y):
        return signal(F, Y).norm() >= torch.linalg.svdvals(F).min() * (Y @ Y.T).norm() * 0.999

    assert all(holds(*realizable(9, 4, seed=seed)) for seed in range(20))
    F, Y = random_problem(9, 4, batch=())
    beside = Y - F @ torch.linalg.pinv(F) @ Y
    assert torch.linalg.matrix_rank(F) == 4 and beside.norm() > 1
    assert signal(F, beside).norm() < 1e-12 and not holds(F, beside)
    # Centred features of K >= n nodes have a singular value of zero: the bound says nothing.
    assert torch.linalg.svdvals(on_the_table(7, 60)[0])[48] < 1e-12


def test_arc_kernel():
    """Eq. 12: E[s(c w.x) s(c w.y)] = sum a_l^2 (x.y)^l, against 4 million random nodes."""
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
    """Eq. 12 on the table: x.x' is not nearly constant, yet Yt is an eigenvector."""
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
    """Prop. 4 without A1: the slowest rate is eta if K > n, else sigma_min^2 + eta.

    The counterexample: what V(0) has where the features see nothing fades at the rate eta.
    """
    eta, times = 0.01, np.linspace(300, 400, 5)
    F, Y = random_problem(4, 9, batch=())
    start = draw(9, 3, seed=7)
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
    for shape, V0 in (((9, 4), draw(4, 3, seed=7)), ((4, 9), None)):
        F, Y = random_problem(*shape, batch=())
        fastest_times = np.linspace(20, 25, 5)
        end, smallest = ridge_readout(F, Y, eta), torch.linalg.svdvals(F).min().item()
        flow = readout_flow(F, Y, eta, fastest_times, V0)
        found = slope_of_log([float((V - end).norm()) for V, _ in flow], fastest_times)
        assert found == pytest.approx(smallest**2 + eta, rel=1e-3)


def test_output_scale():
    """Eqs. 66 to 69: outputs beta F V are the flow of F V at time beta^2 t, ridge eta/beta^2.

    Corrected: -dJ/dF is beta E V', not the E V' of the flow of the features beta F.
    """
    F, Y = random_problem(4, 9, batch=())
    eta, beta, start = 0.3, 2.5, 0.2 * draw(9, 3, seed=7)
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


def at(table, step, decay):
    """The five seeds of Fig. 3's run at a step."""
    rows = (table["weight_decay"] == decay) & (table["step"] == step)
    assert rows.sum() == 5
    return {name: values[rows] for name, values in table.items()}


def test_the_papers_run_goes_through_the_stages():
    """Fig. 3: pairs first, then V still ahead of W, then with decay alone the rule."""
    table = read_table(DATA / "fig3")
    for decay in (2e-4, 0.0):
        early = at(table, 40, decay)
        assert early["train_accuracy"].min() > 0.99 and early["test_accuracy"].max() < 0.01
        assert early["readout_cosine"].max() < 0.75 < 0.9 < early["hidden_cosine"].min()
    start, high, end = (at(table, step, 2e-4) for step in (0, 100, 260))
    size = "backprop_gradient_norm"
    assert start[size].max() < 0.5 * high[size].min() and end[size].max() < 0.5 * high[size].min()
    assert end["test_accuracy"].min() > 0.98
    without = at(table, 400, 0.0)
    assert without["test_accuracy"].max() < 0.1 and without["train_accuracy"].min() == 1
    assert (at(table, 100, 0.0)[size] < high[size]).all()


def test_the_entries_of_the_gram_matrices_do_not_see_learning():
    """Within 8%, as Fig. 3's caption says, before, while and after the features turn to waves."""
    table = read_table(DATA / "fig3")
    for step in (0, 100, 260):
        moment = at(table, step, 2e-4)
        for name in ("sample_gram_rms", "feature_gram_rms"):
            assert moment[name].min() > 0.02 and moment[name].max() < 0.08
    # Meanwhile the cosine at rest, which they are to vouch for, falls from .94 to about .65.
    assert at(table, 260, 2e-4)["rest_alignment"].max() < 0.75
    assert at(table, 0, 2e-4)["rest_alignment"].min() > 0.9


def test_zero_init_is_faster_by_less_than_three():
    """Sec. 3.2, Figs. 14 to 16, for two layers: pairs of runs that differ in V(0) alone."""
    table = read_table(DATA / "zero_init")
    names = ("M", "train_fraction", "weight_decay")
    cases = sorted(set(zip(*(table[name].tolist() for name in names), strict=True)))
    assert len(cases) == 5
    for case in cases:
        rows = np.all([table[name] == value for name, value in zip(names, case, strict=True)], 0)
        zero, usual = (table["steps_to_90"][rows & (table["readout_scale"] == s)] for s in (0, 1))
        gain = usual / zero
        assert len(gain) >= 5 and gain.min() > 1 and gain.max() < 3
        assert 1.2 < np.median(gain) < 2.2


AMPLE, SCARCE = {23: 0.4, 47: 0.4, 71: 0.3}, {23: 0.36, 47: 0.25, 71: 0.2}


def medians(table, column, steps, shares, frozen="nothing", decay=5e-4):
    """{(order, width): medians of five seeds at the steps} of the runs of chapter 5."""
    found = {}
    for order, share in shares.items():
        for width in ("512", "n"):
            key = {"order": order, "train_fraction": share, "width": width, "frozen": frozen}
            rows = [select(table, weight_decay=decay, step=step, **key) for step in steps]
            assert all(len(set(row["seed"].tolist())) == 5 for row in rows)
            found[order, width] = [float(np.median(row[column])) for row in rows]
    return found


@pytest.mark.parametrize("decay", [5e-4, 0.0])
def test_the_noise_of_one_element_leaves_the_error(decay):
    """The share in G_F falls and is that in the error; the one in T stays."""
    table, steps = read_table(DATA / "clearing"), [0, 20, 40, 100]
    shares = [
        medians(table, f"{name}_share", steps, AMPLE, decay=decay)
        for name in ("gradient", "error", "signal")
    ]
    for (order, width), gradient in shares[0].items():
        error, signal = (found[order, width] for found in shares[1:])
        p = AMPLE[order]
        assert gradient[0] == pytest.approx(2 * (1 - p) / (p * order), rel=0.1)
        assert gradient == pytest.approx(error, rel=0.1)
        assert 2.5 < gradient[0] / gradient[-1] < 10
        assert signal[-1] == pytest.approx(signal[0], rel=0.1)


def test_neither_layer_clears_the_noise_alone():
    """A readout on frozen features less than half of it; a hidden layer not at every width."""
    kinds, left = {"nothing": 1 / 4, "hidden": 1, "readout": 1}, {}
    table = read_table(DATA / "clearing")
    for frozen, most in kinds.items():
        found = medians(table, "gradient_share", [0, 100], AMPLE, frozen)
        left[frozen] = [late / first for first, late in found.values()]
        assert max(left[frozen]) < most
    assert min(left["hidden"]) > 1 / 2 and max(left["readout"]) > 0.9
    for both, readout, hidden in zip(*left.values(), strict=True):
        assert both < min(readout, 1.1 * hidden)


def test_waves_are_maxima_of_the_errors_energy_for_a_while_and_not_where_pairs_are_scarce():
    """1/2 ||E' s(Xw)||^2 with the error E of a step, 512 nodes with weight decay."""
    table, steps = read_table(DATA / "clearing"), range(0, 151, 10)
    best = {23: 0.4, 47: 1.0, 71: 0.9}
    for (order, width), found in medians(table, "survived", steps, AMPLE).items():
        if width == "512":
            assert found[0] == 0 and max(found) == pytest.approx(best[order], abs=0.01)
            assert found.index(max(found)) in (3, 4) and found[-1] < max(found) / 2
    for found in medians(table, "survived", steps, SCARCE).values():
        assert max(found) <= 0.2
