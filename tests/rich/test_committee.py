"""The closed dynamics against weights, the exact test loss against samples."""

import pytest
import torch
from torch import Tensor

from li2_core.rich import (
    exact_test_loss,
    gaussian_questions,
    summaries,
    train_committee,
)
from li2_core.rich.committee import committee_outputs
from li2_core.rich.quadratic import answers, quadratic_outputs

EPSILON, LR = 0.1, 2.0


def first_weights(seeds: int, width: int, dimension: int) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(seeds, width, dimension, generator=generator, dtype=torch.float64)


def by_weights(
    inputs: Tensor, teacher: Tensor, W: Tensor, output_scale: float, steps: int
) -> Tensor:
    """The weights after gradient descent by autograd, knowing nothing of wbar and M."""
    first, y = committee_outputs(W, inputs, EPSILON), answers(inputs, teacher)
    W = W.clone().requires_grad_()
    for _ in range(steps):
        error = output_scale * (committee_outputs(W, inputs, EPSILON) - first) - y
        (slope,) = torch.autograd.grad(error.square().mean(-1).sum(), W)
        W = (W - LR * W.shape[-2] / output_scale**2 * slope).detach().requires_grad_()
    return W.detach()


@pytest.mark.parametrize("output_scale", [0.5, 1.0, 8.0])
def test_closed_dynamics_are_those_of_fifty_nodes(output_scale: float) -> None:
    inputs, teacher = gaussian_questions(10, 40, seeds=2)
    W = first_weights(2, 50, 10)
    run = train_committee(
        inputs, teacher, output_scale=output_scale, epsilon=EPSILON, steps=200, weights=W
    )
    trained = by_weights(inputs, teacher, W, output_scale, 200)
    mean, second = summaries(trained)
    assert torch.allclose(run.mean[:, -1], mean, rtol=0, atol=1e-10)
    assert torch.allclose(run.second[:, -1], second, rtol=0, atol=1e-10)
    outputs = output_scale * (
        committee_outputs(trained, inputs, EPSILON) - committee_outputs(W, inputs, EPSILON)
    )
    loss = (outputs - answers(inputs, teacher)).square().mean(-1)
    assert torch.allclose(run.train_loss[:, -1], loss, rtol=0, atol=1e-10)
    assert (run.second[:, -1] - run.second[:, 0]).norm() > 0.05  # it has moved


def test_exact_test_loss_is_the_mean_over_many_samples() -> None:
    """At the start, at the peak and later, of a machine that had noise to begin with."""
    inputs, teacher = gaussian_questions(10, 40, seeds=1)
    weights = first_weights(1, 50, 10)
    run = train_committee(inputs, teacher, steps=800, every=40, weights=weights)
    generator = torch.Generator().manual_seed(1)
    fresh = torch.randn(400_000, 10, generator=generator, dtype=torch.float64) / 10**0.5
    for moment in (0, 2, 20):
        outputs = quadratic_outputs(fresh, run.linear[0, moment], run.quadratic[0, moment])
        errors = (outputs - answers(fresh, teacher[0])).square()
        standard_error = errors.std() / len(errors) ** 0.5
        exact = run.test_loss.total[0, moment]
        assert abs(errors.mean() - exact) < 3 * standard_error
        assert standard_error < 0.01 * exact


def test_each_part_of_the_loss_is_what_its_name_says() -> None:
    """A linear predictor adds its power; the right answer costs nothing; a multiple of |x|^2
    that gets the mean right leaves the misalignment alone."""
    teacher = torch.tensor([2.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    right, zero = torch.outer(teacher, teacher), torch.zeros(4, dtype=torch.float64)
    assert exact_test_loss(zero, right, teacher).total == 0
    sloped = exact_test_loss(zero + 3, right, teacher)
    assert sloped.linear == sloped.total == 9  # 4 times 9, over D = 4
    level = exact_test_loss(zero, torch.eye(4).double(), teacher)
    assert level.mean_error == 0 and level.misalignment == 12 / 32


def test_a_run_says_when_and_how_far() -> None:
    run = train_committee(*gaussian_questions(20, 80, seeds=3), steps=400, every=50)
    assert run.steps.tolist() == list(range(0, 401, 50))
    reached = run.steps_to(run.train_loss, 0.5)
    for seed, step in enumerate(reached.tolist()):
        before = run.train_loss[seed, run.steps < step]
        assert (before >= 0.5 * run.train_loss[seed, 0]).all()
        at = run.train_loss[seed, (run.steps == step).nonzero().item()]
        assert at < 0.5 * run.train_loss[seed, 0]
    assert run.steps_to(run.train_loss, 1e-9).isnan().all()
    assert run.norm[:, 0].square().allclose(torch.full((3,), 20.0, dtype=torch.float64))
    assert (run.norm.diff(dim=1) > 0).all()  # it grows
    assert (run.kernel_movement[:, 0] == 0).all() and (run.kernel_movement[:, -1] > 0.01).all()
    assert (run.alignment[:, -1] > run.alignment[:, 0]).all()


def test_a_large_output_scale_is_the_linear_model() -> None:
    """The early course does not depend on the scale; a large one keeps the kernel as it is."""
    questions = gaussian_questions(20, 80, seeds=2)
    lazy = train_committee(*questions, output_scale=1e4, steps=300, every=10)
    rich = train_committee(*questions, output_scale=1.0, steps=300, every=10)
    assert torch.allclose(lazy.test_loss.total[:, 1], rich.test_loss.total[:, 1], rtol=0.02)
    assert lazy.kernel_movement.max() < 1e-3 < 0.05 < rich.kernel_movement.max()


def test_bad_input_is_named() -> None:
    inputs, teacher = gaussian_questions(5, 20)
    for change, message in (
        ({"output_scale": 0}, "output_scale must be a finite number above 0, got 0"),
        ({"epsilon": -1.0}, "epsilon must be a finite number above 0"),
        ({"lr": float("nan")}, "lr must be a finite number above 0"),
        ({"steps": 0}, "steps must be a whole number at least 1, got 0"),
        ({"weights": torch.zeros(1, 9, 4)}, r"weights must be \(S, N, D\), got \(1, 9, 4\)"),
        ({"weights": torch.zeros(2, 9, 5)}, r"weights must be \(1, N, 5\), got \(2, 9, 5\)"),
        ({"lr": 1e3}, "the committee diverged by step"),
    ):
        with pytest.raises(ValueError, match=message):
            train_committee(inputs, teacher, **change)
    with pytest.raises(ValueError, match=r"inputs must be \(S, P, D\) and teacher \(S, D\)"):
        train_committee(inputs, teacher[:, :4])
    with pytest.raises(ValueError, match=r"dimension must be a whole number at least 1, got 2\.5"):
        gaussian_questions(2.5, 20)
    with pytest.raises(ValueError, match="seeds"):
        gaussian_questions(2, 20, seeds=0)
