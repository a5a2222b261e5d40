"""Theory, or an earlier run, beside measurement: one table, the same on every machine."""

from __future__ import annotations

import math

from li2_core._input import real

Row = tuple[str, float, float, float]


def check(*rows: Row, against: str = "predicted") -> None:
    """Print predictions beside measurements, and fail if one is off.

    Parameters
    ----------
    rows : (what, predicted, measured, tolerance)
        A measurement agrees when it lies within ``tolerance`` of the prediction. It is
        shown with no more digits than the tolerance vouches for.
    against : str
        What the second number of a row is, the title of its column. Where no theory gives it
        and it was only measured before, say so: ``"first run"``.

    Raises
    ------
    ValueError
        If a row is not of this form, or its tolerance is negative or no number.
    AssertionError
        If a measurement disagrees, or is not a number. The table is printed first.

    Examples
    --------
    >>> check(("loss of a silent network", 0.8, 0.8 + 1e-9, 1e-6), ("rest", 0, 1e-17, 1e-12))
    quantity                  predicted  measured  tolerance  verdict
    loss of a silent network        0.8       0.8      1e-06  agrees
    rest                              0   < 1e-12      1e-12  agrees
    >>> check(("share of starts", 0.3, 0.31, 0.1), against="first run")
    quantity         first run  measured  tolerance  verdict
    share of starts        0.3       0.3        0.1  agrees
    """
    table: list[tuple[str, ...]] = [("quantity", against, "measured", "tolerance", "verdict")]
    wrong = []
    for row in rows:
        if len(row) != 4:
            raise ValueError(f"a row must be (what, predicted, measured, tolerance), got {row!r}")
        what, predicted, measured, _ = row
        tolerance = real(f"the tolerance of {what!r}", row[3], least=0)
        agrees = abs(measured - predicted) <= tolerance
        # Rounding decides between 0 and 1e-17: no machine's choice is shown.
        small = tolerance > 0 and abs(measured) < tolerance
        found = f"< {tolerance:g}" if small else _number(measured, tolerance)
        shown = (_number(predicted, tolerance), found)
        table.append((what, *shown, f"{tolerance:g}", "agrees" if agrees else "DISAGREES"))
        wrong += [] if agrees else [what]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for what, *numbers, verdict in table:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False)]
        print("  ".join([what.ljust(widths[0]), *cells, verdict]))
    if wrong:
        raise AssertionError(f"measured otherwise than {against}: {', '.join(wrong)}")


def _number(value: float, tolerance: float) -> str:
    if tolerance == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = min(max(math.floor(-math.log10(tolerance)), 0), 6)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
