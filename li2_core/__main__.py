"""`python -m li2_core`: what is installed here, and a small network that groks as you watch."""

from __future__ import annotations

from li2_core import GroupTask, TwoLayer, __version__, cyclic, train
from li2_core.runs.tables import machine


def main() -> None:
    """Say versions and device, train on half of the sums of Z_23, and say what came of it."""
    found = {"li2_core": __version__, **machine()}
    print(", ".join(f"{name} {value}" for name, value in found.items()))
    task = GroupTask(cyclic(23), train_fraction=0.5)
    history = train(task, TwoLayer(width=256), lr=0.005, weight_decay=1e-3, steps=400)
    memorised, grokked = (history.steps_to(0.99, f"{of}_accuracy")[0] for of in ("train", "test"))
    print(f"Z_23, {task.num_train} of 529 sums shown: {history.outcomes[0]}.")
    print(f"99 in 100 of these are right after {memorised:g} steps, of the others {grokked:g}.")


if __name__ == "__main__":
    main()
