"""What all tests share: one thread, property tests that repeat exactly, a dense network."""

import signal

import pytest
import sweep_work
import torch
from hypothesis import settings

torch.set_num_threads(1)
# A shell starts its background jobs with interrupts ignored, and so would be all that we start.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("li2", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("li2")

# The activations, written again from other functions than the library's.
MEANING = {
    "square": lambda h: h * h,
    "relu": lambda h: h.clamp_min(0),
    "silu": lambda h: h / (1 + torch.exp(-h)),
    "gelu": lambda h: h * (1 + torch.erf(h / 2**0.5)) / 2,
    "tanh": lambda h: 1 - 2 / (torch.exp(2 * h) + 1),
    "identity": lambda h: h * 1,
}


def dense_outputs(X, W, V, name="square", scale=1.0):
    """scale * s(X W) V less its row mean, with one-hot X: the network as the book writes it.

    Of complex weights, the real part.
    """
    outputs = scale * (MEANING[name](X @ W) @ V)
    outputs = outputs.real if outputs.is_complex() else outputs
    return outputs - outputs.mean(-1, keepdim=True)


def dense_loss(X, Y, W, V, name="square", scale=1.0, loss="mse"):
    """The mean over samples of the squared distance to the centred one-hot labels.

    Or minus the log of the probability of the right answer.
    """
    if loss == "cross_entropy":
        powers = torch.exp(dense_outputs(X, W, V, name, scale))
        return -torch.log((powers * Y).sum(-1) / powers.sum(-1)).mean()
    labels = Y - Y.mean(-1, keepdim=True)
    return (dense_outputs(X, W, V, name, scale) - labels).square().sum(-1).mean()


def largest_error(found, expected):
    """The largest difference of two tensors over the largest expected entry."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.fixture
def trace(monkeypatch, tmp_path):
    """Where the units of `sweep_work` leave a line each; without progress bars."""
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setenv(sweep_work.TRACE, str(tmp_path / "trace"))
