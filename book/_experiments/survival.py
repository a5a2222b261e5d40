"""Which pure features survive on a part of the table; random starts there.

From the top of the repository: python book/_experiments/survival.py
"""

import time

import torch
from li2_core import cyclic
from li2_core.scaling import fit_threshold
from li2_core.survival import MAX_STEPS, TOL, random_starts, survival
from li2_core.tables import write_table
from tqdm import tqdm

COMMAND = "python book/_experiments/survival.py"
CRITERION = (
    "a climb has converged when the tangential gradient is at most "
    f"{TOL:g} of the whole one, and stops after {MAX_STEPS} evaluations at "
    "the latest; a feature survives if more than half of its squared norm "
    "is still on its own irrep"
)
# operator, way, order, and about where half of the features survive
PLAIN = {11: 0.58, 17: 0.57, 23: 0.57, 31: 0.54, 41: 0.52, 47: 0.51}
PLAIN |= {71: 0.46, 97: 0.41, 149: 0.34, 199: 0.295}
LAZY = {11: 0.4, 17: 0.375, 23: 0.31, 31: 0.29, 41: 0.26, 47: 0.245}
LAZY |= {71: 0.2, 97: 0.17, 149: 0.135, 199: 0.11}
FOLLOWED = {23: 0.57, 47: 0.51}
GRID = [("plain", "ascent", M, p) for M, p in PLAIN.items()]
GRID += [("lazy", "ascent", M, p) for M, p in LAZY.items()]
GRID += [("plain", "continuation", M, p) for M, p in FOLLOWED.items()]
NUM_FEATURES = 20
SPLITS = range(5)
# order and p of the random starts
STARTS = [(M, p) for M in (23, 47, 71) for p in (0.3, 0.4)]
NUM_STARTS = 50


def main():
    torch.set_num_threads(1)
    began = time.perf_counter()
    rows, thresholds = [], []
    for cell in tqdm(GRID, "survival"):
        found = around(*cell)
        rows += found
        thresholds.append(threshold(found))
    notes = {"criterion": CRITERION, "features a split": NUM_FEATURES}
    write("survival", rows, began, notes)
    fit = "logistic; interval: 95% of bootstrapped splits"
    write("survival_thresholds", thresholds, began, notes | {"fit": fit})

    began = time.perf_counter()
    cells = [(op, *start) for start in STARTS for op in ("plain", "lazy")]
    rows = [row for cell in tqdm(cells, "starts") for row in climbs(*cell)]
    notes = {"criterion": CRITERION, "starts a split": NUM_STARTS}
    write("random_starts", rows, began, notes)


def write(name, rows, began, notes):
    seconds = time.perf_counter() - began
    write_table(name, rows, command=COMMAND, seconds=seconds, notes=notes)


def around(operator, by, M, centre):
    """Nine fractions about the centre: a row for each and each split."""
    step = 0.1 if M < 20 else 0.06  # small groups have a wide transition
    rows = []
    for place in range(-4, 5):
        p = round(centre * (1 + step * place), 4)
        ends = survival(
            cyclic(M), p, SPLITS, NUM_FEATURES, operator=operator, by=by
        )
        cell = {"order": M, "operator": operator, "by": by}
        rows += [
            cell
            | {"train_fraction": p, "split": split, "survived": share}
            | {"converged": converged}
            for split, share, converged in zip(
                SPLITS, ends.above(), ends.converged.mean(1), strict=True
            )
        ]
    return rows


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


def climbs(operator, M, p):
    """A row a split: starts that end with over .5, .8 on one frequency."""
    ends = random_starts(cyclic(M), p, SPLITS, NUM_STARTS, operator)
    cell = {"order": M, "operator": operator, "train_fraction": p}
    return [
        cell
        | {"split": split, "above_half": half}
        | {"above_four_fifths": most, "converged": converged}
        for split, half, most, converged in zip(
            SPLITS,
            ends.above(0.5),
            ends.above(0.8),
            ends.converged.mean(1),
            strict=True,
        )
    ]


if __name__ == "__main__":
    main()
