# Set-up, the same in every chapter.
# In Colab it fetches the book. DATA is where the book's tables lie.
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = ""
colab = find_spec("google") and find_spec("google.colab")
if colab and not find_spec("li2_core"):
    url = os.environ.get("LI2_REPOSITORY", REPOSITORY)
    assert url, "Set LI2_REPOSITORY to the address of the book first."
    if not os.path.isdir("li2_book"):
        clone = ["git", "clone", "--depth", "1", url, "li2_book"]
        subprocess.run(clone, check=True)
    sys.path.insert(0, os.path.abspath("li2_book"))
DATA = Path("li2_book/book/data" if colab else "data").resolve()
from li2_core.show import style

style.use_style()
