"""Notebook tests: what the notebooks' kernels inherit."""

import os

os.environ["TQDM_DISABLE"] = "1"
if "PYTEST_XDIST_WORKER" in os.environ:
    # Kernels side by side: more threads than cores slow all of them down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
