"""Run the chapters and store their outputs in one canonical form: `make notebooks`.

Stored outputs carry no times, widget states or paths, so that a second run changes
nothing that has not changed.
"""

from __future__ import annotations

import base64
import io
import math
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

SETUP_CELL = Path(__file__).resolve().parents[1] / "_assets" / "setup_cell.py"
RUN_TIME = re.compile(r"\d+ seconds to run")


def set_up(notebook: nbformat.NotebookNode) -> None:
    """Give a chapter the set-up cell that all chapters share."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = SETUP_CELL.read_text(encoding="utf-8").rstrip("\n")
    first.id = "set-up"
    first.metadata.tags = ["hide-input"]


def canonicalise(notebook: nbformat.NotebookNode) -> None:
    """Keep what a reader and a comparison need, drop the rest."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)
            if "image/png" in data:
                data["image/png"] = with_a_palette(data["image/png"])
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)


def with_a_palette(picture: str) -> str:
    """A drawing as base64 of a PNG with 256 colours, which is enough and half of the bytes."""
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.mode == "P":
        return picture
    packed = io.BytesIO()
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode("ascii")


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join printed text that came in pieces: where a kernel cuts it is chance."""
    whole: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and whole and whole[-1].get("name") == output.name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def run(path: Path) -> None:
    """Execute a chapter, store its outputs, and note in its header how long it took."""
    notebook = nbformat.read(path, as_version=4)
    set_up(notebook)
    started = time.monotonic()
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": path.parent}}).execute()
    seconds = 5 * math.ceil((time.monotonic() - started) / 5)
    header = next(cell for cell in notebook.cells if RUN_TIME.search(cell.source))
    header.source = RUN_TIME.sub(f"{seconds} seconds to run", header.source)
    canonicalise(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    print(f"{path}: {seconds} s")


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    for name in sys.argv[1:]:
        run(Path(name))
