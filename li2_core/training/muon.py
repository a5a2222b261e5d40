"""Muon: steps whose singular values are all one, over stacked seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

# Jordan et al. (2024): phi(x) = a x + b x^3 + c x^5, with the steepest slope at 0 for which
# repeating it keeps (0, 1] near 1. It does not converge: see `newton_schulz`.
QUINTIC = (3.4445, -4.7750, 2.0315)


def newton_schulz(matrices: Tensor, iterations: int = 5) -> Tensor:
    """Each matrix with its singular vectors kept and its singular values sent near 1.

    The matrix is divided by its Frobenius norm; each iteration then sends every singular
    value x to phi(x) = 3.4445 x - 4.775 x^3 + 2.0315 x^5, by matrix products alone. After
    five, all that were above 1e-2 lie in [0.68, 1.14] (not at 1); a zero stays zero.

    Parameters
    ----------
    matrices : Tensor, (..., A, B)
    iterations : int

    Returns
    -------
    Tensor, (..., A, B), in the same precision

    Notes
    -----
    Source: Jordan et al. (2024). `torch.optim.Muon` does the same in bfloat16.
    """
    # The smaller of the two Gram matrices is multiplied.
    x = matrices.mT if matrices.shape[-2] > matrices.shape[-1] else matrices
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(1e-7)
    a, b, c = QUINTIC
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if matrices.shape[-2] > matrices.shape[-1] else x


def polar_factor(matrices: Tensor) -> Tensor:
    """The orthogonal polar factor U V' of each matrix U diag(s) V', by its SVD.

    Directions whose singular value is zero to rounding get no part in it: there the factor
    is not defined (the gradient at W always has one such direction, since its rows for the
    first element and for the second have the same sum).

    Parameters
    ----------
    matrices : Tensor, (..., A, B)

    Returns
    -------
    Tensor, (..., A, B)

    Examples
    --------
    >>> polar_factor(torch.tensor([[3.0, 0.0], [0.0, -0.2]])).round()
    tensor([[ 1.,  0.],
            [ 0., -1.]])
    """
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    largest = values.amax(dim=-1, keepdim=True)
    rounding = max(matrices.shape[-2:]) * torch.finfo(values.dtype).eps
    return (left * (values > rounding * largest).to(left.dtype).unsqueeze(-2)) @ right


class Muon(torch.optim.Optimizer):
    """Gradient descent with momentum, each seed's step made orthogonal before it is taken.

    With the gradient g: m <- 0.95 m + 0.05 g, and the step is along the orthogonalised
    Nesterov average 0.05 g + 0.95 m, times lr sqrt(max(1, B / A)).

    Parameters
    ----------
    parameters : iterable of Tensor, (S, A, B)
        One matrix a seed, A inputs by B outputs (a hidden layer W is 2M by K).
    lr : float
    weight_decay : float
    decoupled : bool
        Shrink the weights by lr * weight_decay a step, as published, instead of adding
        weight_decay * w to the gradient, the decay of the theory.
    momentum : float
    orthogonalise : callable
        `newton_schulz`, or the exact `polar_factor`.
    inputs_first : bool
        Set to False for matrices (S, B, A), outputs by inputs, as `torch.nn.Linear` stores
        them.

    Raises
    ------
    ValueError
        If a parameter is no stack of real matrices.

    Notes
    -----
    Source: Jordan et al. (2024), *Muon: an optimizer for hidden layers in neural networks*.
    With `newton_schulz` a step is matrix products alone and can be part of a CUDA graph; with
    `polar_factor` it cannot.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        weight_decay: float = 0.0,
        decoupled: bool = False,
        momentum: float = 0.95,
        orthogonalise: Callable[[Tensor], Tensor] = newton_schulz,
        inputs_first: bool = True,
    ) -> None:
        tensors = list(parameters)
        for tensor in tensors:
            if tensor.ndim != 3 or tensor.is_complex():
                shape = tuple(tensor.shape)
                raise ValueError(f"Muon steps real (seeds, inputs, outputs), got {shape}")
        options = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(tensors, {**options, "decoupled": decoupled})
        self.orthogonalise, self.inputs_first = orthogonalise, inputs_first

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Move every matrix once, by the gradient it holds (``closure`` is not called)."""
        for group in self.param_groups:
            lr, decay, momentum = group["lr"], group["weight_decay"], group["momentum"]
            for weights in group["params"]:
                gradient = weights.grad
                if group["decoupled"]:
                    weights.mul_(1 - lr * decay)
                else:
                    gradient = gradient.add(weights, alpha=decay)
                state = self.state[weights]
                if not state:
                    state["momentum"] = torch.zeros_like(weights)
                average = state["momentum"].lerp_(gradient, 1 - momentum)
                step = self.orthogonalise(gradient.lerp(average, momentum))
                inputs, outputs = weights.shape[-2:] if self.inputs_first else weights.shape[:-3:-1]
                weights.add_(step, alpha=-lr * math.sqrt(max(1, outputs / inputs)))
