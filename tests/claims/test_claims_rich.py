"""Lazy to rich: what Kumar et al. claim of the committee machine, and of the output scale."""

import numpy as np
import pytest
import torch
from oracles import DATA

from li2_core.rich import (
    committee_regression,
    exact_test_loss,
    gaussian_questions,
    kernel_alignment,
    summaries,
    train_committee,
)
from li2_core.rich.committee import committee_outputs
from li2_core.rich.quadratic import answers
from li2_core.runs import read_table, select


def sweep(name: str) -> dict:
    return select(read_table(DATA / "committee"), sweep=name)


def median(values: np.ndarray) -> float:
    return float(np.median(np.nan_to_num(values, nan=np.inf)))


def test_two_networks_with_the_same_summaries_are_one() -> None:
    """Eq. 3 and 4: weights that differ, turned among the nodes, give one f and one kernel."""
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(12, 5, generator=generator, dtype=torch.float64)
    # A turn of the nodes that leaves the vector of ones where it is keeps both moments.
    basis, _ = torch.linalg.qr(
        torch.cat(
            [torch.ones(12, 1).double(), torch.randn(12, 11, generator=generator).double()], 1
        )
    )
    turn, _ = torch.linalg.qr(torch.randn(11, 11, generator=generator, dtype=torch.float64))
    other = basis @ torch.block_diag(torch.ones(1, 1).double(), turn) @ basis.mT @ W
    assert (W - other).norm() > 1
    inputs = gaussian_questions(5, 20)[0][0]
    assert torch.allclose(committee_outputs(W, inputs, 0.3), committee_outputs(other, inputs, 0.3))
    for a, b in zip(summaries(W), summaries(other), strict=True):
        assert torch.allclose(a, b)


def eigenvalue(f: torch.Tensor, inputs: torch.Tensor, epsilon: float) -> float:
    """<f Theta f> / <f f> for infinitely many nodes, over many inputs."""
    linear = inputs.mT @ f / len(f)
    squares = inputs.mT @ (f.unsqueeze(1) * inputs) / len(f)
    along = linear.square().sum() + epsilon**2 * squares.square().sum()
    return float(along / f.square().mean())


def test_quadratic_functions_have_the_square_of_epsilon() -> None:
    """Appendix 11.1, not the main text's 2 epsilon / D^2."""
    D, epsilon = 12, 0.2
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400_000, D, generator=generator, dtype=torch.float64) / D**0.5
    assert eigenvalue(x[:, 0], x, epsilon) == pytest.approx(1 / D, rel=0.01)
    found = eigenvalue(x[:, 0] * x[:, 1], x, epsilon)
    assert found == pytest.approx(2 * epsilon**2 / D**2, rel=0.02)
    assert found < 0.5 * 2 * epsilon / D**2
    norm = x.square().sum(1)
    assert eigenvalue(norm, x, epsilon) == pytest.approx(epsilon**2 / D * (1 + 2 / D), rel=0.03)


def test_the_hump_is_the_linear_part_and_the_fall_the_alignment() -> None:
    """Eq. 6 and Fig. 4, over ten seeds."""
    run = train_committee(*gaussian_questions(40, 160, seeds=10), steps=2000, every=10)
    parts, total = run.test_loss, run.test_loss.total
    peak = total.argmax(1, keepdim=True)
    rise = {name: part.gather(1, peak)[:, 0] - part[:, 0] for name, part in parts._asdict().items()}
    assert (rise["linear"] > 0.1).all()
    assert (rise["misalignment"] < 0.02).all() and (rise["mean_error"] < 0.02).all()
    fall = {
        name: part.gather(1, peak)[:, 0] - part[:, -1] for name, part in parts._asdict().items()
    }
    middle = {name: part.median() for name, part in fall.items()}
    assert middle["misalignment"] > 1.5 * max(middle["linear"], middle["mean_error"])


def test_it_groks_without_decay_while_the_weights_grow() -> None:
    """Fig. 1: a hundred seeds. The hump, the line of the first kernel crossed, a growing norm."""
    runs = sweep("headline")
    assert len(np.unique(runs["seed"])) == 100
    assert (runs["peak"] > 1.05).all() and (runs["norm_ratio"] > 3).all()
    assert (runs["end"] < 0.5 * runs["kernel_line"]).all()
    assert (runs["steps_to_train_0.1"] <= 400).all()
    assert np.isfinite(runs["steps_to_test_0.25"]).sum() >= 95
    delay = median(runs["steps_to_test_0.25"]) / median(runs["steps_to_train_0.1"])
    assert 4 < delay < 8
    assert (runs["step_of_peak"] < runs["steps_to_kernel_line"]).all()


