"""What was seen of three statements that nobody has proved."""

from __future__ import annotations

import numpy as np
import torch
from oracles import DATA

from li2_core import GroupTask, cyclic
from li2_core.runs import read_table


def test_a_linear_rule_gets_no_unseen_pair_right_from_five_shows_on() -> None:
    table = read_table(DATA / "linear_rule")
    often = table["shown"] >= 5
    assert set(table["order"]) == {7, 11, 13, 17, 23, 31, 41}
    assert table["right"][often].sum() == 0 and table["unseen"][often].sum() > 1e6
    for shown, most in ((4, 1e-4), (3, 1e-3), (2.2, 8e-3)):
        for order in set(table["order"]):
            here = (table["shown"] == shown) & (table["order"] == order)
            assert table["right"][here].sum() < most * table["unseen"][here].sum()
    chapter = (table["order"] == 11) & (table["shown"] == 2.2)
    assert 155 < table["unseen"][chapter].sum() / table["right"][chapter].sum() < 165


def test_a_fit_by_least_squares_again() -> None:
    """By a solver that knows nothing of pseudoinverses, on a split of another clock."""
    task = GroupTask(cyclic(19), train_fraction=0.4, seeds=[1000])
    train, test = task.train_index[0], task.test_index[0]
    X, labels = task.rows(train).double(), task.labels(train).double()
    A = torch.linalg.lstsq(X, labels - labels.mean(1, keepdim=True), driver="gelsd").solution
    scores = task.rows(test).double() @ A
    assert not (scores.argmax(1) == task.targets[test]).any()


def test_the_width_that_needs_no_decay_grows_faster_than_the_examples() -> None:
    table = read_table(DATA / "narrow")
    widest = {}
    for share in (0.5, 0.6, 0.7, 0.8):
        here = table["train_fraction"] == share
        half = [
            width
            for width in np.unique(table["width"])
            if np.median(table["test_accuracy"][here & (table["width"] == width)]) > 0.5
        ]
        widest[share] = max(half) / table["examples"][here][0]
    assert sorted(widest.values()) == list(widest.values())
    assert widest[0.5] < 0.2 and widest[0.8] > 0.7
    assert table["test_accuracy"][table["train_fraction"] == 0.4].max() < 0.5


def test_every_network_is_below_chance_at_first() -> None:
    table = read_table(DATA / "below_chance")
    assert len(table["least"]) == 280 and (table["least"] < 0.5 / table["order"]).all()
    came = table["twice_chance"] > 0
    below = table["steps_below"]
    assert (below[came].min(), below[came].max()) == (16, 125)
    # Wide networks without decay, where they find no rule, stay there to the end.
    memorised = ~came & (table["width"] == 512) & (table["weight_decay"] == 0)
    assert (below[memorised & (table["train_fraction"] <= 0.5)] == 200).all()
    settings = zip(*(table[key] for key in ("order", "train_fraction", "width")), strict=True)
    for order, share, width in set(settings):
        here = (table["order"] == order) & (table["train_fraction"] == share) & came
        here &= table["width"] == width
        slow, fast = (below[here & (table["lr"] == rate)] for rate in (0.005, 0.01))
        assert not len(slow) or not len(fast) or np.median(fast) < np.median(slow)
