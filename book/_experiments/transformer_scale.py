"""A one-layer transformer adds on a clock: output scale and weight decay.

Kumar et al., Fig. 6b and 12, at a size that a laptop trains.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, Module, cyclic, train
from li2_core.nets import OneLayerTransformer, OutputScale
from li2_core.training import Snapshot

M, SHARE, DIM, LR, STEPS, EVERY, SEEDS = 31, 0.7, 64, 3e-3, 1200, 20, 2
# Output scale and weight decay
CASES = ((0.15, 1.0), (0.5, 1.0), (1.4, 1.0), (5.0, 1.0))
CASES += ((0.5, 5.0), (1.4, 5.0))
RECORDS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


def by_mirror(moment: Snapshot) -> torch.Tensor:
    """Test accuracy where (b, a) was shown and where it was not, (S, 2)."""
    task = moment.task
    is_shown = torch.zeros(M, M, dtype=torch.bool)
    is_shown[tuple(task.pairs[task.train_index[0]].mT)] = True
    a, b = task.pairs[task.test_index[0]].mT
    right = (moment.test_outputs.argmax(-1) == moment.test_targets).double()
    mirror = is_shown[b, a]
    parts = [right[:, which].mean(1) for which in (mirror, ~mirror)]
    return torch.stack(parts, 1)


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    scale, decay, seed = config.values()

    def attention() -> OutputScale:
        net = OneLayerTransformer(M, DIM)
        return OutputScale(net, scale, from_start=False)

    history = train(
        GroupTask(cyclic(M), SHARE, [seed]),
        Module(attention, inputs="pairs"),
        optimizer="adamw",
        lr=LR,
        weight_decay=decay,
        loss="cross_entropy",
        steps=STEPS,
        every=EVERY,
        probes=by_mirror,
        device="cpu",
    )
    return [
        {"step": int(step)}
        | {name: float(history[name][0, t]) for name in RECORDS}
        | {
            name: float(history["by_mirror"][0, t, i])
            for i, name in enumerate(("mirror_accuracy", "fresh_accuracy"))
        }
        for t, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"scale": scale, "weight_decay": decay, "seed": seed}
        for scale, decay in CASES
        for seed in range(SEEDS)
    ]
    notes = {
        "net": f"Z_{M}, {SHARE} of the pairs, dim {DIM}, 4 heads, 256 ReLU "
        "nodes, no layer norm; outputs times the scale",
        "mirror_accuracy, fresh_accuracy": "on unseen pairs whose mirror "
        "image (b, a) was shown, and on the others",
        "optimizer": f"AdamW, lr {LR}, cross-entropy, full batch",
    }
    experiment.write("transformer_scale", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
