"""Networks with more than one hidden layer, plain or residual, many seeds side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from li2_core._input import name_of, real, whole
from li2_core.activations import Activation, AnyActivation
from li2_core.activations import activation as find_activation
from li2_core.nets.autograd import ModuleGradient
from li2_core.nets.net import Residual
from li2_core.nets.rows import centred_readout, gather_sum, hidden_rows
from li2_core.nets.two_layer import TwoLayer
from li2_core.tasks.task import Task


@dataclass(frozen=True)
class DeepNet:
    """The recipe of a network with L hidden layers: F_1 = s(X W_1), F_l = s(F_l-1 W_l).

    The outputs are F_L V. One hidden layer is a `TwoLayer`, whose first weights W_1 and V have
    here as well; those between are uniform in +- 1/sqrt(fan-in), too.

    Parameters
    ----------
    width : int or sequence of int
        The number of nodes of each hidden layer, K; or K_1, ..., K_L, one after the other.
    depth : int
        The number of hidden layers, L: one less than the layers that Li2 counts.
    activation : str, Activation or function
        s: see `activation`.
    residual : bool
        Each layer above the first adds to what is there: F_l = F_l-1 + s(F_l-1 W_l).
    init_scale : float
        Multiplies all first weights.
    zero_readout : bool
        Start from V = 0 instead.

    Raises
    ------
    ValueError
        If a number is no whole number above 0, there are not L widths, they differ although
        the layers are residual, the scale is not positive or the activation unknown.

    References
    ----------
    Li2, Sec. 6.

    Examples
    --------
    >>> from li2_core import GroupTask, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.5, seeds=2)
    >>> net = DeepNet(width=8, depth=3).initialize(task)
    >>> {name: tuple(values.shape[1:]) for name, values in net.parameters.items()}
    {'hidden': (10, 8), 'layers.2': (8, 8), 'layers.3': (8, 8), 'readout': (5, 8)}
    >>> net.features(task.pairs, layer=2).shape, net(task.pairs).shape
    (torch.Size([2, 25, 8]), torch.Size([2, 25, 5]))
    """

    width: int | Sequence[int]
    depth: int = 2
    activation: AnyActivation = "relu"
    residual: bool = False
    init_scale: float = 1.0
    zero_readout: bool = False

    def __post_init__(self) -> None:
        depth = whole("depth", self.depth, least=1)
        if len(self.widths) != depth or (self.residual and len(set(self.widths)) > 1):
            asked = "equal widths, as it is residual" if self.residual else "as many widths"
            raise ValueError(f"a net of depth {depth} needs {asked}, got {self.width!r}")
        real("init_scale", self.init_scale, above=0)
        find_activation(self.activation)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """K_1, ..., K_L."""
        several = isinstance(self.width, Sequence)
        given = self.width if isinstance(self.width, Sequence) else [self.width] * self.depth
        name = "one of the widths" if several else "width"
        return tuple(whole(name, width, least=1) for width in given)

    @cached_property
    def nonlinearity(self) -> Activation:
        """The activation as an object."""
        return find_activation(self.activation)

    @property
    def config(self) -> dict[str, Any]:
        """The arguments, in JSON values; of an activation of your own its name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"activation": name_of(self.activation), "width": list(self.widths)}

    def initialize(
        self,
        task: Task,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> DeepNetwork:
        """A network with random weights for each seed of a task.

        The weights of a seed are the same whatever other seeds stand beside it. ``device`` and
        ``dtype`` are those of the weights.

        Raises
        ------
        ValueError
            As of `TwoLayer.initialize`.
        """

        def shallow(width: int) -> dict[str, Tensor]:
            scale, zero = self.init_scale, self.zero_readout
            recipe = TwoLayer(width, self.activation, init_scale=scale, zero_readout=zero)
            return recipe.initialize(task, device, dtype).parameters

        hidden, readout = shallow(self.widths[0])["hidden"], shallow(self.widths[-1])["readout"]
        between = {
            f"layers.{layer}": torch.stack([self._draw(layer, seed) for seed in task.seeds]).to(
                hidden
            )
            for layer in range(2, self.depth + 1)
        }
        return DeepNetwork(self, {"hidden": hidden, **between, "readout": readout})

    def _draw(self, layer: int, seed: int) -> Tensor:
        # Another stream than those of this seed's split and of its W_1 and V.
        generator = torch.Generator().manual_seed(2**31 + 2**20 * layer + seed)
        fan_in, fan_out = self.widths[layer - 2], self.widths[layer - 1]
        uniform = torch.rand(fan_in, fan_out, generator=generator, dtype=torch.float64)
        return (2 * uniform - 1) * self.init_scale / fan_in**0.5

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> DeepNetwork:
        """The network with these parameters.

        They are ``hidden``, (S, 2M, K_1), ``layers.2``, (S, K_1, K_2), and so on, and ``readout``,
        V transposed, (S, M, K_L).

        Raises
        ------
        ValueError
            If one is missing, or the shapes do not fit each other or the widths.
        """
        S, M, _ = parameters["readout"].shape if "readout" in parameters else (0, 0, 0)
        expected = {"hidden": (S, 2 * M, self.widths[0])}
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.widths), 2):
            expected[f"layers.{layer}"] = (S, fan_in, fan_out)
        expected["readout"] = (S, M, self.widths[-1])
        found = {name: tuple(values.shape) for name, values in parameters.items()}
        if found != expected:
            raise ValueError(f"expected parameters {expected}, got {found}")
        return DeepNetwork(self, {name: parameters[name] for name in expected})


