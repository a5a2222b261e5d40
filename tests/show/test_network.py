"""The recurring picture: each stage lights what learns in it, and the stored map is current."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.artist import Artist
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.text import Text

from li2_core.show import two_layers, use_style
from li2_core.show.stages import three_stages, write_svg
from li2_core.show.style import STAGE_COLORS

STORED = Path(__file__).parents[2] / "book" / "_assets" / "three_stages.svg"
NODES, INPUTS, OUTPUTS = 4, 8, 4


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    with mpl.rc_context():
        yield
    plt.close("all")


def parts(figure: Figure, start: str) -> list[Artist]:
    return figure.findobj(lambda artist: (artist.get_gid() or "").startswith(start))


def color(artist: Artist) -> str:
    if isinstance(artist, FancyArrowPatch):
        return to_hex(artist.get_edgecolor())
    assert isinstance(artist, Line2D)
    return to_hex(artist.get_color())


def colors(figure: Figure, start: str) -> set[str]:
    return {color(artist) for artist in parts(figure, start)}


def course(arrow: Artist) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow starts, and the tip of its head, in inches."""
    assert isinstance(arrow, FancyArrowPatch)
    path = arrow.get_path()
    corners = path.vertices[path.codes != path.CLOSEPOLY]
    return tuple(corners[0]), tuple(corners[-2])  # the head is drawn last: side, tip, side


def is_grey(code: str) -> bool:
    return len(set(to_rgb(code))) == 1


def is_shade_of(code: str, base: str) -> bool:
    hue, other = rgb_to_hsv(to_rgb(code))[0], rgb_to_hsv(to_rgb(base))[0]
    return not is_grey(code) and abs(hue - other) < 0.02


def test_a_bad_stage_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(
        ValueError, match="unknown stage 'rich', allowed: independent, interactive, lazy"
    ):
        two_layers("rich")


@pytest.mark.parametrize("stage", [None, *STAGE_COLORS])
def test_every_weight_and_the_gradient_are_drawn(stage: str | None) -> None:
    figure, name = two_layers(stage), stage or "plain"
    assert len(parts(figure, f"{name}-W-")) == NODES * INPUTS
    assert len(parts(figure, f"{name}-V-")) == NODES * OUTPUTS
    (gradient,) = [a for a in parts(figure, f"{name}-G_F") if isinstance(a, FancyArrowPatch)]
    start, tip = course(gradient)
    assert start[0] > tip[0] + 1, "G_F goes backward"
    for letter in "WV":
        (forward,) = parts(figure, f"{name}-forward-{letter}")
        start, tip = course(forward)
        assert tip[0] > start[0] + 1


def test_without_a_stage_nothing_is_lit() -> None:
    figure = two_layers()
    for part in ("W-", "V-", "forward"):
        assert all(map(is_grey, colors(figure, f"plain-{part}")))


def test_lazy_lights_the_readout_only() -> None:
    figure = two_layers("lazy")
    lit = STAGE_COLORS["lazy"].lower()
    assert colors(figure, "lazy-V-") == colors(figure, "lazy-forward-V") == {lit}
    assert all(map(is_grey, colors(figure, "lazy-W-") | colors(figure, "lazy-forward-W")))
    (gradient,) = [a for a in parts(figure, "lazy-G_F") if isinstance(a, FancyArrowPatch)]
    assert is_grey(color(gradient))


def test_independent_lights_the_gradient_and_each_node_in_its_own_shade() -> None:
    figure = two_layers("independent")
    base = STAGE_COLORS["independent"]
    shades = [colors(figure, f"independent-W-{node}-") for node in range(NODES)]
    assert all(len(shade) == 1 for shade in shades)
    assert len(set.union(*shades)) == NODES
    assert all(is_shade_of(code, base) for code in set.union(*shades))
    assert all(map(is_grey, colors(figure, "independent-V-")))
    (gradient,) = [a for a in parts(figure, "independent-G_F") if isinstance(a, FancyArrowPatch)]
    assert color(gradient) == base.lower()


def test_interactive_lights_the_push_and_the_missing_node() -> None:
    figure = two_layers("interactive")
    lit = STAGE_COLORS["interactive"].lower()
    (push,) = parts(figure, "interactive-repulsion")
    assert color(push) == lit
    assert colors(figure, f"interactive-W-{NODES - 1}-") == {lit}
    for node in range(NODES - 1):
        assert all(map(is_grey, colors(figure, f"interactive-W-{node}-")))
    assert all(map(is_grey, colors(figure, "interactive-V-")))
    for stage in ("lazy", "independent"):
        assert not parts(two_layers(stage), f"{stage}-repulsion")


def test_interactive_turns_the_gradient_to_the_missing_node() -> None:
    figure = two_layers("interactive")
    (gradient,) = [a for a in parts(figure, "interactive-G_F") if isinstance(a, FancyArrowPatch)]
    (missing,) = parts(figure, f"interactive-node-{NODES - 1}")
    assert isinstance(missing, Circle)
    x, y = missing.get_center()
    assert course(gradient)[1] == pytest.approx((x, y - missing.radius), abs=0.06)


def test_the_map_shows_the_three_stages_and_their_bands() -> None:
    figure = three_stages()
    titles = {text.get_text() for text in figure.findobj(Text)}
    assert {"I  Lazy", "II  independent", "III  interactive"} <= titles
    assert any("not data" in title for title in titles)
    assert len(parts(figure, "band-")) == 3
    assert {artist.get_gid() for artist in parts(figure, "sketch-")} == {
        "sketch-train",
        "sketch-test",
    }


@pytest.mark.parametrize("draw", [two_layers, lambda: two_layers("interactive"), three_stages])
def test_type_is_large_enough_for_a_phone_and_nothing_leaves_the_card(
    draw: Callable[[], Figure],
) -> None:
    use_style()
    figure = draw()
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text():
            continue
        assert text.get_fontsize() >= 12
        box = text.get_window_extent(renderer)
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        boxes.append((text.get_text(), box))
    for number, (name, box) in enumerate(boxes):
        for other, place in boxes[:number]:
            assert not box.overlaps(place), f"{name!r} lies over {other!r}"


def pieces(svg: str) -> tuple[list[str], list[float]]:
    """The text of an SVG without its numbers and made-up ids, and the numbers."""
    svg = re.sub(r"\b[mp][0-9a-f]{10}\b", "id", svg)
    number = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
    return re.split(number, svg), [float(found) for found in re.findall(number, svg)]


def test_the_stored_map_is_what_the_code_draws(tmp_path: Path) -> None:
    """To a hundredth of a point: the last digits depend on the processor."""
    use_style()  # the map does not depend on what a notebook has switched on
    write_svg(tmp_path / "now.svg")
    now, stored = (path.read_text() for path in (tmp_path / "now.svg", STORED))
    assert STORED.stat().st_size < 200_000
    assert "<text" not in stored and "<dc:date>" not in stored
    words, numbers = pieces(now)
    stored_words, stored_numbers = pieces(stored)
    assert words == stored_words, (
        "run: python -m li2_core.show.stages book/_assets/three_stages.svg"
    )
    assert numbers == pytest.approx(stored_numbers, abs=0.01)


def test_the_command_writes_the_same_file_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "li2_core.show.stages"]
    for name in "ab":
        subprocess.run([*command, str(tmp_path / name)], check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode != 0 and "usage" in refused.stderr
