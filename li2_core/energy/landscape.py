"""Stage II: the energy that a hidden node climbs.

Li2, Theorem 1: while the readout is still small, the gradient that reaches a node with
weights w is the gradient of E(w) = 1/2 ||Yt' s(X w)||^2, the squared correlation of its
answers s(X w) with the centred labels Yt = P Y. Everything here is by that definition, for
any activation and any set of pairs; see `pairs` for how, `abelian` for a shorter way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import torch
from torch import Tensor

from li2_core.activations import HOLOMORPHIC
from li2_core.activations import activation as _activation
from li2_core.groups.group import FiniteGroup
from li2_core.groups.parts import missing_irreps, missing_projector
from li2_core.groups.representations import Irrep
from li2_core.lazy.resolvent import lazy_operator
from li2_core.tasks.group_task import Target, pairs_of
from li2_core.tasks.pairs import Pairs

NUMBERS_AT_ONCE = 2**15  # of a row of pairs, over all nodes held at a time: they stay in the cache


def energy(
    weights: Tensor,
    target: Target,
    activation: str = "square",
    operator: Tensor | None = None,
    centred: bool = True,
    learned: Collection[Irrep | int] = (),
) -> Tensor:
    """The energy E(w) = 1/2 ||Yt' s(X w)||^2 of hidden nodes (Li2, eq. 7).

    Parameters
    ----------
    weights : Tensor, (..., 2M), real or complex
        One node a row: M weights for the first element, M for the second.
    target : FiniteGroup or GroupTask
        The group's full table, or the training pairs of a task of one seed.
    activation : str
        The name of s; with complex weights only ``square`` or ``identity``.
    operator : Tensor, (n, n), optional
        R in 1/2 ||Yt' R s(X w)||^2, for instance from `lazy_operator`.
    centred : bool
        False leaves the labels' mean in: Y instead of Yt = P Y.
    learned : collection of Irrep or int, optional
        Irreps that other nodes explain already, or their places in ``group.irreps()``: their
        part of the labels is left out (E_S of Li2, Theorem 7, corrected).

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If a node has not 2M weights, the task several seeds, the activation is unknown or
        does not go with complex weights, the operator is not (n, n), or a learned irrep is
        none of the group's.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> wave = torch.cos(2 * torch.pi / 7 * torch.arange(7, dtype=torch.float64))
    >>> w = torch.cat([wave, wave])
    >>> round(float(energy(w / w.norm(), cyclic(7))), 12)  # M/4
    1.75
    """
    return Landscape(target, activation, operator, centred, learned).value(weights)


def energy_gradient(
    weights: Tensor,
    target: Target,
    activation: str = "square",
    operator: Tensor | None = None,
    centred: bool = True,
    learned: Collection[Irrep | int] = (),
) -> Tensor:
    """The gradient of `energy`, (..., 2M): X' diag(s'(X w)) Yt Yt' s(X w).

    Of complex weights, as torch has it: the derivatives by real and imaginary part as the
    two parts of one number. Arguments and errors are those of `energy`.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> w = torch.randn(14, dtype=torch.float64)
    >>> slope = energy_gradient(w, cyclic(7)) @ w  # E is of degree 4
    >>> bool(torch.isclose(slope, 4 * energy(w, cyclic(7))))
    True
    """
    return Landscape(target, activation, operator, centred, learned).gradient(weights)


def energy_by_representation(
    weights: Tensor, group: FiniteGroup, learned: Collection[Irrep | int] = ()
) -> Tensor:
    """The energy of x^2 on the full table, irrep by irrep (Li2, eq. 20, corrected).

    E = 2M sum over nontrivial irreps k of (1/d_k) ||A_k B_k||_F^2, where A_k is
    sqrt(d_k/M) sum_g u(g) rho_k(g) and B_k the same of v; without the ``learned`` ones.

    Raises
    ------
    ValueError
        If a node has not 2M weights, or a learned irrep is none of the group's.
    """
    M = group.order
    nodes = _as_nodes(weights, M)
    total = torch.zeros(len(nodes), dtype=nodes.real.dtype)
    members = [k for irrep in missing_irreps(group, {0, *learned}) for k in irrep.members]
    for rho in (group.complex_irreps()[k] for k in members):
        A, B = (
            (rho.d / M) ** 0.5
            * torch.einsum("ng,gij->nij", half.to(rho.matrices.dtype), rho.matrices)
            for half in nodes.unflatten(1, (2, M)).unbind(1)
        )
        total += 2 * M / rho.d * (A @ B).abs().square().sum((1, 2))
    return total.reshape(weights.shape[:-1])


class Landscape:
    """The energy of one target, set up once for many calls; arguments as of `energy`.

    With ``row_weights`` (n,) each pair counts as often as its weight says, in the sums and in
    the mean: weights 0 and 1 on the full table give the energy of the part with weight 1.
    """

    def __init__(
        self,
        target: Target,
        activation: str = "square",
        operator: Tensor | None = None,
        centred: bool = True,
        learned: Collection[Irrep | int] = (),
        row_weights: Tensor | None = None,
    ) -> None:
        self.pairs: Pairs = pairs_of(target)
        self.group = self.pairs.group
        self.activation = activation
        self.nonlinearity = _activation(activation)
        self.centred = centred
        n = len(self.pairs)
        self.labels: Tensor | None = None
        if operator is not None:
            if operator.shape != (n, n):
                raise ValueError(
                    f"the operator must be ({n}, {n}), one row a pair, got {tuple(operator.shape)}"
                )
            self.labels = _summed_by_class(operator, self.pairs, centred)
        if row_weights is not None:
            if operator is not None or row_weights.shape != (n,):
                raise ValueError(
                    f"row_weights must be ({n},), one a pair, and go without an operator, "
                    f"got {tuple(row_weights.shape)}"
                )
            self.labels = _weighted_labels(row_weights, self.pairs, centred)
        self.missing = missing_projector(self.group, learned) if learned else None
        by_transform = (
            activation == "square" and self.labels is None and self.missing is None and centred
        )
        by_transform = by_transform and self.pairs.is_full and self.group.is_abelian
        self._fourier = self.group.fourier if by_transform else None

    @property
    def scale(self) -> float:
        """A bound of the energy's size for answers of length 1: half of ||R Yt||_F^2."""
        if self.labels is not None:
            return float(self.labels.square().sum()) / 2
        return len(self.pairs) / 2

    def class_labels(self) -> Tensor:
        """R' Yt, or what stands for it, in full and without what is learned: (n, M)."""
        labels = self.pairs.labels(self.centred) if self.labels is None else self.labels
        return labels if self.missing is None else labels @ self.missing

    def value(self, weights: Tensor) -> Tensor:
        """E for weights (..., 2M), of shape (...)."""
        nodes = self._nodes(weights)
        if self._fourier is not None:
            return self._fourier.value(nodes).reshape(weights.shape[:-1])
        found = [_half_square(self._sums(block)) for block in self._blocks(nodes)]
        return torch.cat(found).reshape(weights.shape[:-1])

    def gradient(self, weights: Tensor) -> Tensor:
        """The gradient of E for weights (..., 2M), of the same shape."""
        return self.value_and_gradient(weights)[1]

    def value_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Both at the price of the gradient alone."""
        nodes = self._nodes(weights)
        shape = weights.shape
        if self._fourier is not None:
            value, gradient = self._fourier.value(nodes), self._fourier.gradient(nodes)
            return value.reshape(shape[:-1]), gradient.reshape(shape)
        values, gradients = [], []
        for block in self._blocks(nodes):
            sums = self._sums(block)
            values.append(_half_square(sums))
            gradients.append(self._pull_back(block, sums))
        return torch.cat(values).reshape(shape[:-1]), torch.cat(gradients, 1).mT.reshape(shape)

    def _nodes(self, weights: Tensor) -> Tensor:
        nodes = _as_nodes(weights, self.group.order)
        if nodes.is_complex() and self.activation not in HOLOMORPHIC:
            allowed = ", ".join(HOLOMORPHIC)
            raise ValueError(f"complex weights need one of {allowed}, got {self.activation!r}")
        return nodes

    def _blocks(self, nodes: Tensor) -> Iterator[Tensor]:
        at_once = max(1, NUMBERS_AT_ONCE // self.group.order)
        yield from (block.T.contiguous() for block in nodes.split(at_once))

    def _sums(self, block: Tensor) -> Tensor:
        """z = Yt' R s(X w) without what is learned, (M, N)."""
        sums = self._all_sums(block)
        return sums if self.missing is None else self.missing.to(sums.dtype) @ sums

    def _all_sums(self, block: Tensor) -> Tensor:
        if self.labels is not None:
            answers = self.nonlinearity.value(self.pairs.answers(block))
            return self.labels.T.to(block.dtype) @ answers
        M = self.group.order
        sums = self.pairs.class_sums(block[:M], block[M:], self.nonlinearity.value)
        if self.centred:
            shares = (self.pairs.counts / len(self.pairs)).to(sums.dtype)
            sums = sums - shares[:, None] * sums.sum(0)
        return sums

    def _pull_back(self, block: Tensor, sums: Tensor) -> Tensor:
        """X' diag(conj s'(X w)) R' Yt z, (2M, N)."""
        M, s = self.group.order, self.nonlinearity

        def slope(h: Tensor) -> Tensor:
            return s.derivative(h).conj()

        if self.labels is not None:
            answers = self.pairs.answers(block)
            rows = slope(answers) * (self.labels.to(block.dtype) @ sums)
            gradient = torch.zeros_like(block)
            gradient.index_add_(0, self.pairs.first, rows)
            return gradient.index_add_(0, M + self.pairs.second, rows)
        if self.centred:
            sums = sums - (self.pairs.counts.to(sums.dtype) @ sums) / len(self.pairs)
        return self.pairs.pull_back(block[:M], block[M:], sums, slope)


