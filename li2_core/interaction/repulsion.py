"""Stage III: what hidden nodes do to each other through the readout they share.

With the readout V = B Ft'Yt at its ridge optimum, B = (Ft'Ft + eta)^-1, the gradient at the
features is (Yt - Ft V)V' = eta R Yt Yt' Ft B with R = (Ft Ft' + eta)^-1: node j hears the echo
of b_jj f_j + sum over l != j of b_jl f_l (Li2, Theorem 6 and eq. 9, corrected).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core._input import real, tensor
from li2_core.activations import AnyActivation
from li2_core.activations import activation as _by_name
from li2_core.energy.nodes import random_nodes
from li2_core.groups.group import FiniteGroup
from li2_core.lazy.ridge import centre
from li2_core.tasks.group_task import pairs_of


@dataclass(frozen=True)
class Repulsion:
    """How the nodes push each other.

    Attributes
    ----------
    B : Tensor, float64, (..., K, K)
        (Ft'Ft + eta)^-1.
    similarity : Tensor, float64, (..., K, K)
        Entry (j, l) is f_j' P f_l where P = 1 - G (G'G + eta)^-1 G' regresses out all other
        nodes, with features G; on the diagonal f_j' P f_j, with all nodes but j regressed out.
    """

    B: Tensor
    similarity: Tensor


def node_repulsion(features: Tensor, eta: float) -> Repulsion:
    """B and the similarity of every two nodes after regressing out all others.

    The inverse of the block of B that belongs to j and l is the Schur complement
    [[f_j'Pf_j + eta, f_j'Pf_l], [f_l'Pf_j, f_l'Pf_l + eta]], so that
    f_j'Pf_l = -b_jl / (b_jj b_ll - b_jl^2): the sign of b_jl is the opposite of the
    similarity's (Li2, Theorem 6). For one pair by definition: `residual_similarity`.

    Parameters
    ----------
    features : Tensor, (..., n, K)
        Ft, centred over the samples by whoever calls.
    eta : float
        The ridge, positive.

    Raises
    ------
    ValueError
        If ``eta`` is not positive, or the features are complex or no matrix.

    Examples
    --------
    >>> two = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    >>> found = node_repulsion(two, eta=1.0)
    >>> found.similarity[0, 1].item() > 0 > found.B[0, 1].item()
    True
    """
    Ft = _checked(features, eta)
    gram = Ft.mT @ Ft
    gram.diagonal(dim1=-2, dim2=-1).add_(eta)
    B = torch.cholesky_inverse(torch.linalg.cholesky(gram))
    own = B.diagonal(dim1=-2, dim2=-1)
    similarity = -B / (own[..., :, None] * own[..., None, :] - B.square()).clamp_min(1e-300)
    similarity.diagonal(dim1=-2, dim2=-1).copy_(1 / own - eta)
    return Repulsion(B, similarity)


def residual_similarity(features: Tensor, eta: float, j: int, k: int) -> float:
    """f_j' P f_k by its definition: both nodes, with all others regressed out of one.

    P is a ridge residual and no projector. Raises as `node_repulsion`, and if j and k are not
    two of the nodes.

    Parameters
    ----------
    features : Tensor, (n, K)
    eta : float
    j, k : int

    Examples
    --------
    >>> residual_similarity(torch.eye(3)[:, [0, 0, 1]], eta=1.0, j=0, k=1)
    1.0
    """
    Ft = _checked(features, eta)
    K = Ft.shape[-1]
    if j == k or not {j, k} <= set(range(K)):
        raise ValueError(f"j and k must be two of the nodes 0 to {K - 1}, got {j} and {k}")
    others = Ft[:, [node for node in range(K) if node not in (j, k)]]
    gram = others.T @ others + eta * torch.eye(K - 2, dtype=Ft.dtype)
    fitted = others @ torch.linalg.solve(gram, others.T @ Ft[:, k])
    return float(Ft[:, j] @ (Ft[:, k] - fitted))


def twins(order: int, apart: float = 0.014, seed: int = 0) -> Tensor:
    """Two unit nodes this far apart in a direction that the seed chooses.

    Returns
    -------
    Tensor, float64, (2, 2M)

    Examples
    --------
    >>> first, second = twins(order=7)
    >>> 0.01 < float((first - second).norm()) < 0.02
    True
    """
    first, direction = random_nodes(2, order, seed)
    return torch.nn.functional.normalize(torch.stack([first, first + apart * direction]))


def correlations(weights: Tensor, group: FiniteGroup) -> Tensor:
    """The correlations of nodes' features x^2 over a group's full table.

    Parameters
    ----------
    weights : Tensor, (K, 2M)
    group : FiniteGroup

    Returns
    -------
    Tensor, float64, (K, K)

    Examples
    --------
    >>> from li2_core import cyclic
    >>> correlations(torch.tensor([[1.0, 2, 0, 1], [2, 4, 0, 2]]), cyclic(2)).round(decimals=6)
    tensor([[1., 1.],
            [1., 1.]], dtype=torch.float64)
    """
    features = pairs_of(group).answers(weights.double().T).square()
    return torch.corrcoef(features.T)


def climb_together(
    weights: Tensor,
    group: FiniteGroup,
    eta: float = 1.0,
    steps: int = 60,
    rate: float = 0.1,
    repel: bool = True,
    residual: bool = False,
    activation: AnyActivation = "square",
) -> Tensor:
    """Nodes that climb side by side on the unit sphere, feeling each other through B and R.

    The nodes hear Yt Yt' Ft B, with ``residual`` eta R Yt Yt' Ft B. Each step goes along what
    of that is tangential to the sphere, by ``rate`` for the node with the longest gradient,
    and by as much less for the others as theirs are shorter: one clock for all.

    Parameters
    ----------
    weights : Tensor, (K, 2M)
        One node a row; they are scaled to length one.
    group : FiniteGroup
        Its full table is the data.
    eta : float
        The ridge of the readout that B and R come from.
    steps : int
    rate : float
    repel : bool
        False leaves B out: every node hears its own echo, as in stage II.
    residual : bool
        True puts eta R = 1 - Ft B Ft' in: the echo of what is not learned yet.
    activation : str, Activation or function

    Returns
    -------
    Tensor, float64, (steps + 1, K, 2M)
        The path, the start first.

    Raises
    ------
    ValueError
        If the weights are not real (K, 2M), or ``eta`` is not positive.
    """
    M = group.order
    if weights.ndim != 2 or weights.shape[1] != 2 * M or weights.is_complex():
        kind = f"{tuple(weights.shape)}, {weights.dtype}"
        raise ValueError(f"weights must be real (K, {2 * M}), got {kind}")
    pairs, s = pairs_of(group), _by_name(activation)
    labels = pairs.labels()
    path = [torch.nn.functional.normalize(weights.double(), dim=1)]
    for _ in range(steps):
        nodes = path[-1]
        answers = pairs.answers(nodes.T)
        features = centre(s.value(answers))
        B = node_repulsion(features, eta).B
        heard = labels @ (labels.T @ (features @ B if repel else features))
        if residual:
            heard = heard - features @ (B @ (features.T @ heard))
        rows = s.derivative(answers) * heard
        gradient = torch.zeros_like(nodes.T)
        gradient.index_add_(0, pairs.first, rows).index_add_(0, M + pairs.second, rows)
        tangent = gradient.T - nodes * (nodes * gradient.T).sum(1, keepdim=True)
        step = rate * tangent / tangent.norm(dim=1).max()
        path.append(torch.nn.functional.normalize(nodes + step, dim=1))
    return torch.stack(path)


def _checked(features: Tensor, eta: float) -> Tensor:
    real("eta", eta, above=0)
    found = tensor("features", features, "(..., n, K)")
    if found.ndim < 2 or found.is_complex():
        raise ValueError(f"features must be real, (..., n, K), got {tuple(found.shape)}")
    return found.double()


def appended_polar(orthonormal: Tensor, v: Tensor) -> Tensor:
    """The last column of the polar factor of [Q, v], in closed form (Li2, Lemma 9, corrected).

    With v = v_par + v_perp, inside and outside the span of Q:
    (v_perp/|v_perp| + v_par/(1 + |v_perp|)) / sqrt(1 + |v_par|^2/(1 + |v_perp|)^2).
    What the other columns have already is damped, by one half where |v_perp| is near one.

    Parameters
    ----------
    orthonormal : Tensor, (A, k)
        Q, its columns orthonormal, k < A.
    v : Tensor, (A,)
        Not in the span of Q.

    Returns
    -------
    Tensor, (A,), of length one

    Raises
    ------
    ValueError
        If the columns are not orthonormal or v lies in their span.

    Examples
    --------
    >>> Q = torch.eye(3)[:, :1]
    >>> appended_polar(Q, torch.tensor([0.75, 1.0, 0.0]))  # 3/4 becomes 3/8, then length one
    tensor([0.3511, 0.9363, 0.0000])
    """
    gram = orthonormal.mT @ orthonormal
    if not (gram - torch.eye(len(gram), dtype=gram.dtype)).abs().max() < 1e-5:
        raise ValueError("the columns of Q are not orthonormal")
    inside = orthonormal @ (orthonormal.mT @ v)
    outside = v - inside
    size = outside.norm()
    if not size > 1e-6 * v.norm():
        raise ValueError("v lies in the span of Q")
    column = outside / size + inside / (1 + size)
    return column / column.norm()
