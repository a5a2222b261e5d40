"""`explore`: what it refuses, its live face with both ipywidgets, its face in a built page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from li2_core.show import explore
from li2_core.show.explorer import MAX_FRAMES, LivePanel

ROOT = Path(__file__).resolve().parents[2]


def wave(k: float, p: float) -> Figure:
    figure, ax = plt.subplots(figsize=(2, 1))
    ax.plot([0, k, p])
    return figure


def test_bad_calls_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="at least one keyword"):
        explore(wave, alt="A line.")
    for values in ([], 3, "12"):
        with pytest.raises(ValueError, match="k must be a sequence of at least one value, got"):
            explore(wave, alt="A line.", k=values, p=[1])
    for alt in (" ", None):
        with pytest.raises(ValueError, match="alt must say"):
            explore(wave, alt=alt, k=[1], p=[1])
    with pytest.raises(ValueError, match="draw must be a function that returns a figure, got 3"):
        explore(3, alt="A line.", k=[1], p=[1])
    with pytest.raises(ValueError, match="play='q' is none of the keywords k, p"):
        explore(wave, alt="A line.", play="q", k=[1], p=[1])
    for wrong in ({"q": 1}, {"k": 2}):
        for what in ("start", "still"):
            with pytest.raises(ValueError, match=f"{what}: .* is none of the declared values"):
                explore(wave, alt="A line.", **{what: wrong}, k=[1], p=[1])
    with pytest.raises(ValueError, match=f"{MAX_FRAMES + 1} frames"):
        explore(wave, alt="A line.", k=range(MAX_FRAMES + 1), p=[1])


def test_sliders_take_any_value_between_evenly_spaced_ones_and_only_these_otherwise() -> None:
    panel = LivePanel(explore(wave, alt="A line.", k=[1, 2, 5], p=[0.1, 0.2, 0.3]))
    panel.sliders["p"].value = 0.25
    assert panel.call.value == "wave(k=1, p=0.25)"
    panel.sliders["k"].value = 5
    assert panel.call.value == "wave(k=5, p=0.25)"
    with pytest.raises(Exception, match="Invalid selection"):
        panel.sliders["k"].value = 3


def test_an_array_s_values_are_numbers_like_others() -> None:
    panel = LivePanel(explore(wave, alt="A line.", k=np.arange(3), p=np.array([0.5, 0.7])))
    assert panel.call.value == "wave(k=0, p=0.5)"
    panel.sliders["p"].value = 0.6
    assert panel.call.value == "wave(k=0, p=0.6)"


def test_an_error_of_a_later_drawing_is_shown_and_of_the_first_is_raised() -> None:
    def fussy(k: int) -> Figure:
        if k > 1:
            raise ValueError(f"no figure for {k}")
        return wave(k, 0)

    panel = LivePanel(explore(fussy, alt="A line.", k=[1, 2, 3]))
    panel.sliders["k"].value = 2
    assert panel.call.value == "ValueError: no figure for 2"
    with pytest.raises(ValueError, match="no figure for 5"):
        LivePanel(explore(fussy, alt="A line.", k=[5, 6]))


LIVE = """
import os
import ipywidgets
import matplotlib
matplotlib.use("Agg")
from test_explorer import wave
from li2_core.show.explorer import LivePanel, explore
print(ipywidgets.__version__)
explorer = explore(wave, alt="A line.", play="k", k=[1, 2, 5], p=[0.1, 0.2])
panel = LivePanel(explorer)
before = panel.image.value
panel.sliders["k"].value = 5
assert before[:4] == b"\\x89PNG" and panel.image.value != before
assert len(panel.box.children) == 4
assert "application/vnd.jupyter.widget-view+json" in explorer._repr_mimebundle_()
"""


@pytest.mark.parametrize("major", ["7", "8"])
def test_the_live_face_works_with_ipywidgets(major: str) -> None:
    old = Path(sys.executable).parents[1] / "ipywidgets7"
    assert old.is_dir(), "`make set-up` puts Colab's ipywidgets 7.7.1 there"
    paths = [str(ROOT / "tests"), *([str(old)] if major == "7" else [])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*paths, str(ROOT / "tests" / "show")]),
    }
    command = [sys.executable, "-c", LIVE]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(major + ".")


def test_the_page_holds_every_frame_and_shows_the_first_without_script(tmp_path: Path) -> None:
    explorer = explore(wave, alt='A "line".', play="k", k=[1, 2, 3], p=[0.1, 0.2])
    page = explorer.page(tmp_path)
    data = json.loads(re.search(r"<script[^>]*>(.*)</script>", page).group(1))
    assert len(data["frames"]) == 6 == len(set(data["frames"]))
    for name in data["frames"]:
        with Image.open(tmp_path / name) as picture:
            assert picture.format == "WEBP" and picture.size == (200, 100)
    assert f'src="../_static/frames/{data["frames"][0]}"' in page
    assert 'alt="A &quot;line&quot;. Shown: k 1, p 0.1."' in page
    assert page.count('type="range"') == 2 and page.count("li2-play") == 1
    # Frames vary fastest in the last keyword, as the script expects.
    assert [data["values"][0][0], data["values"][1][1]] == ["1", "0.2"]
    assert data["frames"][1] == explorer._frame(tmp_path, (1, 0.2))[0]


def test_its_text_is_fixed() -> None:
    text = "explore(wave, k=[1, 2], p=[0.5])"
    explorer = explore(wave, alt="A line.", k=[1, 2], p=[0.5])
    assert repr(explorer) == text == explorer._repr_mimebundle_()["text/plain"]


def test_it_starts_where_it_is_told(tmp_path: Path) -> None:
    explorer = explore(wave, alt="A line.", start={"k": 2}, k=[1, 2, 3], p=[0.1, 0.2])
    page = explorer.page(tmp_path)
    frames = json.loads(re.search(r"<script[^>]*>(.*)</script>", page).group(1))["frames"]
    assert f'src="../_static/frames/{frames[2]}"' in page
    assert 'max="2" value="1"' in page and "Shown: k 2, p 0.1." in page
    assert LivePanel(explorer).call.value == "wave(k=2, p=0.1)"


def test_where_nothing_moves_it_is_the_still(tmp_path: Path) -> None:
    explorer = explore(wave, alt="A line.", still={"k": 3}, k=[1, 2, 3], p=[0.1, 0.2])
    page = explorer.page(tmp_path)
    frames = json.loads(re.search(r"<script[^>]*>(.*)</script>", page).group(1))["frames"]
    first, second = re.findall(r"<img[^>]*>", page)
    assert frames[0] in first and "Shown: k 1, p 0.1." in first and "class" not in first
    assert frames[4] in second and "Shown: k 3, p 0.1." in second and "li2-still" in second
    plain = explore(wave, alt="A line.", start={"k": 3}, k=[1, 2, 3], p=[0.1, 0.2])
    picture = explorer._repr_mimebundle_()["image/png"]
    assert picture == plain._repr_mimebundle_()["image/png"]
    assert LivePanel(explorer).call.value == "wave(k=1, p=0.1)"
    assert plain.page(tmp_path).count("<img") == 1


def test_where_nothing_moves_a_film_is_over(tmp_path: Path) -> None:
    grid = {"k": [1, 2, 3], "p": [0.1, 0.2]}
    film = explore(wave, alt="A line.", play="k", start={"p": 0.2}, **grid)
    assert film.start == {"k": 1, "p": 0.2} and film.still == {"k": 3, "p": 0.2}
    stopped = explore(wave, alt="A line.", play="k", still={"k": 2}, **grid)
    assert stopped.still == {"k": 2, "p": 0.1}
