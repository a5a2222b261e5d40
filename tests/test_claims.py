"""The claims of `book/claims.yml`: each has a test, and the tests are here or named there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from li2_core import FiniteGroup, GroupTask, cyclic, product

ROOT = Path(__file__).resolve().parents[1]
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
    X, Y = task.inputs(), task.labels()
    means = (Y.T @ X) / Y.sum(0)[:, None]
    assert torch.allclose(means, torch.full_like(means, 1 / task.group.order), rtol=0, atol=1e-15)
    centred = X.T @ (Y - Y.mean(0))
    assert centred.abs().max() < 1e-12


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
