"""From a network that almost knows its training pairs to one that knows them exactly."""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core._input import real, whole
from li2_core.beyond.expansion import expansions
from li2_core.beyond.sharpness import check_small, residual_jacobian
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.group_task import GroupTask

LEAST_DAMPING = 1e-13  # the matrix stays invertible in float64
MOST_DAMPING = 1e12  # as a multiple of the first: no step this small helps


def exact_interpolator(
    net: TwoLayerNetwork, task: GroupTask, tol: float = 1e-26, steps: int = 100
) -> TwoLayerNetwork:
    """A network close by whose training loss is zero, by the method of Levenberg and Marquardt.

    Nodes that are dead (see `TwoLayerNetwork.active_nodes`) are set to zero, and stay so.

    Parameters
    ----------
    net : TwoLayerNetwork
        With real weights, of width at most 2500 / 3M.
    task : GroupTask
    tol : float
        The mean loss that is small enough.
    steps : int
        At most so many. A seed that needs more stays where it has come.

    Returns
    -------
    TwoLayerNetwork
        With weights in float64.

    Raises
    ------
    ValueError
        As `loss_hessian`; if ``tol`` is not above 0, or ``steps`` no whole number above 0.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> net = exact_interpolator(TwoLayer(width=24).initialize(task), task)
    >>> index = task.train_index[0]
    >>> bool((net(task.pairs[index]) - task.labels(index) + 0.2).abs().max() < 1e-10)
    True
    """
    tol, steps = real("tol", tol, above=0), whole("steps", steps, least=1)
    check_small(expansions(net, task))
    found = []
    for place, alive in enumerate(net.active_nodes()):
        alone = GroupTask.from_split(task.group, task.train_index[place], task.test_index[place])
        hidden = net.hidden[place].double() * alive
        readout = net.readout[place].double() * alive[:, None]
        start = net.with_weights(hidden[None], readout[None])
        found.append(_descend(start, alone, _live_weights(alive, *hidden.shape), tol, steps))
    hidden, readout = (torch.cat(layers) for layers in zip(*found, strict=True))
    return net.with_weights(hidden, readout)


def _live_weights(alive: Tensor, rows: int, width: int) -> Tensor:
    """Which of the P weights belong to live nodes."""
    readout = alive[:, None].expand(width, rows // 2)
    return torch.cat([alive.expand(rows, width).flatten(), readout.flatten()])


def _descend(
    net: TwoLayerNetwork, task: GroupTask, live: Tensor, tol: float, steps: int
) -> tuple[Tensor, Tensor]:
    """Steps -J'(JJ' + damping)^-1 r; the damping falls with every step that helps."""
    (near,) = expansions(net, task)
    damping, most = 1e-3, 1e-3 * MOST_DAMPING
    for _ in range(steps):
        loss = near.residual.square().sum()
        if loss < tol * len(near.rows) or damping > most:
            break
        J = residual_jacobian(net, task)[0][:, live]
        gram = J @ J.mT
        size = gram.diagonal().mean()
        while damping <= most:
            factor = torch.linalg.cholesky(gram + damping * size * torch.eye(len(gram)))
            solved = torch.cholesky_solve(near.residual.flatten()[:, None], factor)
            step = torch.zeros(len(live), dtype=torch.float64)
            step[live] = -(J.mT @ solved)[:, 0]
            tried = _moved(net, step)
            (there,) = expansions(tried, task)
            if there.residual.square().sum() < loss:
                net, near, damping = tried, there, max(damping / 10, LEAST_DAMPING)
                break
            damping *= 10
    return net.hidden, net.readout


def _moved(net: TwoLayerNetwork, step: Tensor) -> TwoLayerNetwork:
    hidden, readout = net.hidden, net.readout
    parts = step.split([hidden.numel(), readout.numel()])
    return net.with_weights(
        hidden + parts[0].view(hidden.shape), readout + parts[1].view(readout.shape)
    )