def test_a_rise_and_a_fall_prove_nothing() -> None:
    """The lazy machine shows both, and does not pass below its kernel's line."""
    lazy = train_committee(
        *gaussian_questions(40, 160, seeds=3), output_scale=1e4, steps=6000, every=20
    )
    loss, line = lazy.test_loss.total, lazy.kernel_line
    assert (loss.max(1).values > 1.1 * loss[:, 0]).all()
    assert (loss[:, -1] < 0.8 * loss[:, 0]).all()
    assert (loss.min(1).values > 0.98 * line).all()
    assert lazy.kernel_movement.max() < 1e-3


def test_the_scale_stretches_the_delay() -> None:
    """Fig. 3a: test over train steps rises with beta, until it is not over within the budget."""
    runs = sweep("scale")
    ratios, scales = [], np.unique(runs["output_scale"])
    for scale in scales:
        here = select(runs, output_scale=scale)
        ratios.append(median(here["steps_to_test_0.25"]) / median(here["steps_to_train_0.1"]))
    assert scales.tolist() == [0.1, 0.3, 1.0, 3.0, 10.0]
    assert ratios[-1] == np.inf and ratios == sorted(set(ratios))
    assert ratios[0] < 4 and 4.5 < ratios[2] < 6.5 and 8 < ratios[3] < 12


def epsilon_column() -> tuple[list[float], list[float]]:
    """At beta = 1: the delay in steps and as a ratio, from small to large epsilon."""
    here = select(sweep("map"), output_scale=1.0)
    steps, ratios = [], []
    for epsilon in np.unique(here["epsilon"]):
        cell = select(here, epsilon=epsilon)
        train, test = median(cell["steps_to_train_0.1"]), median(cell["steps_to_test_0.25"])
        steps.append(test - train)
        ratios.append(test / train)
    return steps, ratios


def test_epsilon_is_a_clock() -> None:
    """Fig. 3b: a smaller epsilon delays in steps; the ratio it makes smaller."""
    steps, ratios = epsilon_column()
    assert steps == sorted(steps, reverse=True)
    assert ratios == sorted(ratios)
    ends = [
        median(select(sweep("map"), output_scale=1.0, epsilon=epsilon)["end"])
        for epsilon in (0.1, 0.2, 0.4)
    ]
    assert ends == sorted(ends)  # a worse first kernel ends in a better network


def test_the_zone_of_the_data() -> None:
    """Fig. 9: never below 2.5 questions a dimension, together above ten."""
    runs = sweep("data")
    for ratio in np.unique(runs["ratio"]):
        here = select(runs, ratio=ratio)
        train, test = here["steps_to_train_0.1"], here["steps_to_test_0.25"]
        if ratio <= 2:
            assert np.isnan(test).all()
        if 4 <= ratio <= 5:
            assert median(test) > 2 * median(train)
        if ratio >= 10:
            assert np.isfinite(test).all() and median(test) < 1.25 * median(train)


def test_ridgeless_regression_does_not_care_for_epsilon() -> None:
    """Not D^2 / 2 epsilon samples: with D + D(D+1)/2 of them the loss is zero for any epsilon."""
    D = 10
    enough = D + D * (D + 1) // 2
    for num_train, is_enough in ((enough, True), (enough - 8, False)):
        inputs, teacher = gaussian_questions(D, num_train, seeds=3)
        y, mean = answers(inputs, teacher), inputs.new_zeros(3, D)
        second = torch.eye(D, dtype=torch.float64).expand(3, D, D)
        for epsilon in (0.05, 1.0):
            found = committee_regression(inputs, y, mean, second, epsilon)
            loss = exact_test_loss(*found, teacher).total
            assert ((loss < 1e-6) == is_enough).all()


def test_equation_20_lacks_a_quarter() -> None:
    """<y Theta y'> by Monte Carlo, for a Sigma that is not a multiple of the identity."""
    D, epsilon, generator = 4, 0.5, torch.Generator().manual_seed(0)
    root = torch.randn(D, D, generator=generator, dtype=torch.float64)
    second, teacher = root @ root.mT, torch.tensor([1.5, -0.5, 1.0, 0.7]).double()
    x, z = torch.randn(2, 2_000_000, D, generator=generator, dtype=torch.float64) / D**0.5
    kernel = (x * z).sum(1) * epsilon**2 * ((x @ second) * z).sum(1)
    terms = answers(x, teacher) * kernel * answers(z, teacher)
    size = teacher.square().sum()
    printed = (
        epsilon**2 / D**4 * (size**2 * second.trace() + 8 * size * (teacher @ second @ teacher))
    )
    error = terms.std() / len(terms) ** 0.5
    assert abs(terms.mean() - printed / 4) < 4 * error
    assert abs(terms.mean() - printed) > 50 * error


