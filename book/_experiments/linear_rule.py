"""How often the best linear rule gets an unseen pair of a clock right.

Clocks of 7 to 41 hours, by the number of times that each element is shown on
either side. From the top of the repository.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, cyclic

ORDERS, SHOWN, SPLITS = (
    (7, 11, 13, 17, 23, 31, 41),
    (2.2, 3, 4, 5, 7, 10),
    150,
)


def rule(config: dict[str, Any]) -> list[dict[str, int]]:
    """The unseen pairs of all splits, and how many of them are right."""
    M, unseen, right = config["order"], 0, 0
    for seed in range(SPLITS):
        task = GroupTask(cyclic(M), config["shown"] / M, [seed])
        train, test = task.train_index[0], task.test_index[0]
        X, labels = task.rows(train).double(), task.labels(train).double()
        A = torch.linalg.pinv(X) @ (labels - 1 / M)
        scores = task.rows(test).double() @ A
        answer = task.targets[test][:, None]
        # A tie with another answer is not right.
        best = scores.scatter(1, answer, -torch.inf).amax(1)
        found = scores.gather(1, answer)[:, 0] > best + 1e-9
        unseen, right = unseen + len(test), right + int(found.sum())
    return [{"splits": SPLITS, "unseen": unseen, "right": right}]


def main(experiment: Experiment) -> None:
    cases = [
        {"order": M, "shown": shown}
        for M in ORDERS
        for shown in SHOWN
        if shown < 0.9 * M
    ]
    notes = {
        "shown": "p M, how often an element is shown on either side",
        "rule": "least squares for the centred labels, by the pseudoinverse",
        "right": "the right answer alone has the highest score",
    }
    experiment.write("linear_rule", experiment.rows(cases, rule), notes)


if __name__ == "__main__":
    perform(__file__, main)
