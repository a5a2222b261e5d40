"""Stage II: the energy that a hidden node climbs.

Li2, Theorem 1: while the readout is still small, the gradient that reaches a node with
weights w is the gradient of E(w) = 1/2 ||Z' s(X w)||^2 with the centred labels Z = Yt = P Y.
Whatever else the nodes may be asked for is another Z: the labels with their mean (Y), after
the operator that training applies (R Yt), without what others have learned
(`missing_labels`), with pairs that count more than others (`weighted_labels`).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from li2_core._input import tensor
from li2_core.activations import HOLOMORPHIC, AnyActivation
from li2_core.activations import activation as _by_name
from li2_core.groups.group import FiniteGroup
from li2_core.tasks.group_task import Target, pairs_of
from li2_core.tasks.pairs import Pairs

NUMBERS_AT_ONCE = 2**15  # of a row of pairs, over all nodes held at a time: they stay in the cache


def energy(
    weights: Tensor,
    target: Target,
    activation: AnyActivation = "square",
    labels: Tensor | None = None,
) -> Tensor:
    """The energy E(w) = 1/2 ||Z' s(X w)||^2 of hidden nodes (Li2, eq. 7).

    Parameters
    ----------
    weights : Tensor, (..., 2M), real or complex
        One node a row: M weights for the first element, M for the second.
    target : FiniteGroup or GroupTask
        The group's full table, or the training pairs of a task of one seed.
    activation : str, Activation or function
        s; with complex weights it must be holomorphic, as ``square`` and ``identity`` are.
    labels : Tensor, (n, C), optional
        Z, one row a pair; the centred labels Yt if left out.

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If a node has not 2M weights, some are no finite numbers, the task has several seeds,
        the activation is unknown or does not go with complex weights, or the labels are not
        real with n rows.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> wave = torch.cos(2 * torch.pi / 7 * torch.arange(7, dtype=torch.float64))
    >>> w = torch.cat([wave, wave])
    >>> round(float(energy(w / w.norm(), cyclic(7))), 12)  # M/4
    1.75
    """
    return Landscape(target, activation, labels).value(weights)


def energy_gradient(
    weights: Tensor,
    target: Target,
    activation: AnyActivation = "square",
    labels: Tensor | None = None,
) -> Tensor:
    """The gradient of the energy: X' diag(s'(X w)) Z Z' s(X w).

    Of complex weights, as torch has it: the derivatives by real and imaginary part as the
    two parts of one number. Arguments and errors are as of `energy`.

    Returns
    -------
    Tensor, (..., 2M)

    Examples
    --------
    >>> from li2_core import cyclic
    >>> w = torch.randn(14, dtype=torch.float64)
    >>> slope = energy_gradient(w, cyclic(7)) @ w  # E is of degree 4
    >>> bool(torch.isclose(slope, 4 * energy(w, cyclic(7))))
    True
    """
    return Landscape(target, activation, labels).gradient(weights)


def weighted_labels(target: Target, row_weights: Tensor) -> Tensor:
    """The labels of pairs that count as often as their weights say, in sums and in the mean.

    Weights 0 and 1 on the full table give the energy of the part with weight 1.

    Parameters
    ----------
    target : FiniteGroup or GroupTask
    row_weights : Tensor, (n,)
        One a pair, at least 0 and not all 0.

    Returns
    -------
    Tensor, float64, (n, M)

    Raises
    ------
    ValueError
        If the weights are not such.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> bool((weighted_labels(cyclic(3), torch.ones(9)) == pairs_of(cyclic(3)).labels()).all())
    True
    """
    labels = pairs_of(target).labels(centred=False)
    counts = tensor("row_weights", row_weights, f"({len(labels)},)", last=len(labels)).double()
    if counts.ndim != 1 or (counts < 0).any() or not counts.any():
        raise ValueError(
            f"row_weights must be ({len(labels)},), at least 0 and not all 0, got {row_weights}"
        )
    return counts[:, None] * (labels - (counts @ labels) / counts.sum())


def energy_by_representation(weights: Tensor, group: FiniteGroup) -> Tensor:
    """The energy of x^2 on the full table, irrep by irrep (Li2, eq. 20, corrected).

    E = 2M sum over nontrivial irreps k of (1/d_k) ||A_k B_k||_F^2, where A_k is
    sqrt(d_k/M) sum_g u(g) rho_k(g) and B_k the same of v.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    group : FiniteGroup

    Returns
    -------
    Tensor, (..., irreps)
        The part of each real irrep, in the order of ``group.irreps()``; none of the trivial.

    Raises
    ------
    ValueError
        If a node has not 2M weights.
    """
    M = group.order
    nodes = as_nodes(weights, M)
    shape = nodes.shape[:-1]
    nodes = nodes.reshape(-1, 2 * M)
    parts = []
    for irrep in group.irreps():
        part = torch.zeros(len(nodes), dtype=nodes.real.dtype)
        for rho in (group.complex_irreps()[k] for k in irrep.members if irrep.place):
            A, B = (
                (rho.d / M) ** 0.5
                * torch.einsum("ng,gij->nij", half.to(rho.matrices.dtype), rho.matrices)
                for half in nodes.unflatten(1, (2, M)).unbind(1)
            )
            part = part + 2 * M / rho.d * (A @ B).abs().square().sum((1, 2))
        parts.append(part)
    return torch.stack(parts, dim=1).reshape(*shape, len(parts))


class Landscape:
    """The energy of one target, set up once for many calls; arguments as of `energy`.

    Labels that are alike for all pairs of one product need only the sums over each class (see
    `pairs`), and the full table of an abelian group only a Fourier transform (`fourier`).
    """

    def __init__(
        self,
        target: Target,
        activation: AnyActivation = "square",
        labels: Tensor | None = None,
    ) -> None:
        self.pairs: Pairs = pairs_of(target)
        self.group = self.pairs.group
        self.activation = _by_name(activation)
        is_square = self.activation is _by_name("square")
        by_transform = labels is None and is_square and self.pairs.is_full and self.group.is_abelian
        self._fourier = self.group.fourier if by_transform else None
        self._labels = None if labels is None else _as_labels(labels, len(self.pairs))
        self._by_class = self._alike_in_a_class()

    def _alike_in_a_class(self) -> Tensor | None:
        """The labels by product, (M, C), if all pairs of one product have the same."""
        M, pairs = self.group.order, self.pairs
        if self._labels is None:
            return torch.eye(M, dtype=torch.float64) - pairs.counts / len(pairs)
        by_class = self._labels.new_zeros(M, self._labels.shape[1])
        by_class[pairs.products] = self._labels
        return by_class if torch.equal(by_class[pairs.products], self._labels) else None

    @property
    def scale(self) -> float:
        """A bound of the energy's size for answers of length 1: half of ||Z||_F^2."""
        return float(self.labels().square().sum()) / 2

    def labels(self) -> Tensor:
        """Z in full, float64, (n, C)."""
        return self.pairs.labels() if self._labels is None else self._labels

    def value(self, weights: Tensor) -> Tensor:
        """E for weights (..., 2M), of shape (...)."""
        nodes, shape = self._nodes(weights)
        if self._fourier is not None:
            return self._fourier.value(nodes).reshape(shape[:-1])
        found = [_half_square(self._sums(block)) for block in self._blocks(nodes)]
        return torch.cat(found).reshape(shape[:-1])

    def gradient(self, weights: Tensor) -> Tensor:
        """The gradient of E for weights (..., 2M), of the same shape."""
        return self.value_and_gradient(weights)[1]

    def value_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Both, for weights (..., 2M), at the price of the gradient alone."""
        nodes, shape = self._nodes(weights)
        if self._fourier is not None:
            value, gradient = self._fourier.value(nodes), self._fourier.gradient(nodes)
            return value.reshape(shape[:-1]), gradient.reshape(shape)
        values, gradients = [], []
        for block in self._blocks(nodes):
            sums = self._sums(block)
            values.append(_half_square(sums))
            gradients.append(self._pull_back(block, sums))
        return torch.cat(values).reshape(shape[:-1]), torch.cat(gradients, 1).mT.reshape(shape)

    def _nodes(self, weights: Tensor) -> tuple[Tensor, torch.Size]:
        nodes = as_nodes(weights, self.group.order)
        if nodes.is_complex() and not self.activation.holomorphic:
            allowed = ", ".join(HOLOMORPHIC)
            raise ValueError(f"complex weights need one of {allowed}, got {self.activation.name!r}")
        return nodes.reshape(-1, nodes.shape[-1]), nodes.shape

    def _blocks(self, nodes: Tensor) -> Iterator[Tensor]:
        at_once = max(1, NUMBERS_AT_ONCE // self.group.order)
        yield from (block.T.contiguous() for block in nodes.split(at_once))

    def _sums(self, block: Tensor) -> Tensor:
        """z = Z' s(X w), (C, N)."""
        M, s = self.group.order, self.activation.value
        if self._by_class is None:
            return self.labels().T.to(block.dtype) @ s(self.pairs.answers(block))
        return self._by_class.T.to(block.dtype) @ self.pairs.class_sums(block[:M], block[M:], s)

    def _pull_back(self, block: Tensor, sums: Tensor) -> Tensor:
        """X' diag(conj s'(X w)) Z z, (2M, N)."""
        M = self.group.order

        def slope(h: Tensor) -> Tensor:
            return self.activation.derivative(h).conj()

        if self._by_class is not None:
            by_class = self._by_class.to(block.dtype) @ sums
            return self.pairs.pull_back(block[:M], block[M:], by_class, slope)
        rows = slope(self.pairs.answers(block)) * (self.labels().to(block.dtype) @ sums)
        gradient = torch.zeros_like(block)
        gradient.index_add_(0, self.pairs.first, rows)
        return gradient.index_add_(0, M + self.pairs.second, rows)


def as_nodes(weights: Tensor, order: int) -> Tensor:
    """Weights as a tensor of finite real or complex numbers, or a ValueError.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    order : int

    Returns
    -------
    Tensor, (..., 2M)
    """
    nodes = tensor("weights", weights, f"(..., {2 * order})", last=2 * order)
    if not (nodes.is_floating_point() or nodes.is_complex()):
        raise ValueError(f"weights must be real or complex numbers, got {nodes.dtype}")
    return nodes


def _half_square(sums: Tensor) -> Tensor:
    return (
        0.5 * (sums.conj() * sums).real.sum(0) if sums.is_complex() else 0.5 * sums.square().sum(0)
    )


def _as_labels(labels: Tensor, rows: int) -> Tensor:
    found = tensor("labels", labels, f"({rows}, C), one row a pair")
    if found.ndim != 2 or len(found) != rows or found.is_complex():
        raise ValueError(
            f"labels must be real, ({rows}, C), one row a pair, got {tuple(found.shape)}"
        )
    return found.double()
