"""Which share of the pure features survives on a part of the table, and random starts there.

Run from the top of the repository: python book/_experiments/survival.py
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
    f"a climb has converged when the tangential gradient is at most {TOL:g} of the whole one, "
    f"and stops after {MAX_STEPS} evaluations at the latest; a feature survives if more than "
    "half of its squared norm is still on its own irrep"
)
# (operator, by) and, for each order M, about where half of the features survive
GRIDS = {
    ("plain", "ascent"): {
        **{
            11: 0.58,
            17: 0.57,
            23: 0.57,
            31: 0.54,
            41: 0.52,
            47: 0.51,
            71: 0.46,
        },
        **{97: 0.41, 149: 0.34, 199: 0.295, 301: 0.255},
    },
    ("plain", "continuation"): {23: 0.57, 47: 0.51, 71: 0.46},
    ("lazy", "ascent"): {
        **{
            11: 0.4,
            17: 0.375,
            23: 0.31,
            31: 0.29,
            41: 0.26,
            47: 0.245,
            71: 0.2,
        },
        **{97: 0.17, 149: 0.135, 199: 0.11},
    },
}
STARTS = 50
START_ORDERS, START_FRACTIONS, START_SPLITS = (
    (23, 47, 71),
    (0.3, 0.4),
    range(10),
)


def main() -> None:
    torch.set_num_threads(1)
    began = time.perf_counter()
    rows, thresholds = [], []
    for (operator, by), centres in GRIDS.items():
        for M, centre in tqdm(centres.items(), f"{operator}, {by}"):
            found = around(M, centre, operator, by)
            rows += found
            thresholds.append(threshold(found))
    seconds = time.perf_counter() - began
    notes = {
        "criterion": CRITERION,
        "features": "20 a split, random irreps and phases",
    }
    write_table(
        "survival", rows, command=COMMAND, seconds=seconds, notes=notes
    )
    notes["fit"] = (
        "logistic, to the shares of the splits; 95% bootstrap interval over splits"
    )
    write_table(
        "survival_thresholds",
        thresholds,
        command=COMMAND,
        seconds=seconds,
        notes=notes,
    )

    began = time.perf_counter()
    cells = [
        (M, p, op)
        for M in START_ORDERS
        for p in START_FRACTIONS
        for op in ("plain", "lazy")
    ]
    rows = [
        row
        for cell in tqdm(cells, "random starts")
        for row in from_random_starts(*cell)
    ]
    notes = {
        "criterion": CRITERION,
        "starts": f"{STARTS} a split, uniform on the sphere",
    }
    seconds = time.perf_counter() - began
    write_table(
        "random_starts", rows, command=COMMAND, seconds=seconds, notes=notes
    )


def around(M, centre, operator, by):
    """Rows for nine fractions about the centre: one a fraction and split."""
    step = (
        0.1 if M < 20 else 0.06
    )  # the smaller the group, the wider the transition
    splits = range(10 if M < 100 and by == "ascent" else 5)
    rows = []
    for place in range(-4, 5):
        p = round(centre * (1 + step * place), 4)
        ends = survival(cyclic(M), p, splits, operator=operator, by=by)
        for split, share, converged in zip(
            splits, ends.above(), ends.converged, strict=True
        ):
            rows.append(
                {
                    **{
                        "order": M,
                        "operator": operator,
                        "by": by,
                        "train_fraction": p,
                    },
                    **{
                        "split": split,
                        "survived": share,
                        "converged": converged.mean(),
                    },
                }
            )
    return rows


def threshold(rows):
    """The fraction at which half of the features survive, with its interval."""
    fractions = sorted({row["train_fraction"] for row in rows})
    survived = [
        [row["survived"] for row in rows if row["train_fraction"] == p]
        for p in fractions
    ]
    fit = fit_threshold(fractions, survived)
    first = {name: rows[0][name] for name in ("order", "operator", "by")}
    return first | {
        "p_s": fit.p_c,
        "width": fit.width,
        "low": fit.low,
        "high": fit.high,
    }


def from_random_starts(M, p, operator):
    """Rows, one a split: the share of starts with more than .5 and .8 on one frequency."""
    ends = random_starts(cyclic(M), p, START_SPLITS, STARTS, operator)
    measured = zip(
        START_SPLITS,
        ends.above(0.5),
        ends.above(0.8),
        ends.converged.mean(axis=1),
        strict=True,
    )
    return [
        {
            **{
                "order": M,
                "operator": operator,
                "train_fraction": p,
                "split": split,
            },
            **{
                "above_half": half,
                "above_four_fifths": most,
                "converged": converged,
            },
        }
        for split, half, most, converged in measured
    ]


if __name__ == "__main__":
    main()
