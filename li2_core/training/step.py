"""One training step of a stack of seeds: gradient, optimizer, and where asked the ridge."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from li2_core.lazy.ridge import ridge_readout
from li2_core.nets.net import Network
from li2_core.nets.rows import as_real
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.pairs import one_hot
from li2_core.tasks.task import Task
from li2_core.training.losses import AnyLoss, loss_function
from li2_core.training.optimizers import AnyOptimizer, check_readout, layer_optimizers

READOUTS = ("trained", "ridge")
NUMBER = "#"  # ends the name of what an optimizer remembers as a mere number


class TrainingStep:
    """What `train` repeats: `gradient()`, then `update()`. For the arguments see `train`.

    Raises
    ------
    ValueError
        If the loss is for other targets, ``readout`` is unknown, a ridge readout has no weight
        decay to be its ridge, another loss than the mean squared error or no two-layer network,
        or ``freeze`` names no parameter or leaves none to train.
    """

    def __init__(
        self,
        task: Task,
        net: Network,
        *,
        optimizer: AnyOptimizer = "adam",
        lr: float = 0.005,
        weight_decay: float = 0.0,
        loss: AnyLoss = "mse",
        readout: str = "trained",
        readout_lr: float | None = None,
        freeze: Sequence[str] = (),
        seeds_at_once: int | None = None,
    ) -> None:
        self.net, self.chosen_by_name = net, isinstance(optimizer, str)
        self.device = next(iter(net.parameters.values())).device
        self.inputs = net.read(task)[task.train_index].to(self.device)
        self.targets = task.targets[task.train_index].to(self.device)
        chosen = loss_function(loss)
        chosen.check_targets(self.targets)
        residual = chosen.residual_for(net.centred)
        self.gradient = net.gradient(self.inputs, self.targets, residual, seeds_at_once)
        self.ridge = 0.0  # the theory's eta, where the readout is a ridge
        # A ridge readout follows from the features: it is not stepped.
        still = {*freeze, "readout"} if readout == "ridge" else set(freeze)
        stepped = _without(list(self.gradient.grads), freeze, still)
        self.stepped = {name: as_real(net.parameters[name]) for name in stepped}
        for name, parameter in self.stepped.items():
            parameter.grad = as_real(self.gradient.grads[name])
        check_readout(optimizer, readout_lr, net.parameters)
        self.optimizers = layer_optimizers(
            optimizer, self.stepped, lr, readout_lr, weight_decay, net.inputs_first
        )
        if readout not in READOUTS:
            raise ValueError(f"unknown readout {readout!r}, allowed: {', '.join(READOUTS)}")
        if readout == "ridge":
            if loss != "mse" or not weight_decay > 0:
                raise ValueError(
                    "readout='ridge' needs loss='mse' and a positive weight_decay, "
                    f"got loss={loss!r}, weight_decay={weight_decay}"
                )
            if not isinstance(net, TwoLayerNetwork):
                raise ValueError(
                    "readout='ridge' needs features and a readout of a TwoLayer, "
                    f"the network is a {type(net).__name__}"
                )
            self.ridge = task.num_train * weight_decay / 2
            self.labels = one_hot(self.targets, task.num_classes) - 1 / task.num_classes
            self.with_ridge = net
            self._refit()

    def update(self) -> None:
        """Move the weights along the gradient, and the ridge readout after them."""
        for optimizer in self.optimizers:
            optimizer.step()
        if self.ridge:
            self._refit()

    def _refit(self) -> None:
        """Set V to the minimiser of the training loss plus its decay, in float64.

        The loss is a mean of squares, so the ridge of the theory is n weight_decay / 2.
        """
        net, readout = self.with_ridge, self.with_ridge.parameters["readout"]
        recipe = net.recipe
        for seed in range(len(readout)):
            alone = TwoLayerNetwork(recipe, net.hidden[[seed]], readout[[seed]])
            features = recipe.output_scale * alone.features(self.inputs[seed])[0]
            if recipe.complex_weights:
                # The outputs are Re(F V) = Re(F) Re(V) - Im(F) Im(V): twice the real nodes.
                features = torch.cat([features.real, -features.imag], dim=1)
            found = ridge_readout(features.double(), self.labels[seed], self.ridge)
            if recipe.complex_weights:
                found = torch.complex(*found.split(recipe.width))
            readout[seed] = found.mT

    def save_state(self) -> dict[str, Tensor]:
        """The optimizers' memory, as tensors by name on the CPU."""
        return {name: tensor.detach().cpu().clone() for name, tensor in self.memory().items()}

    def load_state(self, saved: dict[str, Tensor]) -> None:
        """Take over what `save_state` gave."""
        for name, parameter in self.stepped.items():
            for key, value in saved.items():
                owner, _, what = key.rpartition("/")
                if owner == name:
                    state = self._optimizer_of(parameter).state[parameter]
                    is_number = what.endswith(NUMBER)
                    kept = value.item() if is_number else value.to(self.device, copy=True)
                    state[what.removesuffix(NUMBER)] = kept

    def memory(self) -> dict[str, Tensor]:
        """What the optimizers remember of each parameter, such as ``hidden/exp_avg``.

        A mere number becomes a tensor too, and its name ends with a mark.
        """
        return {
            f"{name}/{what}{'' if isinstance(value, Tensor) else NUMBER}": torch.as_tensor(value)
            for name, parameter in self.stepped.items()
            for what, value in self._optimizer_of(parameter).state[parameter].items()
            if isinstance(value, Tensor | int | float)
        }

    def _optimizer_of(self, parameter: Tensor) -> torch.optim.Optimizer:
        return next(
            optimizer
            for optimizer in self.optimizers
            if any(
                parameter is held for group in optimizer.param_groups for held in group["params"]
            )
        )


