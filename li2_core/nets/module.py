"""Any `torch.nn.Module` as a network for many seeds, trained by autograd over the stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from li2_core._input import device as checked_device
from li2_core._input import floating, whole
from li2_core.nets.autograd import ModuleGradient
from li2_core.nets.net import Residual
from li2_core.tasks.task import Task


@dataclass(frozen=True)
class Module:
    """The recipe of a network of your own: a function that makes a `torch.nn.Module`.

    Each seed gets a fresh module, made under that seed; all are then one stack, and
    `torch.func` trains it. The module answers rows (n, ...) with (n, M) numbers.

    Parameters
    ----------
    factory : function
        Takes nothing and gives a new module at each call.
    inputs : str
        The attribute of the task that the module reads: ``inputs``, the rows of numbers, or,
        say, ``pairs``, whole numbers for an `torch.nn.Embedding`.
    features : str, optional
        The submodule whose outputs are the hidden features, as `nn.Module.get_submodule`
        names it, for the probes that look at features.
    centred : bool
        Remove each row's mean over the M outputs, which is what ``mse`` and ``cross_entropy`` want.
        For answers that are numbers say False.
    sample_axes : int
        How many axes one question has: 1 for a row of numbers, 3 for an image with channels.

    Raises
    ------
    ValueError
        If the factory is no function or makes no module, there is no such submodule, or
        ``sample_axes`` is no whole number.

    Notes
    -----
    A module's buffers are kept with its parameters, under their names, and are never
    trained. `muon` and ``readout_lr`` ask which layer is the readout: call it ``readout``.

    Examples
    --------
    >>> from li2_core import GroupTask, cyclic, train
    >>> class Square(nn.Module):
    ...     def forward(self, h):
    ...         return h.square()
    >>> net = Module(
    ...     lambda: nn.Sequential(
    ...         nn.Linear(46, 128, bias=False), Square(), nn.Linear(128, 23, bias=False)
    ...     )
    ... )
    >>> task = GroupTask(cyclic(23), train_fraction=0.8)
    >>> history = train(task, net, lr=0.01, weight_decay=1e-4, steps=200)
    >>> bool(history["test_accuracy"][0, -1] > 0.99)
    True
    """

    factory: Callable[[], nn.Module]
    inputs: str = "inputs"
    features: str | None = None
    centred: bool = True
    sample_axes: int = 1

    def __post_init__(self) -> None:
        whole("sample_axes", self.sample_axes, least=0)
        if not callable(self.factory) or isinstance(self.factory, nn.Module):
            kind = type(self.factory).__name__
            raise ValueError(
                f"factory must be a function that makes a module, such as lambda: ..., got a {kind}"
            )
        if self.features is not None:
            try:
                self.template.get_submodule(self.features)
            except AttributeError:
                names = ", ".join(name for name, _ in self.template.named_modules() if name)
                raise ValueError(
                    f"no submodule {self.features!r}, allowed as features: {names}"
                ) from None

    @cached_property
    def template(self) -> nn.Module:
        """A module that lends its structure; the weights in it are not used."""
        return self._made(0)

    @property
    def config(self) -> dict[str, Any]:
        """What the module consists of, as PyTorch writes it, and the other arguments."""
        names = ("inputs", "features", "centred", "sample_axes")
        return {"module": repr(self.template)} | {name: getattr(self, name) for name in names}

    def initialize(
        self,
        task: Task,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> ModuleNetwork:
        """A network with a fresh module's weights for each seed of a task.

        ``device`` and ``dtype`` are those of the weights.
        PyTorch's own random numbers go on afterwards as if nothing had been drawn.

        Raises
        ------
        ValueError
            If the module cannot answer the task, changes its buffers on the way (as batch
            norm does), or answers differently when asked twice (as dropout does).
        """
        modules = [self._made(seed) for seed in task.seeds]
        if len({id(module) for module in modules}) < len(modules):
            raise ValueError("the factory must make a new module at each call, it gave one twice")
        place, kind = checked_device(device), floating(dtype)
        parameters = {
            name: values.detach().to(place, kind if values.is_floating_point() else values.dtype)
            for state in stack_module_state(modules)
            for name, values in state.items()
        }
        network = ModuleNetwork(self, parameters)
        _check_answers(network, task)
        return network

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> ModuleNetwork:
        """The network with these parameters and buffers, each (S, ...).

        Raises
        ------
        ValueError
            If the names or shapes are not those of the module, or the numbers of seeds differ.
        """
        expected = {name: tuple(t.shape) for name, t in _state(self.template).items()}
        found = {name: tuple(t.shape[1:]) for name, t in parameters.items()}
        if found != expected or len({len(t) for t in parameters.values()}) != 1:
            raise ValueError(f"expected (S, ...) parameters {expected}, got {found}")
        return ModuleNetwork(self, dict(parameters))

    def _made(self, seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            # As for a TwoLayer, another stream than the one that drew this seed's split.
            torch.default_generator.manual_seed(2**31 + seed)
            made = self.factory()
        if not isinstance(made, nn.Module) or not list(made.parameters()):
            raise ValueError(f"the factory must make an nn.Module with parameters, got {made!r}")
        return made


class ModuleNetwork:
    """Modules of one recipe with weights for S seeds.

    Attributes
    ----------
    recipe : Module
    parameters : dict of Tensor
        The modules' parameters and buffers by their names, (S, ...) each.
    """

    inputs_first = False

    def __init__(self, recipe: Module, parameters: dict[str, Tensor]) -> None:
        self.recipe, self.parameters = recipe, parameters

    @property
    def centred(self) -> bool:
        """Whether each row of the outputs has mean zero."""
        return self.recipe.centred

    @property
    def trained(self) -> list[str]:
        """The names of the parameters that are neither buffers nor frozen by the module."""
        return [n for n, p in self.recipe.template.named_parameters() if p.requires_grad]

    def read(self, task: Task) -> Tensor:
        """The attribute of a task that the recipe names, (N, ...), in the weights' precision.

        Raises
        ------
        ValueError
            If the task has no such attribute, or is for another number of seeds.
        """
        inputs: Tensor | None = getattr(task, self.recipe.inputs, None)
        if inputs is None:
            kind = type(task).__name__
            raise ValueError(f"the module reads task.{self.recipe.inputs}, which a {kind} has not")
        if inputs.ndim != 1 + self.recipe.sample_axes:
            raise ValueError(
                f"task.{self.recipe.inputs} is {tuple(inputs.shape)}, so its questions have "
                f"sample_axes={inputs.ndim - 1}, not {self.recipe.sample_axes}"
            )
        first = next(iter(self.parameters.values()))
        if task.num_seeds != len(first):
            raise ValueError(f"the task has {task.num_seeds} seeds, the network {len(first)}")
        return inputs.to(first.dtype) if inputs.is_floating_point() else inputs

    def __call__(self, inputs: Tensor) -> Tensor:
        """The outputs, (S, n, M), for inputs (n, ...) or, for each seed its own, (S, n, ...)."""
        return self.answers(self.parameters, inputs)

    def features(self, inputs: Tensor) -> Tensor:
        """What the submodule ``features`` gives, (S, n, K), for inputs as in a call.

        Raises
        ------
        ValueError
            If the recipe names none.
        """
        if self.recipe.features is None:
            raise ValueError("this Module names no features: Module(..., features='NAME')")
        seen: list[Tensor] = []
        hook = self.recipe.template.get_submodule(self.recipe.features).register_forward_hook(
            lambda _module, _inputs, output: seen.append(output)
        )

        def hidden(state: dict[str, Tensor], rows: Tensor) -> Tensor:
            functional_call(self.recipe.template, state, (rows,))
            return seen.pop().flatten(1)

        try:
            return self._over_seeds(hidden, self.parameters, inputs)
        finally:
            hook.remove()

    def answers(self, state: dict[str, Tensor], inputs: Tensor) -> Tensor:
        """The outputs (S, n, M) for inputs (S, n, ...) if the module had the weights ``state``."""

        def answer(state: dict[str, Tensor], rows: Tensor) -> Tensor:
            found: Tensor = functional_call(self.recipe.template, state, (rows,))
            return found

        outputs = self._over_seeds(answer, state, inputs)
        return outputs - outputs.mean(-1, keepdim=True) if self.centred else outputs

    def _over_seeds(
        self,
        function: Callable[[dict[str, Tensor], Tensor], Tensor],
        state: dict[str, Tensor],
        inputs: Tensor,
    ) -> Tensor:
        axis = None if inputs.ndim == 1 + self.recipe.sample_axes else 0
        return vmap(function, in_dims=(0, axis))(state, inputs)

    def gradient(
        self,
        inputs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
    ) -> ModuleGradient:
        """The gradient by autograd; arguments are as of `Network.gradient`."""
        return ModuleGradient(self, inputs, targets, residual, seeds_at_once)


def _state(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _check_answers(network: ModuleNetwork, task: Task) -> None:
    """Ask a few questions twice: answers and buffers must come out the same."""
    few = network.read(task)[:3]
    state = {name: values[0].clone().cpu() for name, values in network.parameters.items()}
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            first, again = (functional_call(network.recipe.template, state, few) for _ in "12")
    except Exception as error:  # whatever somebody's own module raises
        raise ValueError(f"the module cannot read {tuple(few.shape)}: {error}") from error
    if network.centred and task.num_classes == 1:
        raise ValueError("one output less its mean is always 0: say Module(..., centred=False)")
    shape = getattr(first, "shape", None)
    if shape != (len(few), task.num_classes):
        found = tuple(shape) if shape is not None else type(first).__name__
        raise ValueError(
            f"the module must answer {len(few)} questions with "
            f"{(len(few), task.num_classes)} numbers, got {found}"
        )
    changed = [n for n, values in network.parameters.items() if not state[n].equal(values[0].cpu())]
    if changed:
        raise ValueError(
            f"the module changes its buffers {', '.join(changed)} when it is asked, as batch norm "
            "does; a network's answers may depend on its weights alone (use layer norm)"
        )
    if not torch.equal(first, again):
        raise ValueError(
            "the module answers the same questions differently each time, as dropout does; "
            "a network's answers may depend on its weights alone (use module.eval())"
        )
