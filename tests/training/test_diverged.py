"""A run that leaves the finite numbers: it stops, says so, and keeps what it saw."""

import numpy as np
import pytest
import torch

from li2_core import GroupTask, History, TwoLayer, cyclic, train
from li2_core.runs import train_unit

TASK = GroupTask(cyclic(7), 0.6, seeds=2)


def test_a_run_that_diverges_stops_at_the_next_record_and_says_so(tmp_path):
    with pytest.warns(UserWarning, match="all seeds diverged by step 10 of 400: .*smaller lr"):
        run = train(TASK, TwoLayer(16), lr=1e6, optimizer="sgd", steps=400)
    assert run.step == 10 and run.steps.tolist() == [0, 10]
    assert run.outcomes == ["diverged"] * 2
    assert np.isfinite(run["train_loss"][:, 0]).all()
    assert not np.isfinite(run["train_loss"][:, 1]).any()
    run.save(tmp_path / "run.npz")
    assert History.load(tmp_path / "run.npz").outcomes == ["diverged"] * 2


def test_one_seed_that_diverges_does_not_stop_the_other():
    net = TwoLayer(16).initialize(TASK)
    net.parameters["hidden"][1] *= 1e25
    with pytest.warns(UserWarning, match="1 of 2 seeds diverged by step 100 of 100"):
        run = train(TASK, net, steps=100, lr=0.01)
    assert run.step == 100
    assert run.outcomes[1] == "diverged" != run.outcomes[0]
    alone = train(GroupTask(cyclic(7), 0.6, seeds=1), TwoLayer(16), steps=100, lr=0.01)
    assert np.allclose(run["test_loss"][0], alone["test_loss"][0], rtol=1e-5)


def test_weights_that_are_no_number_count_even_where_the_loss_does_not_see_them():
    net = TwoLayer(16).initialize(TASK)

    def blind(outputs, targets):
        return outputs.nan_to_num().square().sum(-1)

    net.parameters["hidden"][0, 0, 0] = torch.nan
    with pytest.warns(UserWarning, match="1 of 2 seeds diverged"):
        run = train(TASK, net, loss=blind, steps=10)
    assert run.outcomes[0] == "diverged" != run.outcomes[1]


def test_a_unit_of_work_that_diverges_is_a_result():
    config = {"group": "Z_7", "train_fraction": 0.6, "seeds": [0, 1], "width": 16}
    with pytest.warns(UserWarning, match="diverged"):
        rows = train_unit(config | {"optimizer": "sgd", "lr": 1e6, "steps": 100})
    assert [row["outcome"] for row in rows] == ["diverged"] * 2


def test_weights_given_as_no_numbers_are_refused():
    hidden, readout = torch.zeros(1, 8, 3), torch.zeros(1, 3, 4)
    hidden[0, 2, 1] = torch.nan
    with pytest.raises(ValueError, match="hidden must be finite numbers"):
        TwoLayer(3).with_weights(hidden, readout)
