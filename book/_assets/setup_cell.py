# Set-up, the same in every chapter. In Colab it fetches the book's code; elsewhere it only imports.
import os
import subprocess
import sys
from importlib.util import find_spec

REPOSITORY = ""
if find_spec("google") and find_spec("google.colab") and not find_spec("li2_core"):
    address = os.environ.get("LI2_REPOSITORY", REPOSITORY)
    assert address, "Set the environment variable LI2_REPOSITORY to the address of the book."
    if not os.path.isdir("li2_book"):
        subprocess.run(["git", "clone", "--depth", "1", address, "li2_book"], check=True)
    sys.path.insert(0, os.path.abspath("li2_book"))
from li2_core import plots

plots.use_style()
