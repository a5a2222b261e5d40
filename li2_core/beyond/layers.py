"""What the layers of a deep network hold: waves, the answer, or the training pairs by heart."""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core.groups.parts import wave_power
from li2_core.tasks.pairs import one_hot


def frequency_share(weights: Tensor) -> Tensor:
    """How pure the nodes are: the share of all squared weights on each node's best frequency.

    Long nodes count more, as the sums over the nodes come before the quotient; the constant
    is nobody's best.

    Parameters
    ----------
    weights : Tensor, (..., K, 2M)
        The nodes of a clock; of a network ``net.hidden.mT``.

    Returns
    -------
    Tensor, (...)

    Examples
    --------
    >>> a = torch.arange(6) * 2 * torch.pi / 3
    >>> frequency_share(torch.stack([3 * a.cos(), torch.ones(6)]))  # 27 of 27 + 6
    tensor(0.8182)
    """
    power = wave_power(weights)
    return power[..., 1:].amax(-1).sum(-1) / power.sum((-2, -1))


def answer_share(features: Tensor, targets: Tensor) -> Tensor:
    """How much of the nodes' variance over the samples their answer explains.

    The variance between the answers' means over all variance, all nodes together.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, int64, (n,) or (..., n)

    Returns
    -------
    Tensor, (...)
        One if a layer holds the answer alone; n samples of noise have 1 in n/M.

    Examples
    --------
    >>> answer_share(torch.tensor([[1.0], [1.0], [3.0]]), torch.tensor([0, 0, 1]))
    tensor(1.)
    """
    return 1 - _left(features, _class_means(features, targets), targets)


def held_out_share(
    features: Tensor, targets: Tensor, test_features: Tensor, test_targets: Tensor
) -> Tensor:
    """How much of the variance over test pairs the means of the training pairs explain (R^2).

    Each answer's mean is taken on the training pairs. A layer that computes the answer has a
    share near 1; one that has learned its training pairs by heart has less than 0.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, int64, (..., n)
        Every answer occurs.
    test_features : Tensor, (..., N, K)
    test_targets : Tensor, int64, (..., N)

    Returns
    -------
    Tensor, (...)

    Examples
    --------
    >>> two = torch.tensor([0, 1])
    >>> held_out_share(torch.tensor([[1.0], [2.0]]), two, torch.tensor([[1.0], [3.0]]), two)
    tensor(0.5000)
    """
    return 1 - _left(test_features, _class_means(features, targets), test_targets)


def has_collapsed(train_loss: Tensor, num_classes: int, tolerance: float = 0.02) -> Tensor:
    """Whether weight decay has won: at the end the loss is that of answering zero.

    Parameters
    ----------
    train_loss : Tensor, (S,)
        The last mean squared errors.
    num_classes : int
        M: the loss of zero is 1 - 1/M.
    tolerance : float
        How much lower, as a share of that, a loss may be.

    Returns
    -------
    Tensor, bool, (S,)

    Examples
    --------
    >>> has_collapsed(torch.tensor([0.8999, 0.1]), num_classes=10)
    tensor([ True, False])
    """
    return torch.as_tensor(train_loss) > (1 - tolerance) * (1 - 1 / num_classes)


def _class_means(features: Tensor, targets: Tensor) -> Tensor:
    """(..., M, K), as many as the largest target says."""
    answers = one_hot(targets, int(targets.max()) + 1).to(features)
    return answers.mT @ features / answers.sum(-2).unsqueeze(-1).clamp_min(1)


def _left(features: Tensor, means: Tensor, targets: Tensor) -> Tensor:
    """What is left of the variance once each sample's mean is taken off, over all of it."""
    rest = features - one_hot(targets, means.shape[-2]).to(features) @ means
    spread = features - features.mean(-2, keepdim=True)
    return rest.square().sum((-2, -1)) / spread.square().sum((-2, -1))
