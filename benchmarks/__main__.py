"""`python -m benchmarks`: the gates, then every measurement, a table and two files."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import torch

from benchmarks import gpu, page, peers
from benchmarks.gates import trajectory_gate
from benchmarks.runs import HOW, end_to_end_rows, memory_rows, probe_rows, thread_rows
from benchmarks.sizes import SIZES, after_grokking
from benchmarks.steps import growth_rows, stack_rows, step_rows
from benchmarks.techniques import denormal_rows, optimizer_rows, technique_rows
from benchmarks.theory import energy_rows, lazy_rows
from benchmarks.timing import Row, line, row, write


def measure(quick: bool, full: bool) -> tuple[list[Row], dict[str, str]]:
    """All sections one after the other; ``quick`` does the cheap ones, at size A only."""
    rounds = 3 if quick else 21
    sizes = [SIZES["A"]] if quick else list(SIZES.values())
    largest = SIZES["A"] if quick else SIZES["B"]
    rows: list[Row] = []
    notes: dict[str, str] = {"memory": HOW}

    def add(*more: Row) -> None:
        if not rows or rows[-1].section != more[0].section:
            print(f"\n{more[0].section}")
        rows.extend(more)
        print("\n".join(map(line, more)), flush=True)

    name = f"100 losses at {largest.name} against the plain ones"
    add(row("gates", "", name, trajectory_gate(largest), "relative error"))
    grokked = {}
    for size in sizes:
        grokked[size.name], history = after_grokking(size)
        notes[f"after grokking, {size.name}"] = (
            f"{size}, {history.step} steps of train (lr {size.lr:g}, weight decay "
            f"{size.weight_decay:g}), 99% of the test pairs from step "
            f"{history.steps_to(0.99)[0]:.0f} on"
        )
        add(*step_rows(size, grokked[size.name], rounds))
    for size in sizes:
        add(*probe_rows(size, grokked[size.name], rounds))
    found, notes["end to end"] = end_to_end_rows(largest, full)
    add(*found)
    add(*memory_rows(largest))
    for size in sizes:
        add(*technique_rows(size, rounds))
    if not quick:
        add(*denormal_rows(SIZES["A"], rounds))
        add(*growth_rows(rounds=7))
        add(*stack_rows(rounds=7))
        add(*energy_rows())
        add(*lazy_rows())
        add(*optimizer_rows(rounds))
        add(*thread_rows(rounds=5))
    notes["JAX"] = peers.note()
    if notes["JAX"] != peers.NOT_MEASURED:
        for size in sizes:
            add(*peers.jax_rows(size, rounds))
    notes["page"] = page.note()
    if notes["page"] != page.NOT_MEASURED:
        for shape in page.SIZES[:1] if quick else page.SIZES:
            add(*page.page_rows(shape, 3 if quick else 9))
    if torch.cuda.is_available():
        for size in sizes:
            add(*gpu.gpu_rows(size, rounds))
    else:
        notes["GPU"] = gpu.NOT_MEASURED
    return rows, notes


def main(arguments: list[str] | None = None) -> None:
    """Measure and write; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("_build/benchmarks"), metavar="FOLDER")
    parser.add_argument("--quick", action="store_true", help="a smoke test at size A")
    parser.add_argument("--full", action="store_true", help="run the plain loop to its end")
    options = parser.parse_args(arguments)
    os.environ["TQDM_DISABLE"] = "1"
    torch.set_num_threads(1)
    begin = time.perf_counter()
    rows, notes = measure(options.quick, options.full)
    print("\n" + "\n".join(f"{name}: {note}" for name, note in notes.items()))
    words = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python -m benchmarks", *words])
    write(options.out, rows, command, time.perf_counter() - begin, notes)


if __name__ == "__main__":
    main()