class DeepNetwork:
    """Deep networks of one recipe with weights for S seeds.

    Attributes
    ----------
    recipe : DeepNet
    parameters : dict of Tensor
        ``hidden``, ``layers.2``, ... and ``readout``, as of `DeepNet.with_parameters`.
    """

    centred, inputs_first = True, True

    def __init__(self, recipe: DeepNet, parameters: dict[str, Tensor]) -> None:
        self.recipe, self.parameters = recipe, parameters

    @property
    def hidden(self) -> Tensor:
        """W_1, (S, 2M, K_1): rows 0 .. M-1 read the first element, the rest the second."""
        return self.parameters["hidden"]

    @property
    def trained(self) -> list[str]:
        """The names of what a gradient is for."""
        return list(self.parameters)

    def read(self, task: Task) -> Tensor:
        """The pairs of elements that a task asks about, (N, 2).

        Raises
        ------
        ValueError
            If the task has no pairs, or is for other seeds or another number of classes.
        """
        pairs: Tensor | None = getattr(task, "pairs", None)
        if pairs is None:
            raise ValueError(f"a DeepNet reads task.pairs, which a {type(task).__name__} has not")
        expected, found = (task.num_seeds, 2 * task.num_classes), tuple(self.hidden.shape[:2])
        if found != expected:
            raise ValueError(f"the task needs hidden weights {expected}, the network has {found}")
        return pairs

    def features(self, pairs: Tensor, layer: int | None = None) -> Tensor:
        """F_l, (S, n, K_l), for pairs (n, 2) or (S, n, 2): of the last layer if none is named.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        depth = self.recipe.depth
        chosen = depth if layer is None else whole("layer", layer, least=1, most=depth)
        return self.layers(self.parameters, pairs)[chosen - 1]

    def layers(self, state: Mapping[str, Tensor], pairs: Tensor) -> list[Tensor]:
        """F_1, ..., F_L for pairs as of `features`, if the network had the weights ``state``."""
        S, rows, _ = state["hidden"].shape
        index = hidden_rows(pairs.expand(S, *pairs.shape[-2:]), rows // 2)
        found = [self.recipe.nonlinearity.value(gather_sum(state["hidden"], index))]
        for layer in range(2, self.recipe.depth + 1):
            found.append(self.next_layer(found[-1], state[f"layers.{layer}"]))
        return found

    def next_layer(self, features: Tensor, weights: Tensor) -> Tensor:
        """F_l, (..., n, K_l), of F_l-1, (..., n, K_l-1), and W_l, (..., K_l-1, K_l)."""
        new = self.recipe.nonlinearity.value(features @ weights)
        return features + new if self.recipe.residual else new

    def answers(self, state: Mapping[str, Tensor], pairs: Tensor) -> Tensor:
        """The row-centred outputs (S, n, M) for pairs if the network had the weights ``state``."""
        return self.layers(state, pairs)[-1] @ centred_readout(state["readout"]).mT

    def __call__(self, pairs: Tensor) -> Tensor:
        """The row-centred outputs, (S, n, M), for pairs (n, 2) or (S, n, 2)."""
        return self.answers(self.parameters, pairs)

    def gradient(
        self,
        inputs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
    ) -> ModuleGradient:
        """The gradient by autograd; arguments are as of `Network.gradient`, of pairs (S, n, 2)."""
        return ModuleGradient(self, inputs, targets, residual, seeds_at_once)
