"""The lab's state and its twin in Python: the same text, the same pairs, the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from li2_core.groups import named_group
from li2_core.show.lab import reproduce, tables, twin
from li2_core.show.lab.state import LabState
from li2_core.training import train

MASK = 2**64 - 1


def mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_the_generator_is_splitmix64_from_a_start_of_each_streams_own() -> None:
    step = 0x9E3779B97F4A7C15
    # The first numbers of the generator from 0, as its authors' program prints them.
    published = [16294208416658607535, 7960286522194355700, 487617019471545679]
    assert [mix(step * i & MASK) for i in (1, 2, 3)] == published
    for stream, seed in ((0, 0), (2, 2**32 - 1)):
        start = mix(((stream << 32) + seed + step) & MASK)
        expected = [mix((start + step * i) & MASK) for i in range(1, 6)]
        assert twin.splitmix64(stream, seed, 5).tolist() == expected


def test_more_pairs_are_the_same_pairs_and_some_after_them() -> None:
    sets = [set(twin.split(LabState(p=p)).train_index[0].tolist()) for p in (0.2, 0.5, 0.9)]
    assert sets[0] < sets[1] < sets[2] and len(sets[1]) == round(0.5 * 23**2)
    other = twin.split(LabState(p=0.5, seed=1)).train_index[0]
    assert set(other.tolist()) != sets[1]


def test_the_first_weights_fill_torchs_bounds_evenly() -> None:
    net = twin.first_network(LabState(K=1000))
    for weights, fan_in in ((net.hidden, 46), (net.readout, 1000)):
        unit = weights.double().flatten() * fan_in**0.5
        assert unit.abs().max() <= 1 and abs(unit.mean()) < 0.03
        assert unit.square().mean() == pytest.approx(1 / 3, rel=0.03)
        counts = np.histogram(unit, bins=10, range=(-1, 1))[0] / len(unit)
        assert np.abs(counts - 0.1).max() < 0.01


def test_reproduce_trains_what_the_state_says() -> None:
    text = "#group=S_3+x+Z_5&K=20&p=0.5&s=relu&lr=0.02&decay=0.003&scale=2&seed=5"
    task, net = reproduce(text)
    assert task.group.name == "S_3 x Z_5" and task.num_train == 450
    assert net.recipe.activation == "relu" and net.recipe.output_scale == 2
    expected = train(task, net, lr=0.02, weight_decay=0.003, steps=7, every=3, device="cpu")
    found = reproduce(text, steps=7, every=3)
    assert np.array_equal(found["test_loss"], expected["test_loss"])


@pytest.mark.parametrize(
    "state",
    [LabState(), LabState("Q_8", 7, 0.35, "relu", 1e-5, 0.0, 0.25, 2**32 - 1), LabState("A_4")],
)
def test_a_state_is_read_back_from_its_text(state) -> None:
    assert LabState.parse(state.fragment()) == state


def test_what_a_text_leaves_out_is_as_usual() -> None:
    assert LabState.parse("") == LabState() == LabState.parse("#")
    assert LabState.parse("M=31").group == "Z_31"
    assert LabState.parse("#group=S_3%20x%20Z_5").group == "S_3 x Z_5"


BAD = {
    "#M=0": "group must be Z_2 to Z_97 or one of .*, got Z_0",
    "#M=98": "got Z_98",
    "#group=S_9": "got S_9",
    "#K=1e9": "K must be a whole number at least 1 and at most 1024, got 1000000000",
    "#K=many": "K must be a whole number .*, got 'many'",
    "#K=2.5": "K must be a whole number .*, got 2.5",
    "#K=": "K must be",
    "#K=1_0": "K must be",
    "#p=0": "p must be a finite number above 0 and below 1, got 0",
    "#p=nan": "p must be",
    "#M=2&p=0.05": "p 0.05 of 4 pairs leaves an empty training set",
    "#M=3&p=0.99": "p 0.99 of 9 pairs leaves an empty test set",
    "#s=tanh": "s must be x2 or relu, got tanh",
    "#lr=0": "lr must be .*, got 0",
    "#lr=1e400": "lr must be",
    "#decay=-1": "decay must be .*, got -1",
    "#scale=0": "scale must be .*, got 0",
    "#seed=4294967296": "seed must be",
    "#speed=9": "a name must be one of group, K, .*, got speed",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items())
def test_a_bad_state_is_refused_in_a_sentence(text, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        reproduce(text)


def test_the_pages_groups_are_the_librarys() -> None:
    assert tables.PATH.read_text(encoding="utf-8") == tables.written()


def test_the_characters_make_the_librarys_projectors() -> None:
    for name in ("S_3 x Z_5", "Q_8", "Z_7:Z_3", "A_4"):
        group, found = named_group(name), tables.described(named_group(name))
        for part, projector in zip(found["parts"], group.isotypic_projectors()[1:], strict=True):
            factor = part["dimension"] / (part["c"] * group.order)
            made = factor * np.array(part["character"])[group.quotients]
            assert np.allclose(made, projector, atol=1e-11)
