"""What a network is asked, and which questions it gets to see."""

from li2_core.tasks.group_task import GroupTask, one_hot
from li2_core.tasks.pairs import Pairs, Target, pairs_of

__all__ = [
    "GroupTask",
    "Pairs",
    "Target",
    "one_hot",
    "pairs_of",
]
