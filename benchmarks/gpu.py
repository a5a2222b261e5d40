"""With a GPU: many seeds in one captured graph, against a plain loop over the seeds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from benchmarks.sizes import PlainRun, Size
from benchmarks.timing import Call, Row, interleaved, interval, row
from li2_core import TwoLayer
from li2_core.training.step import TrainingStep, captured

SEEDS = (1, 5, 15, 60)
NOT_MEASURED = "no GPU: not measured"


def gpu_rows(
    size: Size, rounds: int, device: str = "cuda", seeds: tuple[int, ...] = SEEDS
) -> list[Row]:
    """Seed-steps a second, their ratio to the plain loop's, share of peak, and memory."""
    on_gpu = device == "cuda"
    finish = torch.cuda.synchronize if on_gpu else lambda: None
    peak = product_peak(8192 if on_gpu else 256, rounds, device, finish)
    rows = [row("GPU", size.name, "float32 product peak", 1e-9 * peak, "GFlop/s")]
    for S in seeds:
        candidates: dict[str, Callable[[], Call]] = {
            "ours": partial(_stacked, size, S, device),
            "plain": partial(_looped, size, S, device),
        }
        times = interleaved(candidates, rounds, at_least=0.1, finish=finish)
        ours, plain = times["ours"], times["plain"]
        found = {
            "ours": (interval(S / ours.wall), "seed-steps/s"),
            "plain loop": (interval(S / plain.wall), "seed-steps/s"),
            "ours over plain loop": (interval(plain.wall / ours.wall), "ratio"),
            "share of the peak": (interval(S * size.flops / ours.wall / peak), "ratio"),
        }
        if on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            call = _stacked(size, S, device)
            call()
            used = torch.cuda.max_memory_allocated() - before
            del call
            found["memory"] = ((used / 2**20,) * 3, "MiB")
        rows += [row("GPU", size.name, f"{name}, S={S}", *item) for name, item in found.items()]
    return rows


def product_peak(side: int, rounds: int, device: str, finish: Call) -> float:
    """Operations a second of one large float32 product, without TF32."""
    left, right = (torch.randn(side, side, device=device) for _ in range(2))
    out = torch.empty_like(left)
    allowed = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        product = {"product": lambda: lambda: torch.mm(left, right, out=out)}
        times = interleaved(product, rounds, at_least=0.1, finish=finish)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = allowed
    return 2 * side**3 / interval(times["product"].wall)[0]


def _stacked(size: Size, seeds: int, device: str) -> Call:
    task = size.task(seeds)
    net = TwoLayer(size.width).initialize(task, device)
    step = TrainingStep(task, net, lr=size.lr, weight_decay=size.weight_decay, seeds_at_once=seeds)
    gradient, update = captured(step)

    def call() -> None:
        gradient()
        update()

    return call


def _looped(size: Size, seeds: int, device: str) -> Call:
    task = size.task(seeds)
    net = TwoLayer(size.width).initialize(task, device)
    runs = [
        PlainRun.of(task, (net.hidden[s], net.readout[s]), size.lr, size.weight_decay, s)
        for s in range(seeds)
    ]

    def call() -> None:
        for run in runs:
            run.step()

    return call
