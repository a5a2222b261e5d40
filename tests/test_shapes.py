"""Shapes are stated in docstrings in one form, and one that is wrong is found out."""

import inspect

import pytest
import torch
from shapes import checked, parameters, results, section, theory, types_of

from li2_core import cyclic
from li2_core.energy import energy, maximizer
from li2_core.interaction import node_repulsion
from li2_core.lazy import readout_flow

FUNCTIONS = [inspect.unwrap(function) for function in theory()]


def holds_arrays(annotation: str) -> bool:
    return "Tensor" in annotation or "Array" in annotation


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_every_array_has_its_shape_stated(function):
    types = dict(function.__annotations__)
    returned = types.pop("return")
    arrays = {name for name, annotation in types.items() if holds_arrays(annotation)}
    stated = {name for name, text in parameters(function).items() if types_of(text)}
    assert arrays <= stated
    if holds_arrays(returned):
        assert any(types_of(text) for text in results(function).values())


def test_the_theory_is_looked_at():
    assert len(FUNCTIONS) > 60
    for function in (energy, maximizer, node_repulsion, readout_flow):
        assert function.__wrapped__ in FUNCTIONS


# --- Wrong docstrings


def halves(weights, group, bits=None):
    """The halves of nodes.

    Parameters
    ----------
    weights : Tensor, (N, 2M)
    group : FiniteGroup
    bits : Tensor, bool, (N,), optional

    Returns
    -------
    first : Tensor, float64, (N, M)
    second : Tensor, (N, M)
    """
    return weights[:, : group.order], weights[:, group.order :]


def planted(old: str = "", new: str = ""):
    """The function above with a docstring in which something is changed."""
    assert old in halves.__doc__

    def changed(*arguments):
        return halves(*arguments)

    changed.__doc__ = halves.__doc__.replace(old, new)
    changed.__signature__ = inspect.signature(halves)
    return checked(changed)


W = torch.ones(4, 6, dtype=torch.float64)


def test_a_true_docstring_changes_nothing():
    first, second = planted()(W, cyclic(3), torch.ones(4, dtype=torch.bool))
    assert torch.equal(torch.cat([first, second], 1), W)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weights : Tensor, (N, 2M)", "weights : Tensor, (N, M)", "weights should be"),
        ("weights : Tensor, (N, 2M)", "weights : Tensor, (..., N, K, 2M)", "weights should be"),
        ("float64, (N, M)", "float64, (N, 2M)", r"first should be Tensor, float64, \(N, 2M\), got"),
        ("float64, (N, M)", "complex128, (N, M)", "first should be Tensor, complex128"),
        ("second : Tensor, (N, M)", "second : Tensor, (M, N)", r"got torch.float64 \(4, 3\)"),
        ("bool, (N,)", "int64, (N,)", "bits should be"),
        ("bool, (N,)", "bool, (M,)", "bits should be"),
    ],
)
def test_a_wrong_docstring_fails_the_test_that_calls(old, new, message):
    with pytest.raises(AssertionError, match=message):
        planted(old, new)(W, cyclic(3), torch.ones(4, dtype=torch.bool))


def test_what_a_function_refuses_it_may_refuse_in_its_own_words():
    with pytest.raises(ValueError, match="must be"):
        energy(torch.ones(3, 5), cyclic(3))


def test_what_a_generator_gives_is_checked():
    def flow(features):
        yield features, features

    flow.__doc__ = readout_flow.__doc__
    with pytest.raises(AssertionError, match="readout should be"):
        next(checked(flow)(torch.ones(2, 3)))


def test_sections_are_read_line_by_line():
    found = section(inspect.getdoc(energy), "Parameters")
    assert list(found) == ["weights", "target", "activation", "labels"]
    assert section(inspect.getdoc(energy), "Returns") == {"": "Tensor, (...)"}
