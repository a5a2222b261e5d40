"""For the tests of sweep: work that fails, dies and leaves traces; a look into the folder.

A module of its own, so that workers in other processes find it.
"""

import os
import time
from pathlib import Path

import torch

SQUARES = [{"x": x} for x in range(8)]
SMALL = {"seeds": [0, 1], "width": 8, "steps": 4, "every": 2, "weight_decay": 1e-3}
TRAININGS = [
    {"group": group, "train_fraction": fraction, "lr": lr, **SMALL}
    for group in ("Z_5", "Z_2 x Z_3", "D_3", "Z_7")
    for fraction in (0.3, 0.4, 0.5, 0.6, 0.7)
    for lr in (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.03, 0.05, 0.07)
]

TRACE = "LI2_TEST_TRACE"  # the variable that holds the file in which each unit leaves a line


def trace(config):
    """Note that a unit is done, in one write, so that processes do not mix their lines."""
    with open(os.environ[TRACE], "a", encoding="utf-8") as file:
        file.write(f"{config['x']}\n")


def trace_to(path):
    """Tell a worker that runs already where to leave its lines."""
    os.environ[TRACE] = path


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


def unit_files(path):
    """The stored units with what would change if one were written again."""
    files = [file for file in Path(path).glob("*.json") if file.name != "provenance.json"]
    return {file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def wait_for(path, number, process=None):
    """Wait until so many units are stored."""
    start = time.monotonic()
    while len(unit_files(path)) < number:
        assert time.monotonic() < start + 60, f"no {number} units after a minute"
        assert process is None or process.poll() is None, "the process has ended early"
        time.sleep(0.005)


def assert_same(table, expected):
    assert list(table) == list(expected)
    for name, column in expected.items():
        assert table[name].dtype == column.dtype
        assert table[name].tobytes() == column.tobytes(), name  # to the last bit, nan too