def _without(names: list[str], freeze: Sequence[str], still: set[str]) -> list[str]:
    """The parameters that are trained: all but the frozen ones and what lies below them."""
    if isinstance(freeze, str):
        raise ValueError(f"freeze must be several names, such as ({freeze!r},), got {freeze!r}")

    def is_below(name: str, part: str) -> bool:
        return name == part or name.startswith(f"{part}.")

    for part in freeze:
        if not any(is_below(name, part) for name in names):
            allowed = ", ".join(names)
            raise ValueError(f"cannot freeze {part!r}, allowed: {allowed}, or what they begin with")
    trained = [name for name in names if not any(is_below(name, part) for part in still)]
    if not trained:
        raise ValueError(f"with {', '.join(sorted(still))} frozen there is nothing left to train")
    return trained


def captured(step: TrainingStep) -> tuple[Callable[[], None], Callable[[], None]]:
    """The step's gradient and update, as CUDA graphs where that is possible.

    A graph replays all of a step's kernels at once, without waiting for Python between
    them. Elsewhere, for a ridge readout, whose factorisation cannot be captured, and for an
    optimizer of one's own, which may count in Python, the plain functions come back; if a
    capture fails, with a warning.
    """
    if step.device.type != "cuda" or step.ridge or not step.chosen_by_name:
        return step.gradient, step.update
    parameters = step.net.parameters.values()
    kept = [tensor.clone() for tensor in parameters]
    state = step.save_state()
    try:
        graphs = _capture(step.gradient), _capture(step.update)
    except RuntimeError as error:
        warnings.warn(f"no CUDA graph, steps run kernel by kernel: {error}", stacklevel=2)
        graphs = step.gradient, step.update
    # Warming up has moved the weights and the optimizer's memory: put both back in place.
    for tensor, before in zip(parameters, kept, strict=True):
        tensor.copy_(before)
    for name, value in step.memory().items():
        value.copy_(state.get(name, torch.zeros_like(value)))
    return graphs


def _capture(function: Callable[[], None]) -> Callable[[], None]:
    """A CUDA graph of what the function launches, after a few calls on a side stream."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            function()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        function()
    return graph.replay
