"""The figures of lazy to rich: losses beside the kernel's line, maps of the delay."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from li2_core.rich.committee import CommitteeRun
from li2_core.runs.tables import Table, select
from li2_core.show.axes import spread, ticks
from li2_core.show.style import BLACK, GREEN, ORANGE, PURPLE, TEST, TRAIN

NULL = 0.75  # the loss of silence, <y^2>
PARTS = {
    "mean_error": ("mean error", PURPLE, ":"),
    "misalignment": ("misalignment", GREEN, "--"),
    "linear": ("linear part", ORANGE, "-."),
}


def losses(ax: Axes, run: CommitteeRun, test: str = "test", color: str = TEST) -> None:
    """Train and test loss of a committee as shares of silence's, median and range of seeds."""
    steps = run.steps.numpy()[1:]
    train = run.train_loss[:, 1:] / run.train_loss[:, :1]
    spread(ax, steps, train.numpy(), color=TRAIN, linestyle="--", label="train")
    spread(ax, steps, (run.test_loss.total / NULL).numpy()[:, 1:], color=color, label=test)
    ax.set(xscale="log", xlabel="step", ylim=(0, None))


def line_of_the_kernel(ax: Axes, run: CommitteeRun) -> None:
    """The median over seeds of where the first kernel ends, as a dotted line."""
    height = float((run.kernel_line / NULL).median())
    ax.axhline(height, color=BLACK, linestyle=":", linewidth=1.5, label="first kernel")


def committee(run: CommitteeRun) -> Figure:
    """Left: both losses beside the kernel's line. Right: how long the weights are."""
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2))
    losses(left, run)
    line_of_the_kernel(left, run)
    left.set_title("loss / that of silence")
    left.legend(fontsize=10, loc="upper right")
    norm = (run.norm / run.norm[:, :1]).numpy()
    spread(right, run.steps.numpy()[1:], norm[:, 1:], color=BLACK)
    right.set(xscale="log", xlabel="step", ylim=(0, None), title="length of the weights")
    return figure


def loss_parts(run: CommitteeRun, seed: int = 0) -> Figure:
    """The test loss of one seed and the three parts that it is the sum of."""
    figure, ax = plt.subplots()
    steps, parts = run.steps.numpy()[1:], run.test_loss
    ax.plot(steps, parts.total[seed, 1:] / NULL, color=TEST, label="test loss")
    for name, (label, color, dash) in PARTS.items():
        values = getattr(parts, name)[seed, 1:] / NULL
        ax.plot(steps, values, color=color, linestyle=dash, label=label)
    ax.set(xscale="log", xlabel="step", ylim=(0, None), title="parts of the test loss")
    ax.legend(fontsize=10)
    return figure


def lazy_and_rich(lazy: CommitteeRun, rich: CommitteeRun) -> Figure:
    """Left: the test loss of both beside the kernel's line. Right: alignment of both."""
    figure, (left, right) = plt.subplots(1, 2)
    for run, name, color, dash in ((rich, "rich", TEST, "-"), (lazy, "lazy", ORANGE, "--")):
        steps = run.steps.numpy()[1:]
        test = (run.test_loss.total / NULL).numpy()[:, 1:]
        line: dict[str, Any] = {"color": color, "linestyle": dash, "label": name}
        spread(left, steps, test, **line)
        spread(right, steps, run.alignment.numpy()[:, 1:], **line)
    line_of_the_kernel(left, rich)
    left.set(xscale="log", xlabel="step", ylim=(0, None), title="test loss")
    left.legend(fontsize=10)
    right.set(xscale="log", xlabel="step", ylim=(0, None), title="alignment with the labels")
    right.legend(fontsize=10)
    return figure


def delay_map(table: Table) -> Figure:
    """How many times longer the test loss takes than the train loss, over both knobs.

    A cell where most seeds do not get there is hatched.
    """
    scales, epsilons = np.unique(table["output_scale"]), np.unique(table["epsilon"])
    figure, ax = plt.subplots()
    ratios = np.full((len(epsilons), len(scales)), np.nan)
    for i, epsilon in enumerate(epsilons):
        for j, scale in enumerate(scales):
            here = select(table, output_scale=scale, epsilon=epsilon)
            test = np.median(np.nan_to_num(here["steps_to_test_0.25"], nan=np.inf))
            if np.isfinite(test):
                ratios[i, j] = test / np.median(here["steps_to_train_0.1"])
                dark = ratios[i, j] > 10
                text: dict[str, Any] = {
                    "ha": "center",
                    "va": "center",
                    "color": "black" if dark else "white",
                }
                ax.text(j, i, f"{ratios[i, j]:.1f}", **text)
            else:
                place = (j - 0.5, i - 0.5)
                ax.add_patch(Rectangle(place, 1, 1, hatch="///", facecolor="#EEEEEE", lw=0))
    ax.imshow(ratios, origin="lower", aspect="auto", vmin=2, vmax=16)
    ticks(ax.xaxis, range(len(scales)), [f"{scale:g}" for scale in scales])
    ticks(ax.yaxis, range(len(epsilons)), [f"{epsilon:g}" for epsilon in epsilons])
    ax.set(xlabel=r"output scale $\beta$", ylabel=r"$\epsilon$", title="steps: test over train")
    return figure


def amount_of_data(table: Table, budget: int) -> Figure:
    """Steps to a low train loss and to a low test loss against the samples a dimension."""
    figure, ax = plt.subplots()
    ratios, never = np.unique(table["ratio"]), 2.2 * budget
    lines = (
        ("steps_to_train_0.1", "train", TRAIN, "s--"),
        ("steps_to_test_0.25", "test", TEST, "o-"),
    )
    for column, label, color, style in lines:
        steps = [np.nan_to_num(select(table, ratio=ratio)[column], nan=never) for ratio in ratios]
        for ratio, seeds in zip(ratios, steps, strict=True):
            ax.plot([ratio] * len(seeds), seeds, style[0], color=color, alpha=0.25, markersize=4)
        ax.plot(ratios, [np.median(s) for s in steps], style, color=color, label=label)
    ax.set(xscale="log", yscale="log", xlabel="samples a dimension, $n/D$", title="steps")
    ticks(ax.xaxis, [1, 2, 3, 4, 6, 10, 20])
    ticks(ax.yaxis, [100, 1000, 10_000, never], ["100", "1000", "10,000", "never"])
    ax.legend()
    return figure


def setting(run: CommitteeRun, budget: int) -> Figure:
    """The frame of the explorer: both losses, when each is low, and the kernel's line."""
    figure, ax = plt.subplots()
    losses(ax, run)
    line_of_the_kernel(ax, run)
    marks = (
        (run.steps_to(run.train_loss, 0.1), 0.1, TRAIN, "s"),
        (run.steps_to(run.test_loss.total, 0.25), 0.25, TEST, "o"),
    )
    for steps, height, color, marker in marks:
        ax.plot(steps.numpy(), [height] * len(steps), marker, color=color, markersize=9)
    told = ["never" if s.isnan() else f"{int(s)}" for s in (marks[0][0][0], marks[1][0][0])]
    ax.set(xlim=(10, budget), ylim=(0, 2.2))
    ax.set_title(f"train low at step {told[0]}, test low at step {told[1]}")
    ax.legend(fontsize=10, loc="upper right")
    return figure
