"""Which pure features survive on a part of the table; random starts there.

From the top of the repository: python book/_experiments/survival.py
"""

from experiment import Experiment, perform
from li2_core import TwoLayer, cyclic
from li2_core.lazy import lazy_operator
from li2_core.scaling import (
    fit_threshold,
    random_starts,
    surviving_features,
)
from li2_core.scaling.survival import MAX_STEPS, TOL

CRITERION = (
    "a climb has converged when the tangential gradient is at most "
    f"{TOL:g} of the whole one, and stops after {MAX_STEPS} evaluations at "
    "the latest; a feature survives if more than half of its squared norm "
    "is still on its own irrep"
)
OPERATORS = {
    "plain": "the labels as they are",
    "lazy": "R of infinitely many nodes from N(0, 1), ridge 1e-6 a node",
    "start": "R of the 512 nodes of a network before its first step, ridge "
    "n * 5e-4 / 2",
}
# operator, way, order, and about where half of the features survive
PLAIN = {11: 0.58, 17: 0.57, 23: 0.57, 31: 0.54, 41: 0.52, 47: 0.51}
PLAIN |= {71: 0.46, 97: 0.41, 149: 0.34, 199: 0.295}
LAZY = {11: 0.4, 17: 0.375, 23: 0.31, 31: 0.29, 41: 0.26, 47: 0.245}
LAZY |= {71: 0.2, 97: 0.17, 149: 0.135, 199: 0.11}
START = {11: 0.66, 17: 0.6, 23: 0.51, 31: 0.46, 41: 0.44, 47: 0.43}
START |= {71: 0.435, 97: 0.4}
FOLLOWED = {23: 0.57, 47: 0.51}
GRID = [("plain", "ascent", M, p) for M, p in PLAIN.items()]
GRID += [("lazy", "ascent", M, p) for M, p in LAZY.items()]
GRID += [("start", "ascent", M, p) for M, p in START.items()]
GRID += [("plain", "continuation", M, p) for M, p in FOLLOWED.items()]
NUM_FEATURES = 20
# of the trainings in chapter 13
WIDTH, DECAY = 512, 5e-4
SPLITS = range(5)
# order and p of the random starts
STARTS = [(M, p) for M in (23, 47, 71) for p in (0.3, 0.4)]
NUM_STARTS = 50


def at_the_start(task):
    """R of a network before its first step, at the ridge of its decay."""
    hidden = TwoLayer(WIDTH).initialize(task).hidden[0].double()
    features = (task.rows(task.train_index[0]) @ hidden).square()
    ridge = task.num_train * DECAY / 2
    return lazy_operator(task, eta=ridge, features=features)


OWN = {"start": at_the_start}


def around(cell):
    """Nine fractions about where half of the features survive."""
    operator, by, M, centre = cell
    step = 0.1 if M < 20 else 0.06  # small groups have a wide transition
    case = {"order": M, "operator": operator, "by": by}
    return [
        case | {"train_fraction": round(centre * (1 + step * place), 4)}
        for place in range(-4, 5)
    ]


def survivors(config):
    """A row for each split: the share of the pure features that survive."""
    ends = surviving_features(
        cyclic(config["order"]),
        config["train_fraction"],
        SPLITS,
        NUM_FEATURES,
        operator=OWN.get(config["operator"], config["operator"]),
        by=config["by"],
    )
    names = "split", "survived", "converged"
    values = zip(SPLITS, ends.above(), ends.converged.mean(1), strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


def threshold(rows):
    """Where half of the features survive, with its interval."""
    fractions = sorted({row["train_fraction"] for row in rows})
    survived = [
        [row["survived"] for row in rows if row["train_fraction"] == p]
        for p in fractions
    ]
    fit = fit_threshold(fractions, survived)
    cell = {name: rows[0][name] for name in ("order", "operator", "by")}
    found = {"p_s": fit.p_c, "width": fit.width}
    return cell | found | {"low": fit.low, "high": fit.high}


def climbs(config):
    """A row a split: starts that end with over .5, .8 on one frequency."""
    ends = random_starts(
        cyclic(config["order"]),
        config["train_fraction"],
        SPLITS,
        NUM_STARTS,
        config["operator"],
    )
    names = "split", "above_half", "above_four_fifths", "converged"
    shares = ends.above(0.5), ends.above(0.8), ends.converged.mean(1)
    values = zip(SPLITS, *shares, strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


def main(experiment):
    cases = [case for cell in GRID for case in around(cell)]
    rows = experiment.rows(cases, survivors)
    a_cell = 9 * len(SPLITS)
    thresholds = [
        threshold(rows[first : first + a_cell])
        for first in range(0, len(rows), a_cell)
    ]
    notes = {
        "criterion": CRITERION,
        "features a split": NUM_FEATURES,
        "operators": OPERATORS,
    }
    experiment.write("survival", rows, notes)
    fit = "logistic; interval: 95% of bootstrapped splits"
    experiment.write("survival_thresholds", thresholds, notes | {"fit": fit})

    starts = [
        {"order": M, "operator": operator, "train_fraction": p}
        for M, p in STARTS
        for operator in ("plain", "lazy")
    ]
    # With seconds of its own.
    experiment = Experiment(__file__, experiment.executor)
    notes = {"criterion": CRITERION, "starts a split": NUM_STARTS}
    experiment.write("random_starts", experiment.rows(starts, climbs), notes)


if __name__ == "__main__":
    perform(__file__, main)