def _as_nodes(weights: Tensor, order: int) -> Tensor:
    """Weights as (N, 2M), checked."""
    if weights.ndim < 1 or weights.shape[-1] != 2 * order:
        shape = tuple(weights.shape)
        raise ValueError(f"weights must be (..., {2 * order}), two for each element, got {shape}")
    if not (weights.is_floating_point() or weights.is_complex()):
        raise ValueError(f"weights must be real or complex numbers, got {weights.dtype}")
    return weights.reshape(-1, 2 * order)


def _half_square(sums: Tensor) -> Tensor:
    return (
        0.5 * (sums.conj() * sums).real.sum(0) if sums.is_complex() else 0.5 * sums.square().sum(0)
    )


def _summed_by_class(operator: Tensor, pairs: Pairs, centred: bool) -> Tensor:
    """R' Yt, (n, M): the operator's rows summed by class, centred."""
    rows = operator.new_zeros(pairs.order, len(pairs)).index_add_(0, pairs.products, operator)
    if centred:
        rows = rows - (pairs.counts / len(pairs)).to(rows.dtype)[:, None] * rows.sum(0)
    return rows.T.contiguous()


def _weighted_labels(row_weights: Tensor, pairs: Pairs, centred: bool) -> Tensor:
    """The labels, less their weighted mean, times the weights: (n, M)."""
    labels = pairs.labels(centred=False)
    if centred:
        labels = labels - (row_weights @ labels) / row_weights.sum()
    return row_weights[:, None] * labels


__all__ = ["Landscape", "energy", "energy_by_representation", "energy_gradient", "lazy_operator"]
