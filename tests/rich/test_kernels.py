"""Tangent kernels against autograd, the spectrum against samples, regression against its line."""

import pytest
import torch

from li2_core.rich import (
    committee_kernel,
    committee_regression,
    committee_spectrum,
    exact_test_loss,
    gaussian_questions,
    kernel_coefficients,
    summaries,
    tangent_kernel,
    train_committee,
)
from li2_core.rich.committee import committee_outputs
from li2_core.rich.quadratic import answers, quadratic_outputs

EPSILON = 0.3


def test_equation_5_is_the_kernel_by_autograd() -> None:
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(30, 6, generator=generator, dtype=torch.float64) + 0.4
    inputs = gaussian_questions(6, 20)[0][0]
    by_autograd = tangent_kernel(
        lambda p, x: committee_outputs(p["W"], x, EPSILON), {"W": W}, inputs, inputs[:5]
    )
    by_hand = committee_kernel(inputs, inputs[:5], *summaries(W), EPSILON)
    assert torch.allclose(30 * by_autograd, by_hand, rtol=0, atol=1e-12)


def test_the_tangent_kernel_sums_over_outputs_and_parameters() -> None:
    """Against gradients taken one output and one sample at a time."""
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    net = net.double()
    inputs = torch.randn(5, 3, dtype=torch.float64)
    parameters = dict(net.named_parameters())

    def outputs(state: dict[str, torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(net, state, (rows,))

    found = tangent_kernel(outputs, parameters, inputs)
    slopes = torch.zeros(5, 2, sum(p.numel() for p in parameters.values()), dtype=torch.float64)
    for i in range(5):
        for c in range(2):
            grads = torch.autograd.grad(net(inputs[i : i + 1])[0, c], list(parameters.values()))
            slopes[i, c] = torch.cat([g.flatten() for g in grads])
    assert torch.allclose(found, torch.einsum("icp,jcp->ij", slopes, slopes), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match=r"answers must give \(n, M\) or \(n,\) with n = 5"):
        tangent_kernel(lambda p, x: outputs(p, x).sum(), parameters, inputs)


def test_the_spectrum_is_that_of_many_nodes_and_samples() -> None:
    """4000 nodes, D = 10: each eigenvalue within 1%, by its eigenfunctions over many samples."""
    generator = torch.Generator().manual_seed(3)
    D = 10
    W = torch.randn(4000, D, generator=generator, dtype=torch.float64)
    mean, second = summaries(W)
    x = torch.randn(300_000, D, generator=generator, dtype=torch.float64) / D**0.5
    functions = {
        "linear": [x[:, i] for i in range(D)],
        "|x|^2": [x.square().sum(1)],
        "harmonic quadratics": [x[:, i] * x[:, j] for i in range(D) for j in range(i)],
    }
    for space in committee_spectrum(D, EPSILON):
        assert space.eigenvalue > 0
        rayleigh = []
        for f in functions[space.name]:
            # <f K f> of equation 5 needs <f x> and <f x x'> only.
            pulled = x.mT @ f / len(x)
            squares = x.mT @ (f.unsqueeze(1) * x) / len(x)
            value = pulled @ pulled + 2 * EPSILON * mean @ squares @ pulled
            value = value + EPSILON**2 * (squares @ second * squares).sum()
            rayleigh.append(value / f.square().mean())
        average = torch.stack(rayleigh).mean().item()
        assert average == pytest.approx(space.eigenvalue, rel=0.01)
    sizes = [space.dimension for space in committee_spectrum(D, EPSILON)]
    assert sum(sizes) == D + D * (D + 1) // 2


def test_the_spectrum_is_that_of_the_moments() -> None:
    """In sympy's way, without samples: <x_i x_j x_k x_l> of a Gaussian by its pairings."""
    D, second = 4, EPSILON**2
    linear, norm, harmonic = (space.eigenvalue for space in committee_spectrum(D, EPSILON))
    assert linear == 1 / D
    eye = torch.eye(D, dtype=torch.float64)
    pairings = (
        torch.einsum("ij,kl->ijkl", eye, eye)
        + torch.einsum("ik,jl->ijkl", eye, eye)
        + torch.einsum("il,jk->ijkl", eye, eye)
    ) / D**2
    operator = second * pairings.reshape(D * D, D * D)
    values = torch.linalg.eigvalsh(operator)
    values = values[values > 1e-12]
    assert len(values) == D * (D + 1) // 2
    assert torch.allclose(values[:-1], torch.full_like(values[:-1], harmonic))
    assert values[-1].item() == pytest.approx(norm)


@pytest.mark.parametrize("has_noise", [False, True])
def test_regression_is_the_end_of_the_lazy_machine(has_noise: bool) -> None:
    inputs, teacher = gaussian_questions(8, 20, seeds=2)
    weights = None
    if has_noise:
        generator = torch.Generator().manual_seed(5)
        weights = torch.randn(2, 60, 8, generator=generator, dtype=torch.float64)
    run = train_committee(
        inputs,
        teacher,
        output_scale=1e5,
        epsilon=1.0,
        lr=1.0,
        steps=4000,
        every=4000,
        weights=weights,
    )
    found = committee_regression(
        inputs, answers(inputs, teacher), run.mean[:, 0], run.second[:, 0], 1.0
    )
    assert torch.allclose(quadratic_outputs(inputs, *found), answers(inputs, teacher))
    assert torch.allclose(found[1], found[1].mT)
    line = exact_test_loss(*found, teacher).total
    assert (run.train_loss[:, -1] < 1e-6).all()
    assert torch.allclose(run.test_loss.total[:, -1], line, rtol=0.01)


def test_more_inputs_than_functions_have_no_inverse() -> None:
    with pytest.raises(ValueError, match="the Gram matrix has no inverse: give a ridge"):
        kernel_coefficients(torch.zeros(3, 3), torch.ones(3))
    with pytest.raises(ValueError, match="ridge must be a finite number at least 0, got -1"):
        kernel_coefficients(torch.eye(3), torch.ones(3), ridge=-1)
    with pytest.raises(ValueError, match="dimension must be a whole number at least 2, got 1"):
        committee_spectrum(1, 0.1)
