"""The claims of `book/claims.yml`: each has a test, and the tests are here or named there."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from entries import CLAIMS, check_entry, named_by
from oracles import DATA

from li2_core import FiniteGroup, GroupTask, TwoLayer, cyclic, product, symmetric, train
from li2_core.lazy import backprop_gradient, centre, ridge_readout
from li2_core.runs import read_table
from li2_core.training import History

ROOT = Path(__file__).resolve().parents[2]
# How a test comes to a table: itself, by a helper, or by a fixture that has read it.
READS = (
    r"read_table|seeds_of|survival_by|forgetting|TABLE|table: Any|coast|ratios|strong|"
    r"sweep\(|scale_table|epsilon_column|over_steps|reached\(|last\(|stored_"
)
function_source = runpy.run_path(str(ROOT / "book" / "_ext" / "ledger.py"))["function_source"]


def random_network(n: int = 12, K: int = 7, M: int = 5) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    Y = torch.eye(M, dtype=torch.float64)[torch.randint(M, (n,))]
    return torch.randn(n, K, dtype=torch.float64), torch.randn(K, M, dtype=torch.float64), Y


def test_backpropagated_gradient() -> None:
    """At any V by autograd; at the ridge readout it is also the library's `backprop_gradient`."""
    F, V, Y = random_network()
    F.requires_grad_()
    P = torch.eye(12, dtype=torch.float64) - 1 / 12
    at_rest = ridge_readout(centre(F.detach()), centre(Y), 0.3)
    for readout in (V, at_rest):
        loss = 0.5 * (P @ (Y - F @ readout)).square().sum()
        (slope,) = torch.autograd.grad(loss, F)
        formula = (P @ (Y - F @ readout) @ readout.T).detach()
        assert torch.allclose(-slope, formula, rtol=0, atol=1e-10)
    found = backprop_gradient(centre(F.detach()), centre(Y), 0.3)
    assert torch.allclose(found, formula, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    "group", [cyclic(7), product(cyclic(2), cyclic(4)), symmetric(3), cyclic(1)]
)
def test_class_means_coincide(group: FiniteGroup) -> None:
    task = GroupTask(product(group, cyclic(2)), train_fraction=0.5)
    X, Y = task.rows(), task.labels()
    means = (Y.T @ X) / Y.sum(0)[:, None]
    assert torch.allclose(means, torch.full_like(means, 1 / task.group.order), rtol=0, atol=1e-15)
    centred = X.T @ (Y - Y.mean(0))
    assert centred.abs().max() < 1e-12


def small_run(**options: Any) -> tuple[GroupTask, History, torch.Tensor, torch.Tensor]:
    """A network of Z_5 with large weights, its run, and of its last state F and Yt."""
    task = GroupTask(cyclic(5), 0.6, [0])
    net = TwoLayer(7, init_scale=2.0).initialize(task, dtype=torch.float64)
    run = train(task, net, dtype=torch.float64, device="cpu", **options)
    F = run.net.features(task.pairs[task.train_index])[0]
    return task, run, F, task.labels(task.train_index[0])


def test_the_two_losses_differ_by_the_mean_residual() -> None:
    _, run, F, Y = small_run(steps=1, every=1)
    V = run.net.readout[0] - run.net.readout[0].mean(1, keepdim=True)
    n = len(F)
    J = 0.5 * centre(Y - F @ V).square().sum()
    residual = (Y - 1 / 5 - F @ V).mean(0)
    trained = float(run["train_loss"][0, -1])
    assert n / 2 * trained == pytest.approx(float(J + n / 2 * residual.square().sum()), rel=1e-6)
    assert n / 2 * residual.square().sum() > 0.01 * J


