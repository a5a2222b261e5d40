"""What training with an L2 penalty minimises: the loss and the penalty together."""

from __future__ import annotations

from li2_core.training.history import History
from li2_core.training.recorder import Array

DECOUPLED = ("adamw", "muonw")


def objective(history: History) -> Array:
    """The training loss plus weight_decay / 2 times the squared length of all weights.

    Its gradient is what ``sgd`` steps along and what ``adam`` is given.

    Parameters
    ----------
    history : History
        Of a run with the probes ``X_norm`` for every parameter X of the network.

    Returns
    -------
    ndarray, (S, times)

    Raises
    ------
    ValueError
        If a norm was not recorded, or the optimizer's decay is no penalty (``adamw``, ``muonw``).

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic, train
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> options = {"weight_decay": 0.01, "probes": ("hidden_norm", "readout_norm")}
    >>> found = objective(train(task, TwoLayer(8), steps=20, **options))
    >>> found.shape, bool(found[0, -1] < found[0, 0])
    ((1, 3), True)
    """
    if history.config["optimizer"] in DECOUPLED:
        raise ValueError(
            f"the decay of {history.config['optimizer']!r} is not the slope of a penalty, "
            "an objective has a run of adam, sgd or muon"
        )
    wanted = [f"{name}_norm" for name in history.net.parameters]
    if not set(wanted) <= set(history.records):
        raise ValueError(
            f"the objective needs the probes {', '.join(wanted)}, "
            f"recorded were {', '.join(sorted(history.records))}"
        )
    penalty = sum(history[name].astype("float64") ** 2 for name in wanted)
    return history["train_loss"] + history.config["weight_decay"] / 2 * penalty
