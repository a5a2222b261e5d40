"""Units of work that fail, die and leave traces, where workers in other processes find them."""

import os
import time
from pathlib import Path

import torch

TRACE = "LI2_TEST_TRACE"  # the variable that holds the file in which each unit leaves a line


def trace(config):
    """Note that a unit is done, in one write, so that processes do not mix their lines."""
    with open(os.environ[TRACE], "a", encoding="utf-8") as file:
        file.write(f"{config['x']}\n")


def done():
    """The units noted so far, in the order in which they were begun."""
    path = Path(os.environ[TRACE])
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def square(config):
    trace(config)
    return [{"seed": seed, "square": config["x"] ** 2 + seed} for seed in (0, 1)]


def slow_square(config):
    time.sleep(0.05)
    return square(config)


def die_at_three(config):
    """Kill the process, the first time that it is asked for x = 3."""
    if config["x"] == 3 and 3 not in done():
        trace(config)
        os._exit(1)
    return square(config)


def fail_at_odd(config):
    """Fail at odd x for as long as there is no file named by the trace with .mended."""
    if config["x"] % 2 and not Path(os.environ[TRACE] + ".mended").exists():
        raise ArithmeticError(f"{config['x']} is odd")
    return square(config)


def interrupt_at_three(config):
    if config["x"] == 3 and done()[-1:] != [3]:
        trace(config)
        raise KeyboardInterrupt
    return square(config)


def threads(config):
    return [{"threads": torch.get_num_threads(), "process": os.getpid()}]
