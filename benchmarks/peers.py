"""Ours beside a compiled step of JAX, where JAX is installed: it is no requirement of the book."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from benchmarks.gates import same_losses
from benchmarks.sizes import PlainRun, Size, first_steps
from benchmarks.steps import our_call
from benchmarks.timing import Row, interleaved, interval, ratio, row

NOT_MEASURED = "JAX is not installed: not measured"
BETAS, TINY = (0.9, 0.999), 1e-8  # of Adam


def jax_rows(size: Size, rounds: int) -> list[Row]:
    """JAX's time over ours, once both have made the same losses."""
    plain = PlainRun.of(size.task(), first_steps(size).weights, size.lr, size.weight_decay)
    expected = [plain.step().item() for _ in range(20)]
    step = jax_call(size)
    same_losses(f"20 losses of JAX at {size.name}", [float(step()) for _ in expected], expected)
    candidates = {
        "JAX": lambda: jax_call(size),
        "ours": lambda: our_call(size, first_steps(size)),
    }
    times = interleaved(candidates, rounds)
    over_ours = ratio(times["JAX"], times["ours"])
    milliseconds = interval(1e3 * times["JAX"].process)
    return [
        row("JAX", size.name, "compiled by JAX over ours", over_ours, "ratio"),
        row("JAX", size.name, "time of a step compiled by JAX", milliseconds, "ms"),
    ]


def note() -> str:
    """Which JAX, or that there is none."""
    if not find_spec("jax"):
        return NOT_MEASURED
    import jax

    return f"JAX {jax.__version__}, the ten plain lines compiled whole, one thread"


def jax_call(size: Size) -> Callable[[], Any]:
    """The plain step, one-hot products and torch's Adam, as one compiled function."""
    # Read when JAX begins.
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    import jax
    from jax import numpy as jnp

    start = first_steps(size)
    plain = PlainRun.of(size.task(), start.weights, size.lr, size.weight_decay)
    X, Y = (jnp.asarray(array.numpy()) for array in (plain.inputs, plain.labels))
    weights = tuple(jnp.asarray(array.numpy()) for array in start.weights)

    def loss_of(weights: Any) -> Any:
        W, V = weights
        outputs = jnp.square(X @ W) @ V
        outputs = outputs - outputs.mean(1, keepdims=True)
        return jnp.square(Y - outputs).sum(1).mean()

    def adam(weight: Any, mean: Any, square: Any, slope: Any, count: Any) -> Any:
        slope = slope + size.weight_decay * weight
        mean = BETAS[0] * mean + (1 - BETAS[0]) * slope
        square = BETAS[1] * square + (1 - BETAS[1]) * slope**2
        root = jnp.sqrt(square / (1 - BETAS[1] ** count)) + TINY
        return weight - size.lr * (mean / (1 - BETAS[0] ** count)) / root, mean, square

    def step(state: Any) -> Any:
        weights, means, squares, count = state
        loss, slopes = jax.value_and_grad(loss_of)(weights)
        parts = zip(weights, means, squares, slopes, strict=True)
        moved = zip(*(adam(*part, count) for part in parts), strict=True)
        return loss, (*moved, count + 1)

    # The state's arrays may be written over: nothing is copied that need not be.
    compiled = jax.jit(step, donate_argnums=0)
    zeros = [tuple(map(jnp.zeros_like, weights)) for _ in range(2)]
    state: Any = (weights, *zeros, jnp.asarray(1.0, jnp.float32))

    def call() -> Any:
        nonlocal state
        loss, state = compiled(state)
        return loss.block_until_ready()

    return call
