"""The claims of `book/claims.yml`: each has a test, and the tests are here or named there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from li2_core import FiniteGroup, GroupTask, cyclic, product

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = yaml.safe_load((ROOT / "book" / "claims.yml").read_text(encoding="utf-8"))
VERDICTS = {"holds", "holds with a correction", "fails", "open"}


def test_backpropagated_gradient() -> None:
    torch.manual_seed(0)
    F = torch.randn(12, 7, dtype=torch.float64, requires_grad=True)
    V = torch.randn(7, 5, dtype=torch.float64)
    Y = torch.eye(5, dtype=torch.float64)[torch.randint(5, (12,))]
    P = torch.eye(12, dtype=torch.float64) - 1 / 12
    loss = 0.5 * (P @ (Y - F @ V)).square().sum()
    (slope,) = torch.autograd.grad(loss, F)
    assert torch.allclose(-slope, (P @ (Y - F @ V) @ V.T).detach(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("group", [cyclic(7), product(cyclic(2), cyclic(4)), cyclic(1)])
def test_class_means_coincide(group: FiniteGroup) -> None:
    task = GroupTask(product(group, cyclic(2)), train_fraction=0.5)
    X, Y = task.rows(), task.labels()
    means = (Y.T @ X) / Y.sum(0)[:, None]
    assert torch.allclose(means, torch.full_like(means, 1 / task.group.order), rtol=0, atol=1e-15)
    centred = X.T @ (Y - Y.mean(0))
    assert centred.abs().max() < 1e-12


def random_network(n: int = 12, K: int = 7, M: int = 5) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    Y = torch.eye(M, dtype=torch.float64)[torch.randint(M, (n,))]
    return torch.randn(n, K, dtype=torch.float64), torch.randn(K, M, dtype=torch.float64), Y


def training_loss(F: torch.Tensor, V: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
    """The loss that is trained, straight from its definition: both sides centred over classes."""
    outputs = F @ V
    error = (Y - Y.mean(1, keepdim=True)) - (outputs - outputs.mean(1, keepdim=True))
    return error.square().sum(1).mean()


def test_the_two_losses_differ_by_the_mean_residual() -> None:
    F, V, Y = random_network()
    V = V - V.mean(1, keepdim=True)
    error = Y - F @ V
    J = 0.5 * (error - error.mean(0)).square().sum()
    residual = (Y - 1 / 5 - F @ V).mean(0)
    assert torch.isclose(6 * training_loss(F, V, Y), J + 6 * residual.square().sum(), atol=1e-12)


def test_weight_decay_is_a_ridge() -> None:
    F, V, Y = random_network()
    decay = 0.03
    V = (V - V.mean(1, keepdim=True)).requires_grad_()
    optimizer = torch.optim.SGD([V], lr=0.05, weight_decay=decay)
    for _ in range(12_000):
        optimizer.zero_grad()
        training_loss(F, V, Y).backward()
        optimizer.step()
    eta = 12 * decay / 2
    ridge = torch.linalg.solve(F.T @ F + eta * torch.eye(7, dtype=F.dtype), F.T @ (Y - 1 / 5))
    assert torch.allclose(V.detach(), ridge, rtol=0, atol=1e-10)


def test_the_logged_norm_is_not_the_gradient() -> None:
    F, V, Y = random_network()
    V += 1  # a readout whose rows have a mean
    F.requires_grad_()
    (slope,) = torch.autograd.grad(training_loss(F, V, Y), F)
    true = slope.norm() * 12 / 2
    logged = ((Y - 1 / 5 - F @ V) @ V.T).norm().detach()
    assert logged > 1.5 * true
    centred = V - V.mean(1, keepdim=True)
    assert torch.isclose(true, ((Y - 1 / 5 - F @ centred) @ centred.T).norm(), rtol=1e-10)


def test_the_ledger_is_complete() -> None:
    assert len({claim["id"] for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert {"id", "source", "statement", "verdict", "anchor"} <= claim.keys()
        assert claim["verdict"] in VERDICTS
        assert claim.get("test") or (claim["verdict"] == "open" and claim["why"])


def test_every_named_test_exists() -> None:
    named = sorted({claim["test"] for claim in CLAIMS if claim.get("test")})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *named]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