def test_alignment_rises_after_the_peak() -> None:
    """Flat to the peak, then rising; not centred, as in the paper, never 0.03 away."""
    run = train_committee(*gaussian_questions(40, 160, seeds=5), steps=2000, every=10)
    peak = run.test_loss.total.argmax(1, keepdim=True)
    at_peak = run.alignment.gather(1, peak)[:, 0]
    before, after = at_peak - run.alignment[:, 0], run.alignment[:, -1] - at_peak
    assert (after > 3 * before).all() and (after > 0.01).all()
    gram = torch.stack(list(run.kernels()), 1)
    y = answers(run.inputs, run.teacher).unsqueeze(1).expand(gram.shape[:-1])
    assert torch.allclose(kernel_alignment(gram, y), run.alignment)
    along = (y * (gram @ y.unsqueeze(-1)).squeeze(-1)).sum(-1)
    raw = along / (gram.norm(dim=(-2, -1)) * y.square().sum(-1))
    assert 0.01 < (raw - run.alignment).abs().max() < 0.03
    raw_at_peak = raw.gather(1, peak)[:, 0]
    assert (raw[:, -1] - raw_at_peak > 2 * (raw_at_peak - raw[:, 0])).all()


def scale_table(setting: str) -> list[tuple[float, float, float, float]]:
    """Output scale, rate, and the median steps to 99% train and to 90% test accuracy."""
    runs = select(read_table(DATA / "output_scale"), setting=setting)
    found = []
    for scale, lr in sorted(set(zip(runs["output_scale"], runs["lr"], strict=True))):
        here = select(runs, output_scale=scale, lr=lr)
        times = (here["steps_to_train_accuracy"], here["steps_to_test_accuracy"])
        found.append((scale, lr, *map(median, times)))
    return found


def test_a_larger_scale_is_faster_in_one_clock_only() -> None:
    """No decay: sooner in steps of a fixed rate, later at rate 1/beta^2 and as a ratio."""
    kernel_clock = [row for row in scale_table("descent") if row[1] * row[0] ** 2 == 100]
    assert [row[0] for row in kernel_clock] == [0.5, 1.0, 2.0, 4.0]
    tests = [row[3] for row in kernel_clock]
    ratios = [row[3] / row[2] for row in kernel_clock]
    assert tests == sorted(tests) and ratios == sorted(ratios) and tests[-1] > 2 * tests[0]
    fixed = [row for row in scale_table("descent") if row[1] == 25]
    assert [row[0] for row in fixed] == [1.0, 2.0] and fixed[1][3] < fixed[0][3]
    by_clock = [row[3] * row[1] / 100 for row in kernel_clock]
    assert by_clock == sorted(by_clock, reverse=True)


@pytest.mark.parametrize("setting", ["adam 41", "adam 23"])
def test_with_decay_a_larger_scale_is_slower(setting: str) -> None:
    """Li2, Sec. 7, says sooner."""
    tests = [row[3] for row in scale_table(setting)]
    assert len(tests) >= 4 and tests == sorted(set(tests))


def test_the_growth_follows_sigma_squared_beta() -> None:
    """Fig. 7: equal products sigma^2 beta grow alike; the times follow beta, not sigma."""
    questions = gaussian_questions(20, 100, seeds=3)
    W = torch.randn(3, 400, 20, generator=torch.Generator().manual_seed(0)).double()
    growth, times = {}, {}
    for sigma, beta in ((0.5, 4.0), (1.0, 1.0), (2.0, 0.25), (2.0, 1.0)):
        run = train_committee(*questions, output_scale=beta, weights=sigma * W, steps=4000)
        growth[sigma, beta] = float((run.norm[:, -1] / run.norm[:, 0]).median())
        times[sigma, beta] = float(run.steps_to(run.test_loss.total, 0.25).median())
    alike = [growth[0.5, 4.0], growth[1.0, 1.0], growth[2.0, 0.25]]
    assert max(alike) < 1.02 * min(alike) and growth[2.0, 1.0] < 0.7 * min(alike)
    assert times[0.5, 4.0] > 2 * times[1.0, 1.0] > 4 * times[2.0, 0.25]
    assert times[2.0, 1.0] == pytest.approx(times[1.0, 1.0], rel=0.3)


def test_a_start_that_knows_a_little() -> None:
    """Fig. 10: the delay shortens at once; the hump goes only with a large part."""
    inputs, teacher = gaussian_questions(40, 160, seeds=3)
    generator = torch.Generator().manual_seed(4)
    noise = torch.randn(3, 200, 40, generator=generator, dtype=torch.float64)
    signs = torch.tensor([1.0, -1.0]).double().repeat(100)[:, None]
    humps, delays = [], []
    for part in (0.0, 0.3, 1.0):
        W = noise + part * signs * teacher[:, None]
        run = train_committee(inputs, teacher, weights=W, steps=6000, every=10)
        loss = run.test_loss.total
        humps.append(float((loss.max(1).values / loss[:, 0]).median()))
        low = run.steps_to(run.train_loss, 0.1), run.steps_to(loss, 0.25)
        delays.append(float((low[1] - low[0]).median()))
    assert delays[1] < 0.6 * delays[0] and delays[2] < 0.3 * delays[1]
    assert humps[0] - humps[1] < 0.1 and humps[2] < 1.1 < humps[0] - 0.1
