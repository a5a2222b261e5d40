"""Which pairs a node memorises: Theorem 5, as corrected, against direct ascent."""

import numpy as np
import pytest
import torch
from oracles import FUNCTIONS, MEMORY, PROBABILITIES, TARGET, draw, memory_ascent, memory_starts

from li2_core import GroupTask, cyclic
from li2_core.energy import energy
from li2_core.energy.memorization import (
    SIGMOID,
    memorization_kind,
    memorize,
    mode_energy,
    pair_sums,
    power,
    single_target_energy,
    spike_energy,
)
from li2_core.scaling.survival import pure_features

GIVEN = {"sigmoid": SIGMOID, "cube": power(3), "fourth": power(4)}
SPREADING = ["relu", "silu", "gelu", "tanh", "sigmoid", "identity"]


@pytest.mark.parametrize("name", SPREADING)
def test_a_falling_ratio_spreads(name):
    """Theory V: checked to 2e-5."""
    s = GIVEN.get(name, name)
    predicted = memorize(PROBABILITIES, s)
    assert memorization_kind(s) == "spreading"
    assert abs((predicted**2).sum() - 2) < 1e-9
    assert (np.diff(predicted) < 0).all() and predicted.min() > 0  # the frequent ones most
    w, sums = memory_ascent(name, memory_starts(8, positive=True))
    assert np.abs(sums - predicted).max() < 2e-5
    # Realised by u_g = v_{g^-1 h} = x_g / 2.
    u, v = w[:, :6].numpy(), w[:, 6:].numpy()
    assert np.abs(u - predicted / 2).max() < 2e-5
    partner = [int(np.flatnonzero(MEMORY.table[g] == TARGET)[0]) for g in range(6)]
    assert np.abs(v[:, partner] - predicted / 2).max() < 2e-5


def test_relu_and_identity_in_proportion():
    expected = PROBABILITIES * (2 / (PROBABILITIES**2).sum()) ** 0.5
    for name in ("relu", "identity"):
        assert np.abs(memorize(PROBABILITIES, name) - expected).max() < 1e-12


def test_a_rising_ratio_focuses():
    expected = np.array([2**0.5, 0, 0, 0, 0, 0])
    for s in ("square", power(3), power(4)):
        assert memorization_kind(s) == "focused"
        assert np.abs(memorize(PROBABILITIES, s) - expected).max() < 1e-12
    # With x^2 every start ends there, up to the sign.
    _, sums = memory_ascent("square", memory_starts(8, positive=False))
    assert np.abs(np.abs(sums) - expected).max() < 1e-6


@pytest.mark.parametrize("name", ["cube", "fourth"])
def test_higher_powers_have_a_local_maximum_at_every_pair(name):
    """Theorem 5 says "no other local optima": false for x^q with q > 2."""
    for g in range(6):
        near = 0.05 * memory_starts(4, positive=True)
        near[:, g] += 1
        near[:, 6 + int(np.flatnonzero(MEMORY.table[g] == TARGET)[0])] += 1
        _, sums = memory_ascent(name, near)
        assert np.abs(sums - 2**0.5 * np.eye(6)[g]).max() < 1e-3


@pytest.mark.parametrize("name", ["relu", "silu"])
def test_starts_of_any_sign_find_other_optima(name):
    """False for ReLU and SiLU too: a pair with x_g < 0 gets no push, or the wrong one."""
    predicted = memorize(PROBABILITIES, name)
    _, sums = memory_ascent(name, memory_starts(20, positive=False))
    distance = np.abs(sums - predicted).max(axis=1)
    assert (distance > 0.1).any()


