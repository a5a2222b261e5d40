"""What a network is asked, and which questions it gets to see."""

from li2_core.tasks.digits import digits_task
from li2_core.tasks.group_task import GroupTask, Target, pairs_of
from li2_core.tasks.pairs import Pairs, one_hot
from li2_core.tasks.regression import eigenvector_task, polynomial_task
from li2_core.tasks.samples import SampledTask
from li2_core.tasks.task import Task
from li2_core.tasks.teacher import teacher_task

__all__ = [
    "GroupTask",
    "Pairs",
    "SampledTask",
    "Target",
    "Task",
    "digits_task",
    "eigenvector_task",
    "one_hot",
    "pairs_of",
    "polynomial_task",
    "teacher_task",
]
