"""A network whose outputs are scaled, and count from where they began."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from li2_core._input import real


class OutputScale(nn.Module):
    """The outputs beta (f(x) - f_0(x)) of a module f that was f_0 at its start.

    A large beta makes training lazy: a small change of the weights is then enough to reach
    the labels. So that training takes as long at first for every beta, divide the learning
    rate of gradient descent by beta^2.

    Parameters
    ----------
    module : nn.Module
        It goes on under the name ``module``; its first weights are kept as ``start``, which is
        never trained.
    scale : float
        beta, the paper's alpha.
    from_start : bool
        Whether f_0 is subtracted; without it the outputs are beta f(x).

    Raises
    ------
    ValueError
        If ``scale`` is not positive.

    References
    ----------
    Kumar et al., eq. 7.

    Examples
    --------
    >>> import torch
    >>> net = OutputScale(nn.Linear(3, 2), scale=10.0)
    >>> net(torch.ones(1, 3)).tolist()
    [[0.0, 0.0]]
    """

    def __init__(self, module: nn.Module, scale: float, from_start: bool = True) -> None:
        super().__init__()
        self.module, self.scale = module, real("scale", scale, above=0)
        self.start = copy.deepcopy(module).requires_grad_(False) if from_start else None

    def forward(self, rows: Tensor) -> Tensor:
        """The scaled outputs, shaped as the module's, for the same ``rows``."""
        found: Tensor = self.module(rows)
        if self.start is not None:
            found = found - self.start(rows)
        return self.scale * found

    def extra_repr(self) -> str:
        """What the modules alone do not say."""
        return f"scale={self.scale}"
