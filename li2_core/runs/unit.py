"""`train_unit`: one training, in JSON values: the unit of work of most sweeps."""

from __future__ import annotations

from typing import Any

from li2_core.groups.families import named_group
from li2_core.nets.two_layer import TwoLayer
from li2_core.tasks.group_task import GroupTask
from li2_core.training.loop import train


def train_unit(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Train the networks of one configuration, all seeds stacked, and say how each ended.

    Parameters
    ----------
    config : dict
        ``group`` (a name, see `families.named_group`), ``train_fraction`` and ``seeds``;
        ``width`` and the other arguments of `TwoLayer`; the keyword arguments of `train`.

    Returns
    -------
    list of dict
        For each seed: ``seed``; ``order``, the group's M; train and test accuracy and loss
        at the end; ``steps_50``, ``steps_90`` and ``steps_99``, the first recorded steps at
        which test accuracy reached .5, .9 and .99 (not a number: never); and ``outcome``,
        see `History.outcomes`.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the configuration does not describe a run.

    Examples
    --------
    >>> config = {"group": "Z_7", "train_fraction": 0.8, "seeds": [0, 1], "width": 32}
    >>> rows = train_unit(config | {"steps": 20, "every": 10})
    >>> [row["seed"] for row in rows], rows[0]["order"]
    ([0, 1], 7)
    """
    rest = dict(config)
    group = named_group(rest.pop("group"))
    task = GroupTask(group, rest.pop("train_fraction"), rest.pop("seeds"))
    about_net = {name: rest.pop(name) for name in TwoLayer(1).config if name in rest}
    history = train(task, TwoLayer(**about_net), **rest)
    if history.step < history.config["steps"] and set(history.outcomes) != {"diverged"}:
        raise KeyboardInterrupt  # `train` keeps half a run; a result it is not
    table: dict[str, Any] = {"seed": list(task.seeds), "order": [group.order] * task.num_seeds}
    for name in ("train_accuracy", "test_accuracy", "train_loss", "test_loss"):
        table[name] = history[name][:, -1].tolist()
    for level in (50, 90, 99):
        table[f"steps_{level}"] = history.steps_to(level / 100).tolist()
    table["outcome"] = history.outcomes
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
