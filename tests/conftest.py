"""What all tests share: one thread, property tests that repeat exactly, a dense network."""

import signal

import pytest
import shapes
import sweep_work
import torch
from hypothesis import settings

torch.set_num_threads(1)
# A shell starts its background jobs with interrupts ignored, and so would be all that we start.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("li2", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("li2")
shapes.install()


@pytest.fixture
def trace(monkeypatch, tmp_path):
    """Where the units of `sweep_work` leave a line each; without progress bars."""
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setenv(sweep_work.TRACE, str(tmp_path / "trace"))
