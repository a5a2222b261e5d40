"""The network: two layers, many seeds side by side."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, pad

from li2_core.activations import HOLOMORPHIC, activation
from li2_core.tasks.group_task import GroupTask

BLOCK_ENTRIES = 2**18  # so many features are held at a time: a megabyte stays in the cache


class TwoLayer:
    """The two-layer network of Li2: features F = s(X W), outputs scale * F V.

    A new network is only a description; `initialize` gives it weights for every seed
    of a task, and `train` does so by itself.

    Parameters
    ----------
    width : int
        The number of hidden nodes, K.
    activation : str
        One of ``square``, ``relu``, ``silu``, ``gelu``, ``tanh``, ``identity``.
    init_scale : float
        Multiplies both layers' first weights, which are uniform in
        +- 1/sqrt(fan-in), as `torch.nn.Linear` draws them.
    zero_readout : bool
        Start from V = 0 instead.
    output_scale : float
        Multiplies the outputs, not the weights.
    complex_weights : bool
        Give both layers complex weights, of the same first mean square; the outputs are
        then the real part of F V. Only for ``square`` and ``identity``, which are
        differentiable as complex functions.

    Attributes
    ----------
    hidden : Tensor, (S, 2M, K)
        W, one slice a seed: rows 0 .. M-1 read the first element, the rest the second.
    readout : Tensor, (S, K, M)
        V. The outputs use it with each row's mean over the M classes removed, since a
        constant added to all classes changes no loss.

    Raises
    ------
    ValueError
        If the width is below 1, a scale is not positive, the activation unknown, or
        the weights complex and the activation not.

    Examples
    --------
    >>> from li2_core import GroupTask, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.5, seeds=2)
    >>> net = TwoLayer(width=8).initialize(task)
    >>> net(task.pairs).shape
    torch.Size([2, 25, 5])
    """

    def __init__(
        self,
        width: int,
        activation: str = "square",
        init_scale: float = 1.0,
        zero_readout: bool = False,
        output_scale: float = 1.0,
        complex_weights: bool = False,
    ) -> None:
        if width < 1:
            raise ValueError(f"width must be at least 1, got {width}")
        for label, scale in (("init_scale", init_scale), ("output_scale", output_scale)):
            if not scale > 0:
                raise ValueError(f"{label} must be positive, got {scale}")
        self.width = int(width)
        self.activation = activation
        self.init_scale = float(init_scale)
        self.zero_readout = zero_readout
        self.output_scale = float(output_scale)
        self.nonlinearity = _activation(activation)
        self.complex_weights = complex_weights
        if complex_weights and activation not in HOLOMORPHIC:
            allowed = ", ".join(HOLOMORPHIC)
            raise ValueError(f"complex weights need one of {allowed}, got {activation!r}")
        self._weights: tuple[Tensor, Tensor] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that describe the network."""
        names = (
            "width", "activation", "init_scale", "zero_readout", "output_scale", "complex_weights",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    @property
    def is_initialized(self) -> bool:
        """Whether the network has weights."""
        return self._weights is not None

    @property
    def hidden(self) -> Tensor:
        """W, (S, 2M, K)."""
        return self.parameters()[0]

    @property
    def readout(self) -> Tensor:
        """V, (S, K, M)."""
        return self.parameters()[1].mT

    def parameters(self) -> tuple[Tensor, Tensor]:
        """The trained tensors: W as (S, 2M, K), and V transposed, (S, M, K).

        The readout lies in memory class by class: the three large products of a
        training step are faster so.
        """
        if self._weights is None:
            raise ValueError("the network has no weights yet: call initialize(task) or train(...)")
        return self._weights

    def with_weights(self, hidden: Tensor, readout: Tensor) -> TwoLayer:
        """A network of the same description with these weights: (S, 2M, K), (S, K, M).

        Raises
        ------
        ValueError
            If the shapes do not fit each other or the width.
        """
        S, rows, width = hidden.shape if hidden.ndim == 3 else (0, 0, 0)
        if rows % 2 or width != self.width or readout.shape != (S, width, rows // 2):
            raise ValueError(
                f"expected hidden (S, 2M, {self.width}) and readout (S, {self.width}, M), "
                f"got {tuple(hidden.shape)} and {tuple(readout.shape)}"
            )
        net = TwoLayer(**self.config)
        net._weights = (hidden.contiguous(), readout.mT.contiguous())
        return net

    def initialize(
        self,
        task: GroupTask,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> TwoLayer:
        """A network of the same description with random weights for each seed of a task.

        The weights of a seed are the same whatever other seeds stand beside it.
        """
        draws = [self._draw(task, seed) for seed in task.seeds]
        kind = dtype.to_complex() if self.complex_weights else dtype
        hidden, readout = (
            torch.stack(layer).to(device, kind) for layer in zip(*draws, strict=True)
        )
        return self.with_weights(hidden, readout)

    def _draw(self, task: GroupTask, seed: int) -> tuple[Tensor, Tensor]:
        # Another stream than the one that drew this seed's split; torch's generator on a
        # CPU reads only the low 32 bits of a seed.
        generator = torch.Generator().manual_seed(2**31 + seed)

        def layer(fan_in: int, fan_out: int) -> Tensor:
            parts = (2, fan_in, fan_out) if self.complex_weights else (1, fan_in, fan_out)
            uniform = 2 * torch.rand(parts, generator=generator, dtype=torch.float64) - 1
            uniform *= self.init_scale / (parts[0] * fan_in) ** 0.5
            return torch.complex(*uniform) if self.complex_weights else uniform[0]

        hidden = layer(task.input_dim, self.width)
        readout = layer(self.width, task.num_classes)
        return hidden, torch.zeros_like(readout) if self.zero_readout else readout

    def features(self, pairs: Tensor) -> Tensor:
        """F = s(X W): (S, n, K) for pairs of elements (n, 2) or (S, n, 2)."""
        return self.nonlinearity.value(self.preactivations(pairs))

    def preactivations(self, pairs: Tensor) -> Tensor:
        """X W: (S, n, K) for pairs of elements (n, 2) or (S, n, 2)."""
        S, rows, _ = self.hidden.shape
        index = hidden_rows(pairs.expand(S, *pairs.shape[-2:]), rows // 2)
        return gather_sum(self.hidden, index)

    def __call__(self, pairs: Tensor) -> Tensor:
        """The row-centred outputs, (S, n, M), for pairs (n, 2) or (S, n, 2)."""
        S, M, _ = self.parameters()[1].shape
        readout = padded_classes(self.output_scale * centred_readout(self.parameters()[1])).mT
        outputs = real_part(readout).new_empty(S, pairs.shape[-2], M)
        for rows in blocks(pairs.shape[-2], self.width, pairs.is_cuda):
            outputs[:, rows] = real_part(self.features(pairs[..., rows, :]) @ readout)[..., :M]
        return outputs


def blocks(num_samples: int, width: int, on_gpu: bool) -> list[slice]:
    """Blocks of samples whose features fit a CPU's cache; on a GPU all samples at once."""
    size = num_samples if on_gpu else max(64, BLOCK_ENTRIES // width)
    return [slice(start, start + size) for start in range(0, num_samples, size)]


def padded_classes(readout_by_class: Tensor) -> Tensor:
    """The readout (..., M, K) with zero classes up to a multiple of 16.

    Matrix products are faster when the classes fill whole vector registers.
    """
    return pad(readout_by_class, (0, 0, 0, -readout_by_class.shape[-2] % 16))


def hidden_rows(pairs: Tensor, order: int) -> Tensor:
    """Which rows of the stacked W's each sample adds up: (S, n, 2), seed s shifted by 2M s.

    A product with a one-hot pair is the sum of two rows; looking them up costs far less.
    """
    operand_shift = torch.tensor([0, order], device=pairs.device)
    seed_shift = 2 * order * torch.arange(len(pairs), device=pairs.device)
    return pairs + operand_shift + seed_shift[:, None, None]


def gather_sum(rows: Tensor, index: Tensor) -> Tensor:
    """Sum rows by index: (S, R, K) and (S, n, j), j rows a sample, give (S, n, K)."""
    summed = sum_bags(rows.flatten(0, -2), index.flatten(0, -2))
    return summed.unflatten(0, index.shape[:-1])


def sum_bags(rows: Tensor, index: Tensor, offsets: Tensor | None = None) -> Tensor:
    """`torch.nn.functional.embedding_bag` in mode "sum", for complex rows (R, K) as well."""
    if not rows.is_complex():
        return embedding_bag(index, rows, offsets, mode="sum")
    real = embedding_bag(index, torch.view_as_real(rows).flatten(1), offsets, mode="sum")
    return torch.view_as_complex(real.unflatten(1, (-1, 2)))


def real_part(values: Tensor) -> Tensor:
    """The real part; a real tensor as it is."""
    return values.real if values.is_complex() else values


def as_real(values: Tensor) -> Tensor:
    """A view of complex numbers as pairs of real ones (a last axis of 2); real ones as they are."""
    return torch.view_as_real(values) if values.is_complex() else values


def active_nodes(net: TwoLayer) -> Tensor:
    """Which hidden nodes are alive, (S, K): those with ||w|| above 0.01 init_scale.

    A node starts near ||w|| = 0.58 init_scale, whatever the group; weight decay shrinks a
    node that has become useless towards zero for ever.
    """
    return net.hidden.norm(dim=1) > 0.01 * net.init_scale


def centred_readout(readout_by_class: Tensor) -> Tensor:
    """The readout (..., M, K) minus its mean over the M classes."""
    return readout_by_class - readout_by_class.mean(dim=-2, keepdim=True)


_activation = activation  # the constructor's argument has the same, better, name
