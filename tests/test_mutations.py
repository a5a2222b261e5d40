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
    ("groups.py", "np.argwhere(left != right)", "np.argwhere(left < right)", "test_groups.py"),
    ("groups.py", "second[None, :, None, :]", "second[:, None, :, None]", "test_groups.py"),
    ("groups.py", " & (elements == self.table.T).all(axis=1)", "", "test_groups.py"),
    ("groups.py", "tuple(move[i] for i in x)", "tuple(x[i] for i in move)", "test_groups.py"),
    ("families.py", "n * np.outer(e, e)", "0 * np.outer(e, e)", "test_groups.py"),
    ("families.py", "pow(r, m, n) != 1 % n", "pow(r, m, n) == 0", "test_groups.py"),
    ("tasks.py", "group.table.reshape", "group.table.T.reshape", "test_tasks.py"),
    # Representations
    (
        "representations.py",
        "(leader != self.identity, leader)",
        "leader",
        "test_representations.py",
    ),
    ("representations.py", "[im, re]", "[-im, re]", "test_representations.py -k real"),
    (
        "representations.py",
        "self.table.diagonal()].mean()",
        "self.inverse].mean()",
        "test_representations.py -k kind",
    ),
    (
        "representations.py",
        "T @ basis[self._quotient]",
        "T @ basis[self.table]",
        "test_representations.py -k complex",
    ),
    ("representations.py", "self.irreps[i].dim * self", "self", "test_representations.py -k split"),
    # The network
    ("nets.py", "torch.tensor([0, order]", "torch.tensor([0, 0]", "test_nets.py"),
    ("nets.py", " - readout_by_class.mean(dim=-2, keepdim=True)", "", "test_nets.py"),
    ("nets.py", "2**31 + seed", "2**32 + seed", "test_nets.py"),
    ("nets.py", "(parts[0] * fan_in) ** 0.5", "(parts[0] * fan_in)", "test_nets.py"),
    ("activations.py", "factor=2.0", "factor=1.0", "test_activations_and_losses.py"),
    ("activations.py", "f * (1 - gate)", "h * (1 - gate)", "test_activations_and_losses.py"),
    # The gradient
    ("losses.py", ".mul_(2)", "", "test_gradient.py"),
    ("gradient.py", "(-s.factor / n)", "(s.factor / n)", "test_gradient.py"),
    ("gradient.py", "features.conj()", "features", "test_gradient.py -k complex"),
    ("lazy.py", "add_(eta)", "add_(2 * eta)", "test_lazy.py"),
    ("step.py", "_train * weight_decay / 2", "_train * weight_decay", "test_step.py -k ridge"),
    ("gradient.py", "alpha=-net.output_scale /", "alpha=-1 /", "test_gradient.py"),
    ("gradient.py", "counts.cumsum(0) - counts", "counts.cumsum(0)", "test_gradient.py"),
    # The energy
    ("energy.py", "sums - shares[:, None] * sums.sum(0)", "sums", "test_energy.py"),
    ("pairs.py", "twice[M - a : 2 * M - a]", "twice[a : a + M]", "test_energy.py -k table"),
    ("abelian.py", "[4.0] * pairs + [2.0]", "[4.0] * pairs + [4.0]", "test_energy.py -k table"),
    ("abelian.py", "4 * _squares(u), 4", "4 * _squares(u), 2", "test_energy.py -k fast"),
    ("energy.py", "s.derivative(h).conj()", "s.derivative(h)", "test_energy.py -k table"),
    ("curvature.py", "bends * (labels @ z)", "bends", "test_ascent.py -k hessian"),
    ("climb.py", "unsure] + PUSH * unit(push)", "unsure]", "test_ascent.py -k saddles"),
    ("maxima.py", "matrices @ r @ q", "matrices @ q @ r", "test_maxima.py"),
    ("maxima.py", "* (D - 1) - (c - 1)", "* (D - 1)", "test_maxima.py -k rows"),
    (
        "reconstruction.py",
        "left -= np.outer(direction, direction @ left)",
        "left[:, best] = 0",
        "test_reconstruction.py -k basis",
    ),
    ("lazy_operator.py", "kernel - kernel.mean(0)", "kernel", "test_energy.py -k lazy"),
    # Lazy learning
    ("lazy.py", "rows[..., :stop, :].mT", "rows[..., start:stop, :].mT", "test_lazy.py -k blocks"),
    ("lazy.py", "eta * dual @", "dual @", "test_lazy.py -k eq_4"),
    ("readout_flow.py", "missing + eta * gained", "missing + gained", "test_readout_flow.py"),
    ("readout_flow.py", "faded * unheard", "unheard", "test_readout_flow.py -k ends"),
    ("hermite.py", "2**j * sympy.factorial(j)", "2**j", "test_hermite.py -k polynomial"),
    ("table_kernel.py", "both - 2 * one + none", "both - one", "test_table_kernel.py"),
    ("leak.py", "eta * eigenvalue * width", "eta * width", "test_leak.py -k definition"),
    # Interaction
    ("isotypes.py", "named.intersection(real.members)", "place in named", "test_residual.py"),
    ("energy.py", "labels @ self.missing", "labels", "test_residual.py -k bends"),
    ("energy.py", "self.missing.to(sums.dtype) @ sums", "sums", "test_residual.py -k starts"),
    ("residual.py", "irrep.dim / group.order * torch", "torch", "test_residual.py -k papers"),
    ("interaction.py", "similarity = -B", "similarity = B", "test_interaction.py -k sign"),
    ("interaction.py", "B if repel else", "B if not repel else", "test_interaction.py -k dense"),
    ("interaction.py", "heard - features @", "heard + features @", "test_interaction.py -k dense"),
    (
        "collector.py",
        "expected_draws(p) + (1 - kept) * L",
        "expected_draws(p)",
        "test_collector.py -k markov",
    ),
    ("collector.py", "kept * p, p)", "p, p)", "test_collector.py -k simulated"),
    ("collector.py", ".pow(-1 / shape)", ".pow(-shape)", "test_collector.py -k race"),
    ("collector.py", "t[:, None] * speed", "t[:, None] * mu", "test_collector.py -k leader"),
    ("muon.py", "gradient.lerp(average, momentum)", "average", "test_muon.py -k formulas"),
    ("muon.py", "values > rounding * largest", "values >= 0", "test_muon.py -k lacks"),
    ("muon.py", "inside / (1 + size)", "inside / 2", "test_muon.py -k appended"),
    # Thresholds from runs
    ("phase_data.py", 'lexsort((rows["seed"], ', 'lexsort((-rows["seed"], ', "test_phase_data.py"),
    ("phase_data.py", '["steps_50"] <= steps', '["steps_50"] > steps', "test_phase_data.py"),
    ("phase_data.py", '== "collapsed").any()', '== "collapsed").all()', "test_phase_data.py"),
    ("phase_data.py", "not mean[0] < 0.5 <= mean[-1]", "False", "test_phase_data.py"),
    ("phase_data.py", "low=low, high=high", "low=low", "test_phase_data.py"),
    # Scaling and memorisation
    (
        "energy.py",
        "(row_weights @ labels) / row_weights.sum()",
        "labels.mean(0)",
        "test_survival.py",
    ),
    ("scaling.py", "np.clip(y, LEAST, 1 - LEAST)", "np.clip(y, 0.1, 0.9)", "test_scaling.py"),
    ("scaling.py", "y[:, columns].mean(axis=1)", "mean", "test_scaling.py -k interval"),
    ("scaling.py", "2 * k * (k + 1)", "k * (k + 1)", "test_scaling.py -k criterion"),
    ("scaling.py", "slope**2 + 4 * SQUARES", "slope**2 + SQUARES", "test_scaling.py -k boundary"),
    ("scaling.py", "SQUARES = 35.3", "SQUARES = 32.0", "test_scaling.py -k edge"),
    ("survival.py", "1 - step / FADING", "1 / FADING", "test_survival.py -k continuation"),
    ("survival.py", " - 10 * fourfold * own", "", "test_survival.py -k stability"),
    ("survival.py", "[:, 1:].max(1)", ".max(1)", "test_survival.py -k constant"),
    (
        "memorization.py",
        "group.inverse, target]",
        "target, group.inverse]",
        "test_memorization.py -k single",
    ),
    ("memorization.py", "sums.square().sum() > 2", "sums.sum() > 2", "test_memorization.py"),
    ("scaling_derivation.py", "= 2 * echo[h]", "= echo[h]", "test_scaling_derivation.py"),
    ("scaling_derivation.py", "= 2 * answers", "= answers", "test_scaling_derivation.py"),
    ("scaling_derivation.py", " - height * w", "", "test_scaling_derivation.py -k add_up"),
    ("scaling_derivation.py", "if k != frequency", "if k", "test_scaling_derivation.py"),
    # Training
    ("step.py", "parameter is self.stepped[0]", "True", "test_muon.py -k resumes"),
    ("optim.py", '"adamw": torch.optim.AdamW', '"adamw": torch.optim.Adam', "test_optim.py"),
    ("train.py", "gradient()\n", "done == 50 or gradient()\n", "test_train.py -k dense"),
    ("train.py", "step.load_state(resume", "print(resume", "test_train.py -k resumed"),
    (
        "train.py",
        "net.hidden.to(device).clone()",
        "net.hidden.to(device)",
        "test_train.py -k changed",
    ),
    # Probes and records
    (
        "probes.py",
        "folded[:, 1 : (M + 1) // 2] +=",
        "folded[:, 1 : (M + 1) // 2] =",
        "test_probes.py",
    ),
    ("probes.py", "self.train_targets) / 2", "self.train_targets)", "test_probes.py"),
    ("probes.py", "readout @ pulled.mT", "pulled @ readout.mH", "test_probes.py -k signal"),
    ("probes.py", "size * (size - 1)", "size**2", "test_probes.py"),
    ("probes.py", "features - features.mean(dim=1, keepdim=True)", "features", "test_probes.py"),
    ("history.py", "allow_pickle=False", "allow_pickle=True", "test_history.py -k pickle"),
    # Sweeps
    ("families.py", "for i in range(1, m)]", "for i in range(m, m)]", "test_groups.py -k name"),
    ("unit_store.py", "checksum == _digest(canonical(unit))", "True", "test_sweep.py -k damaged"),
    (
        "unit_store.py",
        "    os.replace(part, file)\n        _",
        "    os.link(part, file)\n        _",
        "test_sweep.py -k damaged",
    ),
    ("unit_store.py", "if self.find(config) is not None:", "if False:", "test_sweep.py -k flush"),
    ("sweep.py", "random.shuffle(todo)", "()", "test_sweep_killed.py -k two_parents"),
    ("train_unit.py", "history.step < history", "history.step > history", "test_sweep.py -k half"),
    ("sweep.py", "store.write(units[number], result)", "print()", "test_sweep.py -k damaged"),
    ("sweep.py", "    torch.set_num_threads(1)", "    ()", "test_sweep.py -k thread"),
    ("sweep.py", "canonical(unit) in seen", "False", "test_sweep.py -k refused"),
    ("arrivals.py", "isinstance(future.exception(), Exception)", "False", "test_sweep.py -k loses"),
    ("history.py", "self[name] >= level", "self[name] > level", "test_history.py -k steps_to"),
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
        timeout=300,
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
