"""What the cover says that the network does, done: the network of the five lines answers."""

from __future__ import annotations

import numpy as np
import pytest
from fences import ROOT
from numpy.typing import NDArray


def right_answers(M: int, phases: NDArray[np.float64], frequencies: range) -> float:
    """The share of right sums of nodes with all pairs of these phases on each frequency."""
    a, b = np.divmod(np.arange(M**2), M)
    hours = 2 * np.pi * np.arange(M) / M
    answers = np.zeros((M**2, M))
    for k in frequencies:
        for phi in phases:
            for psi in phases:
                heard = np.cos(k * hours + phi)[a] + np.cos(k * hours + psi)[b]  # 1 and 2
                answers += np.outer(heard**2, np.cos(k * hours + phi + psi))  # 3 and 5
    return float((answers.argmax(1) == (a + b) % M).mean())


@pytest.mark.parametrize("M", [7, 23])
def test_the_network_of_the_five_lines_knows_every_sum(M: int) -> None:
    thirds = 2 * np.pi * np.arange(3) / 3
    assert right_answers(M, thirds, range(1, M // 2 + 1)) == 1
    assert right_answers(M, thirds[:1], range(1, M // 2 + 1)) < 0.9, "line 4: other phases cancel"


def test_they_are_five_lines() -> None:
    text = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    section = text.split("## What the network does, in five lines\n")[1].split("\n## ")[0]
    assert [line[:2] for line in section.split("\n") if line[:1].isdigit()] == [
        f"{k}." for k in range(1, 6)
    ]
