"""The suite notices: each of these small errors in a copy of the library fails its tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "li2_core"

# (file of li2_core, text that stands there once, what it becomes, tests of which one must fail)
MUTATIONS = [
    # Groups and tasks
    (
        "groups/table.py",
        "np.argwhere(left != right)",
        "np.argwhere(left < right)",
        "groups/test_group.py",
    ),
    (
        "groups/families.py",
        "second[None, :, None, :]",
        "second[:, None, :, None]",
        "groups/test_group.py",
    ),
    ("groups/table.py", " & (elements == table.T).all(axis=1)", "", "groups/test_group.py"),
    (
        "groups/table.py",
        "tuple(move[i] for i in x)",
        "tuple(x[i] for i in move)",
        "groups/test_group.py",
    ),
    ("groups/families.py", "n * np.outer(e, e)", "0 * np.outer(e, e)", "groups/test_group.py"),
    ("groups/families.py", "pow(r, m, n) != 1 % n", "pow(r, m, n) == 0", "groups/test_group.py"),
    (
        "tasks/group_task.py",
        "group.products.flatten",
        "group.products.T.flatten",
        "tasks/test_group_task.py",
    ),
    # Representations
    (
        "groups/characters.py",
        "(leader != self.identity, leader)",
        "leader",
        "groups/test_representations.py",
    ),
    (
        "groups/representations.py",
        "[im, re]",
        "[-im, re]",
        "groups/test_representations.py -k real",
    ),
    (
        "groups/representations.py",
        "self.table.diagonal()].mean()",
        "self.inverse].mean()",
        "groups/test_representations.py -k kind",
    ),
    (
        "groups/representations.py",
        "T @ basis[self._quotient]",
        "T @ basis[self.table]",
        "groups/test_representations.py -k complex",
    ),
    (
        "groups/representations.py",
        "rho.d * rho.character.real",
        "rho.character.real",
        "groups/test_representations.py -k split",
    ),
    # The network
    (
        "nets/rows.py",
        "torch.tensor([0, order]",
        "torch.tensor([0, 0]",
        "nets/test_two_layer.py",
    ),
    (
        "nets/rows.py",
        " - readout_by_class.mean(dim=-2, keepdim=True)",
        "",
        "nets/test_two_layer.py",
    ),
    ("nets/two_layer.py", "2**31 + seed", "2**32 + seed", "nets/test_two_layer.py"),
    (
        "nets/two_layer.py",
        "(parts[0] * fan_in) ** 0.5",
        "(parts[0] * fan_in)",
        "nets/test_two_layer.py",
    ),
    ("activations.py", "factor=2.0", "factor=1.0", "training/test_activations_and_losses.py"),
    (
        "activations.py",
        "f * (1 - gate)",
        "h * (1 - gate)",
        "training/test_activations_and_losses.py",
    ),
    # The gradient
    ("rich/committee.py", "+ c**2 * g", "- c**2 * g", "rich/test_committee.py"),
    ("rich/committee.py", "epsilon * (inputs.mT @ (r", "(inputs.mT @ (r", "rich/test_committee.py"),
    ("rich/quadratic.py", "(2 * D**2)", "D**2", "rich/test_committee.py"),
    ("rich/kernels.py", "2 * square / D**2", "2 * epsilon / D**2", "rich/test_kernels.py"),
    ("rich/kernels.py", "half + half.mT", "2 * half", "rich/test_kernels.py"),
    ("rich/alignment.py", "centre(centre(gram).mT)", "centre(gram)", "rich/test_alignment.py"),
    ("nets/scaled.py", "found - self.start(rows)", "found", "nets/test_scaled.py"),
    ("training/losses.py", "targets).mul_(2)", "targets)", "nets/test_gradient.py"),
    ("nets/gradient.py", "(-s.factor / n)", "(s.factor / n)", "nets/test_gradient.py"),
    ("nets/gradient.py", "features.conj()", "features", "nets/test_gradient.py -k complex"),
    ("lazy/ridge.py", "add_(eta)", "add_(2 * eta)", "lazy/test_ridge.py"),
    (
        "training/step.py",
        "_train * weight_decay / 2",
        "_train * weight_decay",
        "training/test_step.py -k ridge",
    ),
    ("nets/gradient.py", "alpha=-self.scale /", "alpha=-1 /", "nets/test_gradient.py"),
    ("nets/gradient.py", "counts.cumsum(0) - counts", "counts.cumsum(0)", "nets/test_gradient.py"),
    # The energy
    (
        "energy/landscape.py",
        "torch.eye(M, dtype=torch.float64) - pairs.counts / len(pairs)",
        "torch.eye(M, dtype=torch.float64)",
        "energy/test_landscape.py",
    ),
    (
        "tasks/pairs.py",
        "twice[M - a : 2 * M - a]",
        "twice[a : a + M]",
        "energy/test_landscape.py -k table",
    ),
    (
        "groups/fourier.py",
        "[4.0] * pairs + [2.0]",
        "[4.0] * pairs + [4.0]",
        "energy/test_landscape.py -k table",
    ),
    (
        "groups/fourier.py",
        "4 * _squares(u), 4",
        "4 * _squares(u), 2",
        "energy/test_landscape.py -k fast",
    ),
    (
        "energy/landscape.py",
        "self.activation.derivative(h).conj()",
        "self.activation.derivative(h)",
        "energy/test_landscape.py -k table",
    ),
    ("energy/hessian.py", "bends * (labels @ z)", "bends", "energy/test_ascent.py -k hessian"),
    (
        "energy/climb.py",
        "unsure] + PUSH * _unit(push)",
        "unsure]",
        "energy/test_ascent.py -k saddles",
    ),
    ("energy/maxima.py", "matrices @ r @ q", "matrices @ q @ r", "energy/test_maxima.py"),
    (
        "energy/maxima.py",
        "* (rho.D - 1) - (rho.c - 1)",
        "* (rho.D - 1)",
        "energy/test_maxima.py -k rows",
    ),
    (
        "energy/reconstruction.py",
        "left -= np.outer(direction, direction @ left)",
        "left[:, best] = 0",
        "energy/test_reconstruction.py -k basis",
    ),
    ("lazy/resolvent.py", "kernel - kernel.mean(0)", "kernel", "energy/test_landscape.py -k lazy"),
    # Lazy learning
    (
        "lazy/ridge.py",
        "rows[..., :stop, :].mT",
        "rows[..., start:stop, :].mT",
        "lazy/test_ridge.py -k blocks",
    ),
    ("lazy/ridge.py", "eta * dual @", "dual @", "lazy/test_ridge.py -k eq_4"),
    ("lazy/flow.py", "missing + eta * gained", "missing + gained", "lazy/test_flow.py"),
    ("lazy/flow.py", "faded * unheard", "unheard", "lazy/test_flow.py -k ends"),
    ("lazy/hermite.py", "2**j * sympy.factorial(j)", "2**j", "lazy/test_hermite.py -k polynomial"),
    ("lazy/kernel.py", "both - 2 * one + none", "both - one", "lazy/test_kernel.py"),
    ("lazy/leak.py", "eta * eigenvalue * width", "eta * width", "lazy/test_leak.py -k definition"),
    # Interaction
    (
        "groups/parts.py",
        "irrep.place not in places",
        "irrep.place in places",
        "interaction/test_top_down.py",
    ),
    (
        "energy/landscape.py",
        "if torch.equal(by_class[pairs.products], self._labels) else None",
        "",
        "energy/test_landscape.py -k any_labels",
    ),
    (
        "interaction/top_down.py",
        "pairs.labels() @ missing",
        "pairs.labels(centred=False) @ missing",
        "interaction/test_top_down.py -k projected",
    ),
    (
        "interaction/top_down.py",
        "rho.d / group.order * torch",
        "torch",
        "interaction/test_top_down.py -k papers",
    ),
    (
        "interaction/repulsion.py",
        "similarity = -B",
        "similarity = B",
        "interaction/test_repulsion.py -k sign",
    ),
    (
        "interaction/repulsion.py",
        "B if repel else",
        "B if not repel else",
        "interaction/test_repulsion.py -k dense",
    ),
    (
        "interaction/repulsion.py",
        "heard - features @",
        "heard + features @",
        "interaction/test_repulsion.py -k dense",
    ),
    (
        "interaction/collector.py",
        "expected_draws(p) + (1 - kept) * L",
        "expected_draws(p)",
        "interaction/test_collector.py -k markov",
    ),
    (
        "interaction/collector.py",
        "kept * p, p)",
        "p, p)",
        "interaction/test_collector.py -k simulated",
    ),
    (
        "interaction/collector.py",
        ".pow(-1 / shape)",
        ".pow(-shape)",
        "interaction/test_collector.py -k race",
    ),
    (
        "interaction/collector.py",
        "t[:, None] * speed",
        "t[:, None] * mu",
        "interaction/test_collector.py -k leader",
    ),
    # The claims' own tests: a formula that is right for one pair or for equal chances alone
    (
        "interaction/collector.py",
        "kept * expected_draws(p)",
        "kept * L * harmonic",
        "claims/test_claims_interaction.py -k theorem_8_muons",
    ),
    (
        "interaction/repulsion.py",
        "B = torch.cholesky_inverse(torch.linalg.cholesky(gram))",
        "B = torch.cholesky_inverse(torch.linalg.cholesky(gram + gram.mT))",
        "claims/test_claims_interaction.py -k equation_9",
    ),
    (
        "interaction/repulsion.py",
        "features @ B if repel else",
        "features @ B.diag().diag() if repel else",
        "claims/test_claims_interaction.py -k parts_two_nodes",
    ),
    (
        "training/muon.py",
        "gradient.lerp(average, momentum)",
        "average",
        "training/test_muon.py -k formulas",
    ),
    (
        "training/muon.py",
        "values > rounding * largest",
        "values >= 0",
        "training/test_muon.py -k lacks",
    ),
    (
        "interaction/repulsion.py",
        "inside / (1 + size)",
        "inside / 2",
        "training/test_muon.py -k appended",
    ),
    # Rows of a table
    ("runs/tables.py", "keep &= named", "keep |= named", "runs/test_tables.py"),
    (
        "runs/tables.py",
        "reshape(-1, len(steps))",
        "reshape(len(steps), -1).T",
        "runs/test_tables.py",
    ),
    # Thresholds from runs
    (
        "scaling/thresholds.py",
        'lexsort((rows["seed"], ',
        'lexsort((-rows["seed"], ',
        "scaling/test_thresholds.py",
    ),
    (
        "scaling/thresholds.py",
        '["steps_50"] <= steps',
        '["steps_50"] > steps',
        "scaling/test_thresholds.py",
    ),
    (
        "scaling/thresholds.py",
        '== "collapsed").any()',
        '== "collapsed").all()',
        "scaling/test_thresholds.py",
    ),
    (
        "scaling/thresholds.py",
        "not mean[0] < 0.5 <= mean[-1]",
        "False",
        "scaling/test_thresholds.py",
    ),
    (
        "scaling/thresholds.py",
        "low=low, high=high",
        "low=low",
        "scaling/test_thresholds.py",
    ),
    # Scaling and memorisation
    (
        "energy/landscape.py",
        "(counts @ labels) / counts.sum()",
        "labels.mean(0)",
        "scaling/test_survival.py",
    ),
    (
        "scaling/thresholds.py",
        "np.clip(y, LEAST, 1 - LEAST)",
        "np.clip(y, 0.1, 0.9)",
        "scaling/test_thresholds.py",
    ),
    (
        "scaling/thresholds.py",
        "y[:, columns].mean(axis=1)",
        "mean",
        "scaling/test_thresholds.py -k interval",
    ),
    (
        "scaling/laws.py",
        "2 * k * (k + 1)",
        "k * (k + 1)",
        "scaling/test_laws.py -k criterion",
    ),
    (
        "scaling/boundary.py",
        "slope**2 + 4 * SQUARES",
        "slope**2 + SQUARES",
        "scaling/test_boundary.py -k boundary",
    ),
    (
        "scaling/boundary.py",
        "SQUARES = 35.3",
        "SQUARES = 32.0",
        "scaling/test_boundary.py -k edge",
    ),
    (
        "scaling/survival.py",
        "1 - step / FADING",
        "1 / FADING",
        "scaling/test_survival.py -k continuation",
    ),
    ("scaling/survival.py", " - 10 * fourfold * own", "", "scaling/test_survival.py -k stability"),
    ("scaling/survival.py", "[:, 1:].max(1)", ".max(1)", "scaling/test_survival.py -k constant"),
    (
        "energy/memorization.py",
        "group.quotients[:, target]",
        "group.products[:, target]",
        "energy/test_memorization.py -k single",
    ),
    (
        "energy/memorization.py",
        "sums.square().sum() > 2",
        "sums.sum() > 2",
        "energy/test_memorization.py",
    ),
    ("scaling/derivation.py", "= 2 * echo[h]", "= echo[h]", "scaling/test_derivation.py"),
    ("scaling/derivation.py", "= 2 * answers", "= answers", "scaling/test_derivation.py"),
    ("scaling/derivation.py", " - height * w", "", "scaling/test_derivation.py -k add_up"),
    ("scaling/derivation.py", "if k != frequency", "if k", "scaling/test_derivation.py"),
    # Training
    (
        "training/step.py",
        "parameter is held",
        "True",
        "training/test_muon.py -k resumes",
    ),
    (
        "training/optimizers.py",
        '"adamw": torch.optim.AdamW',
        '"adamw": torch.optim.Adam',
        "training/test_optimizers.py",
    ),
    (
        "training/loop.py",
        "gradient()\n",
        "done == 50 or gradient()\n",
        "training/test_loop.py -k dense",
    ),
    (
        "training/loop.py",
        "step.load_state(resume",
        "print(resume",
        "training/test_loop.py -k resumed",
    ),
    (
        "training/losses.py",
        "torch.where(outputs < 0, s.square(), 1.0)",
        "torch.where(outputs < 0, s, 1.0)",
        "training/test_stablemax.py -k slope",
    ),
    (
        "beyond/wrapped.py",
        "tensor.mul_(factor",
        "tensor is parameters[0] and tensor.mul_(factor",
        "beyond/test_wrapped.py -k one_factor",
    ),
    (
        "beyond/wrapped.py",
        'setdefault("radius", start)',
        'get("radius", start)',
        "beyond/test_wrapped.py -k resumes",
    ),
    (
        "beyond/wrapped.py",
        "1 - self.memory)",
        "self.memory)",
        "beyond/test_wrapped.py -k moving",
    ),
    (
        "beyond/penalised.py",
        '["weight_decay"] / 2 *',
        '["weight_decay"] *',
        "beyond/test_wrapped.py -k half",
    ),
    (
        "nets/net.py",
        "kind, copy=True",
        "kind",
        "training/test_loop.py -k changed",
    ),
    ("training/loop.py", "recorder.diverged().all()", "False", "training/test_diverged.py"),
    ("training/losses.py", "self.zero_sum or not centred", "True", "training/test_your_own.py"),
    (
        "training/step.py",
        "is_below(name, part) for part in still",
        "False for part in still",
        "training/test_your_own.py -k froz",
    ),
    ("nets/autograd.py", "residual * (-1 / inputs.shape[1])", "-residual", "nets/test_module.py"),
    ("nets/module.py", "2**31 + seed", "2**31", "nets/test_module.py"),
    # Probes and records
    ("training/recorder.py", "np.array(found)", "np.asarray(found)", "training/test_your_own.py"),
    (
        "training/recorder.py",
        "{name: value.clone() for name, value in memory.items()}",
        "memory",
        "training/test_loop.py -k interrupt",
    ),
    ("training/recorder.py", "if time % self.every == 0", "if True", "training/test_loop.py"),
    (
        "groups/parts.py",
        "folded[..., 1 : (M + 1) // 2] +=",
        "folded[..., 1 : (M + 1) // 2] =",
        "groups/test_parts.py",
    ),
    (
        "training/snapshot.py",
        "self.train_targets) / 2",
        "self.train_targets)",
        "training/test_probes.py",
    ),
    (
        "training/feature_probes.py",
        "readout @ pulled.mT",
        "pulled @ readout.mH",
        "training/test_probes.py -k signal",
    ),
    ("training/snapshot.py", "size * (size - 1)", "size**2", "training/test_probes.py"),
    (
        "training/snapshot.py",
        "features - features.mean(dim=1, keepdim=True)",
        "features",
        "training/test_probes.py",
    ),
    (
        "training/history.py",
        "allow_pickle=False",
        "allow_pickle=True",
        "training/test_history.py -k pickle",
    ),
    # Sweeps
    (
        "groups/families.py",
        "for i in range(1, m)]",
        "for i in range(m, m)]",
        "groups/test_group.py -k name",
    ),
    (
        "runs/store.py",
        "checksum == _digest(canonical(unit))",
        "True",
        "runs/test_sweeps.py -k damaged",
    ),
    ("runs/store.py", "os.replace(part, file)", "()", "runs/test_sweeps.py -k damaged"),
    ("runs/store.py", "fcntl.lockf", "fcntl.flock", "runs/test_sweeps_killed.py -k outlive"),
    (
        "runs/unit.py",
        "history.step < history",
        "history.step > history",
        "runs/test_sweeps.py -k half",
    ),
    (
        "runs/sweeps.py",
        "store.write(units[number], result)",
        "print()",
        "runs/test_sweeps.py -k damaged",
    ),
    ("runs/sweeps.py", "    torch.set_num_threads(1)", "    ()", "runs/test_sweeps.py -k thread"),
    ("runs/sweeps.py", "canonical(unit) in seen", "False", "runs/test_sweeps.py -k refused"),
    ("runs/sweeps.py", "future.cancel()", "()", "runs/test_sweeps_killed.py -k ends_it_at_once"),
    (
        "training/history.py",
        "self[name] >= level",
        "self[name] > level",
        "training/test_history.py -k steps_to",
    ),
    # Beyond two layers
    (
        "nets/deep.py",
        "features + new if",
        "features - new if",
        "nets/test_deep.py -k definition",
    ),
    (
        "nets/deep.py",
        "2**20 * layer + seed",
        "seed",
        "nets/test_deep.py -k whatever",
    ),
    (
        "beyond/signals.py",
        "math.pi - cosines.arccos()",
        "cosines.arccos()",
        "beyond/test_signals.py -k infinite",
    ),
    ("beyond/signals.py", "loss: float = 3.0", "loss: float = 1.0", "beyond/test_signals.py"),
    ("beyond/layers.py", "power[..., 1:].amax", "power.amax", "beyond/test_layers.py -k constants"),
    # How the loss bends
    (
        "beyond/expansion.py",
        " + self.slopes * (self.residual @ dV.mT)",
        "",
        "beyond/test_sharpness.py -k hessian",
    ),
    (
        "beyond/expansion.py",
        "self.bends * dh * self.heard",
        "self.bends * self.heard",
        "beyond/test_sharpness.py -k hessian",
    ),
    (
        "beyond/balance.py",
        "by_hidden / (2 * by_readout)",
        "by_hidden / by_readout",
        "beyond/test_sharpness.py -k balanced",
    ),
    (
        "beyond/balance.py",
        "by_hidden.square() * by_readout)",
        "by_hidden * by_readout.square())",
        "beyond/test_sharpness.py -k rescaling",
    ),
    (
        "beyond/estimates.py",
        "length * vectors[-1, -1]",
        "length * vectors[0, -1]",
        "beyond/test_sharpness.py -k estimates",
    ),
    (
        "beyond/interpolator.py",
        "readout[place].double() * alive[:, None]",
        "readout[place].double()",
        "beyond/test_sharpness.py -k dead",
    ),
    # A shape in a docstring
    ("lazy/leak.py", "Tensor, float64, (n, width)", "Tensor, (width, n)", "lazy/test_leak.py"),
    # The twin of the page's network
    ("show/lab/twin.py", "np.uint64(27)", "np.uint64(28)", "show/test_lab_twin.py"),
    ("show/lab/twin.py", "2 * unit - 1", "unit", "show/test_lab_twin.py"),
    ("show/lab/state.py", ", output_scale=self.scale", "", "show/test_lab_twin.py"),
    ("show/lab/tables.py", '"c": irrep.c', '"c": irrep.d', "show/test_lab_twin.py"),
    (
        "energy/landscape.py",
        "row_weights : Tensor, (n,)",
        "row_weights : Tensor, (M,)",
        "scaling/test_survival.py -k weight",
    ),
]


def run_tests(copy: Path, *selection: str) -> subprocess.CompletedProcess[str]:
    """Run some tests in a fresh Python that finds li2_core in ``copy`` first."""
    where = "import li2_core, sys; assert li2_core.__file__.startswith(sys.argv.pop(1)); "
    # No plugins: loading them takes longer than most of the tests.
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=line"]
    return subprocess.run(
        [sys.executable, "-c", where + "import pytest; sys.exit(pytest.main())", str(copy)]
        + options
        + [str(TESTS / word) if word.endswith(".py") else word for word in selection],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "li2_core", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_an_exact_copy_passes(copy):
    result = run_tests(copy, *sorted({tests.split()[0] for *_, tests in MUTATIONS}))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("file", "old", "new", "tests"), MUTATIONS)
def test_a_small_error_does_not_go_unnoticed(copy, file, old, new, tests):
    path = copy / "li2_core" / file
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")
    result = run_tests(copy, *tests.split())
    # 1: some tests failed. Any other code would mean that they could not be run.
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 failed" in result.stdout
