"""Notebook tests: kernels inherit an environment without progress bars."""

import os

os.environ["TQDM_DISABLE"] = "1"
