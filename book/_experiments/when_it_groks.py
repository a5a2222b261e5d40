"""When does it grok? One factor at a time, from one baseline.

Each row is one seed of one setting: when it knew its pairs and the
others, and how it ended. From the top of the repository.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.beyond import HeldNorm, SlowGradients, objective

BASE = {
    "M": 23, "p": 0.6, "K": 256, "activation": "square",
    "init_scale": 1.0, "output_scale": 1.0, "loss": "mse",
    "optimizer": "adam", "around": "nothing", "gain": 0.0, "memory": 0.0,
    "lr": 0.005, "decay": 1e-3, "dtype": "float32", "steps": 400, "seeds": 3,
}  # fmt: skip
OWN = {
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "amsgrad": partial(torch.optim.Adam, amsgrad=True),
    "adam, short memory": partial(torch.optim.Adam, betas=(0.9, 0.9)),
}
NORMS = ("hidden_norm", "readout_norm")


def made(config: dict[str, Any]) -> Any:
    """The optimizer of a configuration: a name, or one around it."""
    name = config["optimizer"]
    if name in OWN:
        rule = OWN[name]
        return lambda tensors, lr, decay: rule(
            tensors, lr=lr, weight_decay=decay
        )
    if config["around"] == "norm held":
        return HeldNorm(name)
    if config["around"] == "slow gradients":
        return SlowGradients(config["gain"], config["memory"], name)
    return name


def speed(config: dict[str, Any]) -> list[dict[str, float]]:
    """How far each seed has come, and when."""
    task = GroupTask(cyclic(config["M"]), config["p"], config["seeds"])
    shape = ("activation", "init_scale", "output_scale")
    net = TwoLayer(config["K"], **{name: config[name] for name in shape})
    run = train(
        task,
        net,
        optimizer=made(config),
        lr=config["lr"],
        weight_decay=config["decay"],
        loss=config["loss"],
        steps=config["steps"],
        dtype=getattr(torch, config["dtype"]),
        probes=(*NORMS, "saturated_share"),
        device="cpu",
    )
    test, loss = run["test_accuracy"], run["train_loss"]
    safe = loss.clip(1e-12)
    is_penalty = config["optimizer"] != "adamw"
    size = sum(run[name] ** 2 for name in NORMS) ** 0.5
    no_penalty = size[:, -1] * float("nan")
    columns = {
        "train_90": run.steps_to(0.9, "train_accuracy"),
        "t90": run.steps_to(0.9),
        "test_max": test.max(1),
        "test": test[:, -1],
        "train": run["train_accuracy"][:, -1],
        "train_loss": loss[:, -1],
        "objective": objective(run)[:, -1] if is_penalty else no_penalty,
        "norm": size[:, -1],
        "saturated": run["saturated_share"][:, -1],
        "largest_jump": (safe[:, 1:] / safe[:, :-1]).max(1),
    }
    return [
        {"seed": seed}
        | {name: float(values[seed]) for name, values in columns.items()}
        for seed in range(task.num_seeds)
    ]


def factors() -> list[dict[str, Any]]:
    """What differs from the baseline, and the number of steps."""
    found: list[dict[str, Any]] = []

    def vary(name: str, steps: dict[Any, int], **fixed: Any) -> None:
        for value, budget in steps.items():
            config = BASE | fixed | {name: value, "steps": budget}
            if config not in found:
                found.append(config)

    five = {"seeds": 5}
    vary("lr", {0.005: 400}, **five)
    rates = {5e-4: 800, 1e-3: 500, 2e-3: 400, 0.01: 400, 0.02: 400}
    vary("lr", rates | {0.05: 400, 0.1: 400, 0.3: 1500}, **five)
    decays = {2e-5: 2500, 5e-5: 1200, 1e-4: 800, 2e-4: 500, 5e-4: 400}
    vary("decay", {0.0: 4000} | decays, **five)
    vary("decay", {2e-3: 400, 4e-3: 400, 8e-3: 400, 2e-2: 400}, **five)
    scales = {0.03: 400, 0.1: 400, 0.3: 400, 2.0: 600, 4.0: 2500, 8.0: 4000}
    vary("init_scale", scales, **five)
    still = {"decay": 0.0, **five}
    small = {0.03: 400, 0.1: 400, 0.3: 3000, 2.0: 3000}
    vary("init_scale", small, **still)
    for decay in (1e-4, 3e-4):
        vary("init_scale", {0.1: 400}, decay=decay)
    # Without decay: the learning rate, and gradient descent.
    still = {"decay": 0.0}
    vary("lr", {0.02: 2000, 0.05: 2000, 0.1: 2000, 0.2: 2000}, **still)
    vary("lr", {1.8: 2000, 2.5: 2000}, optimizer="sgd", **still)
    vary("lr", {0.005: 2000, 0.1: 2000}, p=0.8, **still)
    vary("lr", {0.05: 2000}, activation="relu", **still)
    # Width, at one rate and at rates that go as 1/K.
    widths = {16: 2000, 32: 400, 64: 400, 128: 400, 512: 400, 1024: 400}
    vary("K", widths)
    for width in (64, 1024):
        vary("lr", {0.005 * 256 / width: 400}, K=width)
    descent = {"optimizer": "sgd", "lr": 1.0}
    vary("K", {64: 1200, 256: 1500, 1024: 1500}, **descent)
    shares = {0.25: 2000, 0.5: 400}  # more at the end, for long
    vary("p", shares | {0.7: 400, 0.8: 400, 0.9: 400})
    for decay, longer in ((1e-3, 1), (2e-4, 2)):
        outputs = {0.25: 400, 0.5: 400, 2.0: 400, 4.0: 400, 8.0: 600}
        steps = {beta: longer * budget for beta, budget in outputs.items()}
        vary("output_scale", steps, decay=decay)
    # The clock of the decay: five optimizers.
    for decay, steps in ((2.5e-4, 6000), (5e-4, 3000), (3e-3, 1000)):
        vary("decay", {decay: steps}, **descent)
    vary("lr", {0.3: 4000, 1.8: 1000}, optimizer="sgd")
    vary("lr", {0.3: 1000}, optimizer="momentum")
    adamw = {0.1: 1500, 0.25: 1500, 0.5: 1000, 1.0: 600, 2.0: 400}
    vary("decay", adamw, optimizer="adamw")
    for name in ("amsgrad", "adam, short memory"):
        vary("decay", decays | {1e-3: 400}, optimizer=name)
    # Another precision
    vary("dtype", {"float64": 400}, **five)
    # The norm held at that of the start.
    shell = {0.3: 2000, 0.5: 2000, 0.7: 2000, 1.0: 400, 1.5: 400, 2.0: 500}
    shell |= {2.3: 800, 2.6: 2000, 3.0: 2000, 4.0: 2000}
    vary("init_scale", shell, decay=0.0, around="norm held")
    found.extend(_filters())
    found.extend(_losses())
    # The squared error for long
    for p in (0.3, 0.35, 0.4, 0.6):
        vary("p", {p: 6000})
    return found


def _filters() -> list[dict[str, Any]]:
    """Slow gradients amplified, and the same without the filter."""
    start = {"p": 0.5, "lr": 0.002}
    slow = {"around": "slow gradients"}
    runs: list[dict[str, Any]] = [
        {"decay": decay} | {"steps": steps}
        for decay, steps in ((5e-4, 800), (5e-4 / 3, 1500), (5e-4 / 6, 2200))
    ]
    for gain, steps in ((2.0, 1500), (5.0, 2200)):
        for decay in (5e-4, 5e-4 * (1 + gain)):
            filtered = slow | {"gain": gain, "memory": 0.98}
            runs.append(filtered | {"decay": decay, "steps": steps})
    short = slow | {"gain": 2.0, "memory": 0.8}
    runs.append(short | {"decay": 5e-4, "steps": 2000})
    runs.append(short | {"decay": 1.5e-3, "steps": 2000})
    for gain in (0.0, 2.0, 5.0):
        extra = slow | {"gain": gain, "memory": 0.98} if gain else {}
        runs.append(
            {"optimizer": "adamw", "decay": 1.0, "steps": 2000} | extra
        )
    runs += [
        {"lr": lr, "decay": 5e-4, "steps": 500} for lr in (0.006, 0.012)
    ]
    sgd = {"optimizer": "sgd", "lr": 1.0, "p": 0.6, "decay": 1e-3}
    runs.append(sgd | slow | {"gain": 2.0, "memory": 0.9, "steps": 2000})
    return [BASE | start | run for run in runs]


def _losses() -> list[dict[str, Any]]:
    """Cross-entropy and StableMax, in two precisions, and for long."""
    runs: list[dict[str, Any]] = []
    for dtype in ("float32", "float64"):
        for lr in (0.005, 0.02):
            runs.append({"loss": "cross_entropy", "lr": lr, "dtype": dtype})
        runs.append({"loss": "stablemax", "dtype": dtype})
    relu = {"activation": "relu"}
    runs += [
        {"loss": "cross_entropy", "lr": 0.05},
        {"loss": "cross_entropy", "init_scale": 0.1},
        {"loss": "cross_entropy", "optimizer": "sgd", "lr": 2.5},
        relu | {"loss": "cross_entropy"},
        relu | {"loss": "cross_entropy", "lr": 0.02},
        relu | {"loss": "cross_entropy", "dtype": "float64"},
        relu | {"loss": "stablemax"},
        {"loss": "cross_entropy", "decay": 1e-4},
        {"loss": "cross_entropy", "decay": 1e-3, "steps": 400},
        {"loss": "stablemax", "decay": 1e-3, "steps": 400},
    ]
    # With decay: it groks, and then?
    cases = [(11, 0.7), (13, 0.6), (13, 0.7), (13, 0.8), (13, 0.9)]
    for M, p in [*cases, (17, 0.7), (23, 0.6), (31, 0.6), (31, 0.8)]:
        K, seeds = (128, 3) if M < 23 else (256, 3 if M < 31 else 2)
        setting = {"M": M, "p": p, "K": K, "decay": 1e-3, "steps": 3000}
        runs.append({"loss": "cross_entropy", "seeds": seeds} | setting)
    small = {"M": 13, "p": 0.8, "K": 128, "decay": 1e-3, "steps": 3000}
    runs += [small | {"loss": loss} for loss in ("mse", "stablemax")]
    runs += [
        small | {"loss": "cross_entropy", "dtype": "float64"},
        small | {"loss": "cross_entropy", "lr": 0.001, "steps": 8000},
        small | {"loss": "cross_entropy", "decay": 3e-4, "steps": 8000},
    ]
    return [BASE | {"decay": 0.0, "steps": 4000} | run for run in runs]


def main(experiment: Experiment) -> None:
    rows = experiment.rows(factors(), speed)
    notes = {
        "baseline": BASE,
        "lr, decay": "of the optimizer; adamw's decay is decoupled",
        "around": "HeldNorm, or SlowGradients with gain and memory",
        "optimizer": {
            "momentum": "SGD, momentum 0.9",
            "adam, short memory": "Adam with beta_2 = 0.9 for 0.999",
        },
        "t90": "first record, of every 10 steps, with test accuracy 0.9",
        "objective": "loss + decay/2 times the squared norm; not of adamw",
        "largest_jump": "of the train loss between records, from 1e-12 up",
    }
    experiment.write("when_it_groks", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
