"""`check`: agrees, disagrees loudly, prints no more digits than the tolerance vouches for."""

from __future__ import annotations

import pytest

from li2_core.show import check


@pytest.mark.parametrize("measured", [1.2, 0.8, float("nan"), float("inf")])
def test_a_measurement_that_is_off_fails_after_the_table(
    measured: float, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError, match="otherwise than predicted: slope"):
        check(("offset", 0, 0, 0), ("slope", 1.0, measured, 0.1))
    assert "slope" in (shown := capsys.readouterr().out) and "DISAGREES" in shown


def test_a_number_that_was_only_measured_before_is_not_called_predicted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(AssertionError, match="otherwise than first run: slope"):
        check(("slope", 1.0, 1.2, 0.1), against="first run")
    shown = capsys.readouterr().out
    assert "first run" in shown and "predicted" not in shown


def test_digits_follow_the_tolerance(capsys: pytest.CaptureFixture[str]) -> None:
    check(("a", 0.25, 0.2512345, 0.01), ("b", 0, 3e-13, 1e-10), ("c", 170, 168.3, 10))
    shown = [line.split()[1:4] for line in capsys.readouterr().out.splitlines()[1:3]]
    assert shown[0] == ["0.25", "0.25", "0.01"]
    assert shown[1] == ["0", "<", "1e-10"]


def test_another_machine_s_rounding_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    check(("a", 2.5, 2.5 + 1e-14, 1e-10))
    first = capsys.readouterr().out
    check(("a", 2.5, 2.5 - 1e-14, 1e-10))
    assert capsys.readouterr().out == first


def test_zero_and_rounding_noise_print_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    check(("a", 0, 0.0, 1e-10), ("b", 1e-3, 1e-3, 1e-6))
    first = capsys.readouterr().out
    assert first.count("< 1e-10") == 1 and first.count("0.001") == 2
    check(("a", 0, -3e-17, 1e-10), ("b", 1e-3, 1e-3, 1e-6))
    assert capsys.readouterr().out == first


def test_a_row_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="a row must be"):
        check(("slope", 1.0, 1.0))
    for tolerance in (-0.1, float("nan"), "0.1"):
        with pytest.raises(ValueError, match="the tolerance of 'slope' must be a finite number"):
            check(("slope", 1.0, 1.0, tolerance))