@pytest.mark.parametrize("name", ["silu", "tanh", "sigmoid"])
def test_nothing_on_the_sphere_is_higher(name):
    s = GIVEN.get(name, name)
    best = torch.tensor(memorize(PROBABILITIES, s))
    p = torch.tensor(PROBABILITIES)
    generator = torch.Generator().manual_seed(0)
    for size in (0.01, 0.3, 10):
        other = best + size * torch.randn(500, 6, dtype=torch.float64, generator=generator)
        other *= 2**0.5 / other.norm(dim=1, keepdim=True)
        assert (FUNCTIONS[name](other) @ p).max() <= FUNCTIONS[name](best) @ p


def test_a_pair_that_is_never_seen_gets_nothing():
    for name in ("silu", "square"):
        sums = memorize([0.7, 0.0, 0.3], name)
        assert sums[1] == 0 and abs((sums**2).sum() - 2) < 1e-9
    assert np.array_equal(memorize([1.0], "tanh").round(9), np.array([2**0.5]).round(9))


def test_frequencies_of_all_sizes():
    p = np.array([1 - 1e-6 - 1e-12, 1e-6, 1e-12])
    sums = memorize(p, "silu")
    # s'(x)/x is 1/(2x) for small x.
    assert abs(sums[1] / sums[2] / 1e6 - 1) < 1e-4 and abs((sums**2).sum() - 2) < 1e-9


def test_the_energy_of_a_single_target():
    w = draw(4, 12, seed=1)
    sums = pair_sums(w, MEMORY, TARGET)
    for g in range(6):
        for b in range(6):
            if MEMORY.table[g, b] == TARGET:
                assert torch.equal(sums[:, g], w[:, g] + w[:, 6 + b])
    expected = 0.5 * ((FUNCTIONS["silu"](sums)) @ torch.tensor(PROBABILITIES)).square()
    found = single_target_energy(w, PROBABILITIES, MEMORY, TARGET, "silu")
    assert torch.allclose(found, expected)
    # sum x_g^2 <= 2 |w|^2, with equality for u_g = v_{g^-1 h}
    assert (sums.square().sum(1) <= 2 * w.square().sum(1)).all()


def test_the_energies_of_spikes_and_modes_on_parts():
    M = 47
    for p in (0.3, 2 / 3, 0.8):
        spikes, modes = [], []
        for split in range(6):
            task = GroupTask(cyclic(M), p, [split])
            spikes.append(energy(torch.eye(2 * M, dtype=torch.float64), task).mean())
            modes.append(energy(pure_features(cyclic(M), 20, split)[1], task).mean())
        spike, mode = float(np.mean(spikes)), float(np.mean(modes))
        assert abs(spike / spike_energy(M, p) - (1 - 2 / M)) < 0.01
        # Sampling adds about the energy of noise: the mode's is higher by O(1/(p M)).
        assert abs(mode / mode_energy(M, p) - 1) < 4 / (p * M)
    assert abs(spike_energy(M, 2 / 3) - mode_energy(M, 2 / 3)) < 1e-12
    assert spike_energy(M, 0.6) > mode_energy(M, 0.6)
    assert spike_energy(M, 0.7) < mode_energy(M, 0.7)


@pytest.mark.parametrize(
    "call",
    [
        lambda: memorize([0.5, 0.6], "relu"),
        lambda: memorize([1.5, -0.5], "relu"),
        lambda: memorize([], "relu"),
        lambda: memorize([[1.0]], "relu"),
        lambda: memorize([1.0], "sine"),
        lambda: memorization_kind(
            power(1.0).__class__("sin", torch.sin, lambda h, f: -torch.cos(8 * h))
        ),
        lambda: spike_energy(0, 0.5),
        lambda: mode_energy(5, 1.5),
        lambda: pair_sums(torch.ones(5), cyclic(3), 0),
        lambda: pair_sums(torch.ones(6), cyclic(3), 3),
        lambda: single_target_energy(torch.ones(6), [0.5, 0.5], cyclic(3), 0, "relu"),
    ],
)
def test_arguments_out_of_range(call):
    with pytest.raises(ValueError, match=r"probabilities|unknown|rises|needed|must be"):
        call()
