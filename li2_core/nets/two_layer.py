"""The network of the book: two layers, many seeds side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from li2_core._input import device as checked_device
from li2_core._input import floating, name_of, real, tensor, whole
from li2_core.activations import HOLOMORPHIC, Activation, AnyActivation
from li2_core.activations import activation as find_activation
from li2_core.nets.gradient import LossGradient
from li2_core.nets.net import Residual
from li2_core.nets.rows import (
    blocks,
    centred_readout,
    gather_sum,
    hidden_rows,
    padded_classes,
    real_part,
)
from li2_core.tasks.task import Task


@dataclass(frozen=True)
class TwoLayer:
    """The recipe of Li2's two-layer network: features F = s(X W), outputs scale * F V.

    `train` takes it as it is; `initialize` gives a network with weights for every seed of a
    task.

    Parameters
    ----------
    width : int
        The number of hidden nodes, K.
    activation : str, Activation or function
        ``square``, ``relu``, ``silu``, ``gelu``, ``tanh``, ``identity``, or your own: see
        `activation`.
    init_scale : float
        Multiplies both layers' first weights, which are uniform in
        +- 1/sqrt(fan-in), as `torch.nn.Linear` draws them.
    zero_readout : bool
        Start from V = 0 instead.
    output_scale : float
        Multiplies the outputs, not the weights.
    complex_weights : bool
        Give both layers complex weights, of the same first mean square; the outputs are
        then the real part of F V. Only for an activation that is differentiable as a complex
        function, as ``square`` and ``identity`` are.

    Raises
    ------
    ValueError
        If the width is no whole number above 0, a scale is not positive, the activation
        unknown, or the weights complex and the activation not.

    Examples
    --------
    >>> from li2_core import GroupTask, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.5, seeds=2)
    >>> net = TwoLayer(width=8).initialize(task)
    >>> net(task.pairs).shape
    torch.Size([2, 25, 5])
    """

    width: int
    activation: AnyActivation = "square"
    init_scale: float = 1.0
    zero_readout: bool = False
    output_scale: float = 1.0
    complex_weights: bool = False

    def __post_init__(self) -> None:
        numbers: dict[str, float] = {"width": whole("width", self.width, least=1)}
        scales = ("init_scale", "output_scale")
        numbers |= {name: real(name, getattr(self, name), above=0) for name in scales}
        for name, value in numbers.items():
            object.__setattr__(self, name, value)
        is_complex_function, given = self.nonlinearity.holomorphic, self.nonlinearity.name
        if self.complex_weights and not is_complex_function:
            allowed = ", ".join(HOLOMORPHIC)
            raise ValueError(f"complex weights need one of {allowed}, got {given!r}")

    @cached_property
    def nonlinearity(self) -> Activation:
        """The activation as an object."""
        return find_activation(self.activation)

    @property
    def config(self) -> dict[str, Any]:
        """The arguments, in JSON values; of an activation of your own its name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"activation": name_of(self.activation)}

    def with_weights(self, hidden: Tensor, readout: Tensor) -> TwoLayerNetwork:
        """A network with the weights ``hidden``, (S, 2M, K), and ``readout``, (S, K, M).

        Arrays of NumPy will do.

        Raises
        ------
        ValueError
            If the shapes do not fit each other or the width, or a weight is not finite.
        """
        hidden = tensor("hidden", hidden, f"(S, 2M, {self.width})")
        readout = tensor("readout", readout, f"(S, {self.width}, M)")
        S, rows, width = hidden.shape if hidden.ndim == 3 else (0, 0, 0)
        if rows % 2 or width != self.width or readout.shape != (S, width, rows // 2):
            raise ValueError(
                f"expected hidden (S, 2M, {self.width}) and readout (S, {self.width}, M), "
                f"got {tuple(hidden.shape)} and {tuple(readout.shape)}"
            )
        return TwoLayerNetwork(self, hidden.contiguous(), readout.mT.contiguous())

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> TwoLayerNetwork:
        """The network with these parameters: ``hidden``, (S, 2M, K), ``readout``, (S, M, K).

        Raises
        ------
        ValueError
            If one is missing, or the shapes do not fit each other or the width.
        """
        hidden, readout = (parameters.get(name, torch.empty(0)) for name in ("hidden", "readout"))
        S, M, width = readout.shape if readout.ndim == 3 else (0, 0, 0)
        if width != self.width or hidden.shape != (S, 2 * M, width):
            raise ValueError(
                f"expected hidden (S, 2M, {self.width}) and readout (S, M, {self.width}), "
                f"got {', '.join(f'{name} {tuple(t.shape)}' for name, t in parameters.items())}"
            )
        return TwoLayerNetwork(self, hidden, readout)

    def initialize(
        self,
        task: Task,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> TwoLayerNetwork:
        """A network with random weights for each seed of a task.

        The weights of a seed are the same whatever other seeds stand beside it. ``device`` and
        ``dtype`` are those of the weights.

        Raises
        ------
        ValueError
            If there is no such device, or the numbers are neither float32 nor float64.
        """
        draws = [self._draw(task.num_classes, seed) for seed in task.seeds]
        kind = floating(dtype).to_complex() if self.complex_weights else floating(dtype)
        hidden, readout = (
            torch.stack(layer).to(checked_device(device), kind)
            for layer in zip(*draws, strict=True)
        )
        return TwoLayerNetwork(self, hidden, readout.mT.contiguous())

    def _draw(self, num_classes: int, seed: int) -> tuple[Tensor, Tensor]:
        # Another stream than the one that drew this seed's split; torch's generator on a
        # CPU reads only the low 32 bits of a seed.
        generator = torch.Generator().manual_seed(2**31 + seed)

        def layer(fan_in: int, fan_out: int) -> Tensor:
            parts = (2, fan_in, fan_out) if self.complex_weights else (1, fan_in, fan_out)
            uniform = 2 * torch.rand(parts, generator=generator, dtype=torch.float64) - 1
            uniform *= self.init_scale / (parts[0] * fan_in) ** 0.5
            return torch.complex(*uniform) if self.complex_weights else uniform[0]

        hidden = layer(2 * num_classes, self.width)
        readout = layer(self.width, num_classes)
        return hidden, torch.zeros_like(readout) if self.zero_readout else readout


class TwoLayerNetwork:
    """Two-layer networks of one recipe with weights for S seeds.

    Attributes
    ----------
    recipe : TwoLayer
    parameters : dict of Tensor
        ``hidden``, (S, 2M, K), and ``readout``, V transposed, (S, M, K): ``readout_by_class``,
        as the three large products of a training step are faster if it lies so in memory.
    """

    centred, inputs_first = True, True

    def __init__(self, recipe: TwoLayer, hidden: Tensor, readout_by_class: Tensor) -> None:
        self.recipe = recipe
        self.parameters = {"hidden": hidden, "readout": readout_by_class}

    @property
    def hidden(self) -> Tensor:
        """W, (S, 2M, K): rows 0 .. M-1 read the first element, the rest the second."""
        return self.parameters["hidden"]

    @property
    def readout(self) -> Tensor:
        """V, (S, K, M).

        The outputs use it with each row's mean over the M classes removed, since a constant
        added to all classes changes no loss.
        """
        return self.parameters["readout"].mT

    def with_weights(self, hidden: Tensor, readout: Tensor) -> TwoLayerNetwork:
        """A network of the same recipe; arguments are as of `TwoLayer.with_weights`."""
        return self.recipe.with_weights(hidden, readout)

    def read(self, task: Task) -> Tensor:
        """The pairs of elements that a task asks about, (N, 2).

        Raises
        ------
        ValueError
            If the task has no pairs, or is for other seeds or another number of classes.
        """
        pairs: Tensor | None = getattr(task, "pairs", None)
        if pairs is None:
            raise ValueError(
                f"a TwoLayer reads task.pairs, which a {type(task).__name__} has not; "
                "a Module reads whatever a task has"
            )
        expected = (task.num_seeds, 2 * task.num_classes, self.recipe.width)
        if self.hidden.shape != expected:
            found = tuple(self.hidden.shape)
            raise ValueError(f"the task needs weights hidden {expected}, the network has {found}")
        return pairs

    def features(self, pairs: Tensor) -> Tensor:
        """F = s(X W): (S, n, K) for pairs of elements (n, 2) or (S, n, 2)."""
        return self.recipe.nonlinearity.value(self.preactivations(pairs))

    def preactivations(self, pairs: Tensor) -> Tensor:
        """X W: (S, n, K) for pairs of elements (n, 2) or (S, n, 2)."""
        S, rows, _ = self.hidden.shape
        index = hidden_rows(pairs.expand(S, *pairs.shape[-2:]), rows // 2)
        return gather_sum(self.hidden, index)

    def __call__(self, pairs: Tensor) -> Tensor:
        """The row-centred outputs, (S, n, M), for pairs (n, 2) or (S, n, 2)."""
        S, M, width = self.parameters["readout"].shape
        scaled = self.recipe.output_scale * centred_readout(self.parameters["readout"])
        readout = padded_classes(scaled).mT
        outputs = real_part(readout).new_empty(S, pairs.shape[-2], M)
        for rows in blocks(pairs.shape[-2], width, pairs.is_cuda):
            outputs[:, rows] = real_part(self.features(pairs[..., rows, :]) @ readout)[..., :M]
        return outputs

    def gradient(
        self,
        inputs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
    ) -> LossGradient:
        """The hand-written gradient; arguments are as of `Network.gradient`, of pairs (S, n, 2)."""
        return LossGradient(self, inputs, targets, residual, seeds_at_once)

    def active_nodes(self) -> Tensor:
        """Which hidden nodes are alive, (S, K): those with ||w|| above 0.01 init_scale.

        A node starts near ||w|| = 0.58 init_scale, whatever the group; weight decay shrinks a
        node that has become useless towards zero for ever.
        """
        return self.hidden.norm(dim=1) > 0.01 * self.recipe.init_scale