def test_weight_decay_is_a_ridge() -> None:
    """Gradient descent on the readout alone rests where the ridge regression says."""
    decay = 0.03
    options = {"optimizer": "sgd", "lr": 0.2, "weight_decay": decay, "freeze": ("hidden",)}
    task, run, F, Y = small_run(steps=40_000, every=40_000, **options)
    eta = task.num_train * decay / 2
    expected = ridge_readout(F, Y - 1 / 5, eta)
    assert torch.allclose(run.net.readout[0], expected, rtol=0, atol=1e-8)
    assert not torch.allclose(run.net.readout[0], ridge_readout(F, Y - 1 / 5, 2 * eta), atol=1e-2)


def test_the_logged_norm_is_not_the_gradient() -> None:
    probes = ("logged_gradient_norm", "backprop_gradient_norm")
    _, run, F, Y = small_run(steps=1, every=1, probes=probes)
    V = run.net.readout[0]
    F = F.clone().requires_grad_()
    outputs = F @ V
    error = Y - 1 / 5 - (outputs - outputs.mean(1, keepdim=True))
    (slope,) = torch.autograd.grad(error.square().sum(1).mean(), F)
    true, logged = (float(run[name][0, -1]) for name in reversed(probes))
    assert true == pytest.approx(float(slope.norm()) * len(F) / 2, rel=1e-6)
    assert logged == pytest.approx(float(((Y - 1 / 5 - outputs) @ V.T).detach().norm()), rel=1e-6)
    assert abs(logged / true - 1) > 0.03
    # In the paper's run without decay the gradient ends and the logged number does not.
    record = read_table(DATA / "fig3")
    end = (record["weight_decay"] == 0) & (record["step"] == 400)
    assert end.sum() == 5
    assert record["backprop_gradient_norm"][end].max() < 2
    assert record["logged_gradient_norm"][end].min() > 30


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["id"])
def test_an_entry_is_complete_and_stands_in_its_chapter(claim: dict[str, Any]) -> None:
    check_entry(claim)


def test_no_two_entries_have_one_name() -> None:
    assert len({claim["id"] for claim in CLAIMS}) == len(CLAIMS)


def printed() -> set[str]:
    """What of Li2 stands in the ledger: "Theorem 3", "eq. 5", "Fig. 8", ranges written out."""
    found = set()
    for claim in CLAIMS:
        if claim["paper"] == "Li2":
            kind = ""
            for part in re.split(r", ", claim["number"]):
                word = re.match(r"(Prop\.|Lemma|Theorem|Cor\.|eq\.|Figs?\.|Sec\.)", part)
                kind = word[1].replace("Figs.", "Fig.") if word else kind
                numbers = re.findall(r"[\d.]*\d", part)
                if " to " in part:
                    first, last = map(int, numbers)
                    numbers = [str(number) for number in range(first, last + 1)]
                found |= {f"{kind} {number}" for number in numbers}
    return found


def test_every_numbered_statement_of_li2_stands_there() -> None:
    """Eqs. 13 to 19, 24, 26 to 28 and most from 47 on are steps; Figs. 1 and 2 are drawings."""
    equations = [*range(1, 13), 20, 21, 22, 23, 25, *range(29, 47), 55, 60, *range(66, 70)]
    wanted = {f"Theorem {n}" for n in range(1, 9)} | {f"Lemma {n}" for n in range(1, 12)}
    wanted |= {f"Prop. {n}" for n in range(1, 5)} | {"Cor. 1", "Cor. 2"}
    wanted |= {f"Fig. {n}" for n in range(3, 18)} | {f"eq. {n}" for n in equations}
    wanted |= {f"Sec. {n}" for n in ("3.2", "4.1", "4.3", "4.5", "6", "7", "8")}
    assert wanted - printed() == set()


def test_what_reads_stored_runs_says_so() -> None:
    """An entry has ``data`` if and only if one of its tests reads a table of runs."""
    for claim in (claim for claim in CLAIMS if named_by(claim)):
        sources = [function_source(*test.split("::")) for test in named_by(claim)]
        reads = any(re.search(READS, source) for source in sources)
        assert reads == ("data" in claim), claim["id"]


def test_every_named_test_exists() -> None:
    named = sorted({test for claim in CLAIMS for test in named_by(claim)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *named]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
