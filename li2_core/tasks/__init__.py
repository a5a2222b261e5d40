"""What a network is asked, and which questions it gets to see."""

from li2_core.tasks.group_task import GroupTask, Target, pairs_of
from li2_core.tasks.pairs import Pairs, one_hot
from li2_core.tasks.task import Task

__all__ = [
    "GroupTask",
    "Pairs",
    "Target",
    "Task",
    "one_hot",
    "pairs_of",
]
