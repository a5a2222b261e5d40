# @title Set-up: run this cell first { display-mode: "form" }
# Finds the library, and says where: installed, from PyPI, from the book's
# repository, or the copy that this notebook carries in its last cell.
# DATA is where the book's tables lie.
import base64
import glob
import hashlib
import importlib
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

ON_PYPI = False
VERSION = ""
REPOSITORY = ""
SHA256 = ""


def this_notebook():
    """Its cells: Colab hands them over, elsewhere the file lies here."""
    if find_spec("google") and find_spec("google.colab"):
        from google.colab import _message as colab

        answer = colab.blocking_request(
            "get_ipynb", request="", timeout_sec=60
        )
        yield answer["ipynb"]
    for path in [
        os.environ.get("JPY_SESSION_NAME", ""),
        *glob.glob("*.ipynb"),
    ]:
        if os.path.isfile(path):
            yield json.loads(Path(path).read_text(encoding="utf-8"))


def carried():
    """The folder with the library out of this notebook's last cell."""
    for notebook in this_notebook():
        for cell in notebook["cells"]:
            first, _, rest = "".join(cell["source"]).partition("\n")
            if first == f"li2-wheel {SHA256}":
                wheel = base64.b64decode(rest)
                found = hashlib.sha256(wheel).hexdigest()
                assert found == SHA256, "the carried copy is damaged"
                folder = Path("li2_carried", SHA256[:12])
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "carried.whl").write_bytes(wheel)
                zipfile.ZipFile(folder / "carried.whl").extractall(folder)
                return folder
    raise RuntimeError("The last cell is gone: download the notebook again.")


def fetched():
    """Make `li2_core` importable, and say how."""
    if find_spec("li2_core"):
        return "already installed"
    if ON_PYPI:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
        ]
        if subprocess.run([*pip, f"li2_core=={VERSION}"]).returncode == 0:
            return "from PyPI"
    url = os.environ.get("LI2_REPOSITORY", REPOSITORY)
    if url:
        clone = ["git", "clone", "--quiet", "--depth", "1", url, "li2_book"]
        there = os.path.isdir("li2_book")
        if there or subprocess.run(clone).returncode == 0:
            sys.path.insert(0, os.path.abspath("li2_book"))
            return f"from {url}"
    sys.path.insert(0, str(carried().resolve()))
    return "the copy that this notebook carries"


how = fetched()
importlib.invalidate_caches()
import li2_core
import torch
from li2_core.show import style

home = Path(li2_core.__file__).resolve().parent
places = home / "data", home.parent / "book" / "data"
DATA = next(folder for folder in places if folder.is_dir())
print(f"li2_core: {how}.")
if torch.cuda.is_available():
    print(
        f"Device: {torch.cuda.get_device_name()}. Make it larger: thousands"
    )
    print("of nodes and clocks of a hundred hours take seconds here.")
else:
    print("Device: CPU, enough for every cell. With a GPU there is room for")
    print("thousands of nodes and clocks of a hundred hours.")
style.use_style()
