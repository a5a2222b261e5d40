"""One training step of a stack of seeds: gradient, optimizer, and where asked the ridge."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from li2_core.lazy.ridge import ridge_readout
from li2_core.nets.gradient import LossGradient
from li2_core.nets.two_layer import TwoLayer, as_real
from li2_core.tasks.group_task import GroupTask
from li2_core.tasks.pairs import one_hot
from li2_core.training.losses import loss_function
from li2_core.training.optimizers import layer_optimizers

READOUTS = ("trained", "ridge")


class TrainingStep:
    """What `train` repeats: `gradient()`, then `update()`.

    Raises
    ------
    ValueError
        If ``readout`` is unknown, or a ridge readout has no weight decay to be its ridge
        or another loss than the mean squared error.
    """

    def __init__(
        self,
        task: GroupTask,
        net: TwoLayer,
        optimizer: str,
        lr: float,
        weight_decay: float,
        loss: str,
        readout: str,
        seeds_at_once: int | None,
        readout_lr: float | None = None,
    ) -> None:
        if readout not in READOUTS:
            raise ValueError(f"unknown readout {readout!r}, allowed: {', '.join(READOUTS)}")
        self.net, self.device = net, net.hidden.device
        self.pairs = task.pairs[task.train_index].to(self.device)
        self.targets = task.targets[task.train_index].to(self.device)
        at_once = seeds_at_once or (1 if self.device.type == "cpu" else task.num_seeds)
        residual = loss_function(loss).residual
        self.gradient = LossGradient(net, self.pairs, self.targets, residual, at_once)
        self.ridge = 0.0  # the theory's eta, where the readout is a ridge
        if readout == "ridge":
            if loss != "mse" or not weight_decay > 0:
                raise ValueError(
                    "readout='ridge' needs loss='mse' and a positive weight_decay, "
                    f"got loss={loss!r}, weight_decay={weight_decay}"
                )
            self.ridge = task.num_train * weight_decay / 2
            self.labels = one_hot(self.targets, task.num_classes) - 1 / task.num_classes
            self._refit()
        grads = (self.gradient.hidden_grad, self.gradient.readout_grad)
        trained = list(zip(net.parameters(), grads, strict=True))
        parameters = [as_real(weights) for weights, _ in trained]
        for parameter, (_, grad) in zip(parameters, trained, strict=True):
            parameter.grad = as_real(grad)
        # A ridge readout follows from the features: only W is stepped.
        self.stepped = parameters[:1] if self.ridge else parameters
        readout_lr = lr if readout_lr is None else readout_lr
        self.optimizers = layer_optimizers(optimizer, self.stepped, lr, readout_lr, weight_decay)

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
        net, (_, readout) = self.net, self.net.parameters()
        for seed in range(len(readout)):
            alone = net.with_weights(net.hidden[[seed]], net.readout[[seed]])
            features = net.output_scale * alone.features(self.pairs[seed])[0]
            if net.complex_weights:
                # The outputs are Re(F V) = Re(F) Re(V) - Im(F) Im(V): twice the real nodes.
                features = torch.cat([features.real, -features.imag], dim=1)
            found = ridge_readout(features.double(), self.labels[seed], self.ridge)
            if net.complex_weights:
                found = torch.complex(*found.split(net.width))
            readout[seed] = found.mT

    def save_state(self) -> dict[str, Tensor]:
        """The optimizers' memory, as tensors by name on the CPU."""
        return {name: tensor.detach().cpu().clone() for name, tensor in self.memory().items()}

    def load_state(self, saved: dict[str, Tensor]) -> None:
        """Take over what `save_state` gave."""
        for index, parameter in enumerate(self.stepped):
            of_this = {
                key.split("/")[1]: saved[key] for key in saved if key.startswith(f"{index}/")
            }
            state = {name: value.to(self.device, copy=True) for name, value in of_this.items()}
            if state:
                self._optimizer_of(parameter).state[parameter] = state

    def memory(self) -> dict[str, Tensor]:
        """What the optimizers remember of each layer: ``0/...`` of W, ``1/...`` of V."""
        return {
            f"{index}/{name}": value
            for index, parameter in enumerate(self.stepped)
            for name, value in self._optimizer_of(parameter).state[parameter].items()
            if isinstance(value, Tensor)
        }

    def _optimizer_of(self, parameter: Tensor) -> torch.optim.Optimizer:
        # One for both layers, or one for each.
        return self.optimizers[0 if parameter is self.stepped[0] else -1]


def captured(step: TrainingStep) -> tuple[Callable[[], None], Callable[[], None]]:
    """The step's gradient and update, as CUDA graphs where that is possible.

    A graph replays all of a step's kernels at once, without waiting for Python between
    them. Elsewhere, and for a ridge readout, whose factorisation cannot be captured, the
    plain functions come back; if a capture fails, with a warning.
    """
    if step.device.type != "cuda" or step.ridge:
        return step.gradient, step.update
    kept = [tensor.clone() for tensor in step.net.parameters()]
    state = step.save_state()
    try:
        graphs = _capture(step.gradient), _capture(step.update)
    except RuntimeError as error:
        warnings.warn(f"no CUDA graph, steps run kernel by kernel: {error}", stacklevel=2)
        graphs = step.gradient, step.update
    # Warming up has moved the weights and the optimizer's memory: put both back in place.
    for tensor, before in zip(step.net.parameters(), kept, strict=True):
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
