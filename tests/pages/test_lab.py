"""The lab in a browser: it trains, every control tells, it breaks and it stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from visits import PHONE, Visit, serving

from li2_core.show.lab import page as lab_page

START = "#group=Z_23&K=128&p=0.6&s=x2&lr=0.01&decay=0.001&scale=1&seed=0"
NO_ICON = '<link rel="icon" href="data:,">'
BAD = ("M=0", "M=98", "K=1e9", "K=", "p=text", "p=1", "lr=-1", "group=banana", "scale=inf", "x=1")


def written(*elements: str) -> str:
    """A page of these elements, with what a lab needs."""
    head = f"<title>Labs</title>{NO_ICON}<style>h1 {{ color: #767676 }}{lab_page.styles()}</style>"
    body = "".join(elements) + f"<script>{lab_page.script()}</script>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head>'
        f"<body><main><h1>Labs</h1>{body}</main></body></html>"
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labs")
    other = "#group=S_3&K=64&p=0.7"
    large = "#group=Z_97&K=512&p=0.4"
    one = lab_page.element(START, {"pace": 100})
    pages = {
        "one": written(one),
        "slow": written(lab_page.element(START, {"pace": 5})),
        "two": written(one, lab_page.element(other, {"pace": 100})),
        "large": written(lab_page.element(large, {"pace": 1e9})),
        "far": written(one, '<p style="height: 9000px">far away</p>'),
        "coast": written(
            lab_page.element(START, {"pace": 1e9, "stop": 60, "coast": [[11, 0.57], [97, 0.14]]})
        ),
        "notebook": f"<title>Notebook</title>{NO_ICON}" + lab_page.frame(START, {"pace": 100}),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def labs(site: Path) -> Iterator[str]:
    with serving(site) as address:
        yield address


@pytest.fixture
def visit(browser: Any, labs: str) -> Iterator[Callable[..., Visit]]:
    """Opens a page of the site; at the end nothing may have gone wrong on any."""
    opened: list[Visit] = []

    def visit(name: str, **options: Any) -> Visit:
        opened.append(Visit(browser, labs, name, **options))
        if "notebook" not in name:
            wait(opened[-1].page.locator(".li2-lab").first, "Step")
        return opened[-1]

    yield visit
    for visited in opened:
        problems = visited.problems
        visited.__exit__()
        assert problems == []


def at(box: Any) -> int:
    found = re.match(r"Step (\d+):", box.locator(".li2-lab-now").inner_text())
    assert found
    return int(found[1])


def wait(box: Any, text: str, timeout: float = 10_000) -> None:
    box.locator(".li2-lab-now", has_text=re.compile(text)).wait_for(timeout=timeout)


def press(box: Any, name: str) -> None:
    box.get_by_role("button", name=name, exact=True).click()


def steps(box: Any, count: int) -> str:
    """So many single steps, and what the loss is then, in words."""
    for _ in range(count):
        before = at(box)
        press(box, "One step")
        wait(box, f"Step {before + 1}:")
    return box.locator(".li2-lab-loss canvas").get_attribute("aria-label")


def turn(box: Any, label: str, key: str) -> None:
    box.get_by_label(label, exact=False).first.focus()
    box.page.keyboard.press(key)


def test_it_groks_within_ten_seconds_of_pressing_start(visit: Callable[..., Visit]) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    assert at(box) == 0
    press(box, "Start")
    wait(box, "knows all shown pairs and all the others")
    assert box.get_by_role("button", name="Pause", exact=True).count() == 1
    press(box, "Pause")
    box.get_by_role("button", name="Start", exact=True).wait_for()
    box.page.wait_for_timeout(1000)  # for the steps that were on their way
    stopped = at(box)
    box.page.wait_for_timeout(300)
    assert at(box) == stopped


@pytest.mark.parametrize("label", ["share of the table", "decay", "learning rate", "output scale"])
def test_every_knob_changes_the_run_on_its_way(visit: Callable[..., Visit], label: str) -> None:
    losses = []
    for turned in (False, True):
        box = visit("one.html").page.locator(".li2-lab")
        steps(box, 3)
        if turned:
            turn(box, label, "End")
            assert "from step 3 on" in box.locator(".li2-lab-event").inner_text()
            assert "You changed this run" in box.locator("code").inner_text()
        losses.append(steps(box, 3))
    assert losses[0] != losses[1]


@pytest.mark.parametrize(
    ("label", "value"), [("group", "S_3 x Z_5"), ("nodes K", "64"), ("seed", "7")]
)
def test_every_setting_starts_a_network_of_its_own(
    visit: Callable[..., Visit], label: str, value: str
) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    usual = steps(box, 2)
    box.get_by_label(label, exact=True).fill(value)
    box.get_by_label(label, exact=True).press("Tab")
    wait(box, "Step 0:")
    assert steps(box, 2) != usual
    assert value.replace(" ", "+") in box.locator("code").inner_text()


def test_the_activation_starts_a_network_of_its_own(visit: Callable[..., Visit]) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    usual = steps(box, 2)
    box.get_by_label("activation").select_option("relu")
    wait(box, "Step 0:")
    assert steps(box, 2) != usual


def test_the_pace_is_kept(visit: Callable[..., Visit]) -> None:
    box = visit("slow.html").page.locator(".li2-lab")
    press(box, "Start")
    box.page.wait_for_timeout(2000)
    assert 3 <= at(box) <= 15
    box.get_by_label("pace").select_option(label="as fast as it can")
    wait(box, r"Step [1-9]\d\d+:")


def test_taking_the_decay_away_on_the_way_shows(visit: Callable[..., Visit]) -> None:
    """Of a wide network on half of the table: with decay it understands, without it does not."""
    seen = []
    for key in ("", "Home"):
        start = "#group=Z_23&K=512&p=0.5&lr=0.005"
        box = visit(f"one.html{start}").page.locator(".li2-lab")
        box.get_by_label("pace").select_option(label="as fast as it can")
        steps(box, 1)
        if key:
            turn(box, "decay", key)
        press(box, "Start")
        wait(box, r"Step \d{3,}", 20_000)
        box.page.wait_for_function(
            "Number(document.querySelector('.li2-lab-now').textContent.match(/\\d+/)[0]) > 400",
            timeout=30_000,
        )
        seen.append(box.locator(".li2-lab-now").inner_text())
    assert "all the others" in seen[0] and "all the others" not in seen[1]


def test_a_copied_link_restores_the_state(browser: Any, labs: str) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with Visit(browser, labs, "two.html", permissions=permissions) as visit:
        for number in (0, 1):
            box = visit.page.locator(".li2-lab").nth(number)
            wait(box, "Step 0")
            turn(box, "decay", "ArrowLeft")
            box.get_by_label("nodes K").fill("40")
            box.get_by_label("nodes K").press("Tab")
            press(box, "Copy a link to this set-up")
            wait(box, "Step 0")
            call = box.locator("code").inner_text()
            link = visit.page.evaluate("navigator.clipboard.readText()")
            assert "K=40" in link and "decay=0.001" not in link
            with Visit(browser, labs, link.removeprefix(labs + "/")) as again:
                same = again.page.locator(".li2-lab").nth(number)
                wait(same, "Step 0")
                assert same.locator("code").inner_text() == call
                assert same.get_by_label("nodes K").input_value() == "40"
        assert visit.problems == []


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_link_gives_a_sentence_and_a_lab_that_works(
    visit: Callable[..., Visit], bad: str
) -> None:
    box = visit(f"one.html#{bad}").page.locator(".li2-lab")
    assert " must be " in box.locator(".li2-lab-event").inner_text()
    assert "#group=Z_23&K=128" in box.locator("code").inner_text()
    steps(box, 1)


def test_bad_text_in_a_setting_gives_a_sentence(visit: Callable[..., Visit]) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    steps(box, 1)
    box.get_by_label("group").fill("banana")
    box.get_by_label("group").press("Tab")
    assert "got banana" in box.locator(".li2-lab-event").inner_text()
    assert box.get_by_label("group").get_attribute("aria-invalid") == "true"
    assert at(box) == 1


def losses(box: Any) -> float:
    label = box.locator(".li2-lab-loss canvas").get_attribute("aria-label")
    return float(re.search(r"([\d.]+) on the others", label)[1])


def test_a_part_that_is_removed_is_missed_and_comes_back(visit: Callable[..., Visit]) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    press(box, "Start")
    wait(box, "Step 2..: knows all shown pairs and all the others")
    press(box, "Pause")
    box.get_by_role("button", name="Start", exact=True).wait_for()
    whole = losses(box)
    box.locator("[data-do=part]").select_option("2")
    press(box, "Remove this part from all nodes")
    box.locator(".li2-lab-event", has_text="frequency 3 is gone").wait_for()
    broken = losses(box)
    assert broken > whole + 0.05
    press(box, "Start")
    wait(box, "Step [4-9]..:")
    press(box, "Pause")
    assert losses(box) < whole + (broken - whole) / 2


def test_a_click_chooses_a_node_and_the_keyboard_removes_it(visit: Callable[..., Visit]) -> None:
    box = visit("one.html").page.locator(".li2-lab")
    caption = box.locator(".li2-lab-wave figcaption")
    box.locator(".li2-lab-nodes canvas").click(position={"x": 100, "y": 20})
    chosen = box.get_by_label("node", exact=True)
    box.page.wait_for_timeout(200)
    by_mouse = caption.inner_text()
    chosen.focus()
    box.page.keyboard.press("ArrowRight")
    box.page.wait_for_function(
        "(was) => document.querySelector('.li2-lab-wave figcaption').innerText !== was",
        arg=by_mouse,
    )
    box.page.keyboard.press("Tab")
    box.page.keyboard.press("Enter")
    box.locator(".li2-lab-event", has_text="is gone").wait_for()
    caption.filter(has_text="dead").wait_for()


def test_all_of_it_goes_by_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit("one.html").page
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    box = page.locator(".li2-lab")
    wait(box, r"Step [1-9]")
    reached = []
    for _ in range(20):
        reached.append(page.evaluate("document.activeElement.tagName"))
        page.keyboard.press("Tab")
    assert reached.count("BUTTON") == 7 and reached.count("INPUT") == 8
    assert reached.count("SELECT") == 3


def test_two_labs_do_not_disturb_each_other(visit: Callable[..., Visit]) -> None:
    page = visit("two.html").page
    first, second = page.locator(".li2-lab").all()
    wait(first, "Step 0")
    # The second is out of sight, and has no Worker yet.
    assert len(page.workers) == 1
    second.scroll_into_view_if_needed()
    wait(second, "Step 0")
    untouched = steps(second, 3)
    press(first, "Start")
    first.get_by_label("nodes K").fill("32")
    first.get_by_label("nodes K").press("Tab")
    press(first, "Start")
    wait(first, r"Step \d\d")
    assert at(second) == 3
    assert second.locator(".li2-lab-loss canvas").get_attribute("aria-label") == untouched
    assert "K=32" in first.locator("code").inner_text()
    assert "K=64" in second.locator("code").inner_text()


def test_out_of_sight_nothing_runs(visit: Callable[..., Visit]) -> None:
    page = visit("far.html").page
    box = page.locator(".li2-lab")
    press(box, "Start")
    wait(box, r"Step [1-9]")
    page.evaluate("scrollTo(0, 8500)")
    page.wait_for_timeout(300)
    stopped = at(box)
    page.wait_for_timeout(400)
    assert at(box) == stopped
    page.evaluate("scrollTo(0, 0)")
    wait(box, f"Step (?!{stopped}:)")


def test_leaving_the_page_stops_the_worker(visit: Callable[..., Visit]) -> None:
    page = visit("one.html").page
    press(page.locator(".li2-lab"), "Start")
    wait(page.locator(".li2-lab"), r"Step [1-9]")
    assert len(page.workers) == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.wait_for_timeout(200)
    assert page.workers == []
    # Back from the browser's cache it begins anew.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    wait(page.locator(".li2-lab"), "Step 0")
    assert len(page.workers) == 1


def test_memory_does_not_grow_over_twenty_resets(browser: Any, visit: Callable[..., Visit]) -> None:
    page = visit("large.html").page
    box = page.locator(".li2-lab")
    system = browser.new_browser_cdp_session()
    collector = page.context.new_cdp_session(page)

    def megabytes() -> float:
        collector.send("HeapProfiler.collectGarbage")
        processes = system.send("SystemInfo.getProcessInfo")["processInfo"]
        renderers = [p["id"] for p in processes if p["type"] == "renderer"]
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in renderers]
        return sum(int(re.search(r"VmRSS:\s+(\d+)", s)[1]) for s in statuses) / 1024

    def resets(count: int) -> float:
        for _ in range(count):
            press(box, "Start")
            wait(box, r"Step [1-9]")
            press(box, "Start anew")
            wait(box, "Step 0")
        return megabytes()

    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc to read a process's memory from")
    before = resets(5)
    # One network of this size holds 12 MB.
    assert resets(20) - before < 40
    assert len(page.workers) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_axe_finds_nothing(visit: Callable[..., Visit], scheme: str, viewport: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit("coast.html", viewport=viewport, color_scheme=scheme).page
    box = page.locator(".li2-lab")
    press(box, "Start")
    wait(box, "Step 60")
    turn(box, "decay", "Home")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_nothing_moves_while_it_trains(visit: Callable[..., Visit], viewport: Any) -> None:
    page = visit("one.html", viewport=viewport).page
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach("
        "(entry) => { moved += entry.value; })).observe({ type: 'layout-shift', buffered: true }) }"
    )
    press(page.locator(".li2-lab"), "Start")
    wait(page.locator(".li2-lab"), "all the others")
    assert page.evaluate("moved") < 0.001


def test_the_live_region_is_not_flooded(visit: Callable[..., Visit]) -> None:
    page = visit("one.html").page
    page.evaluate(
        "() => { window.said = []; const region = document.querySelector('[role=status]');"
        "new MutationObserver(() => said.push(region.textContent))"
        ".observe(region, { childList: true }) }"
    )
    press(page.locator(".li2-lab"), "Start")
    wait(page.locator(".li2-lab"), "all the others")
    page.wait_for_timeout(1000)
    said = page.evaluate("said")
    assert 2 <= len(said) <= 5
    assert re.match(r"Step \d+: knows \S+ shown pairs|Step \d+: knows 99% of the shown", said[0])


def test_who_asks_for_less_motion_gets_fewer_pictures(visit: Callable[..., Visit]) -> None:
    counts = []
    for motion in ("no-preference", "reduce"):
        page = visit("one.html", reduced_motion=motion).page
        page.evaluate(
            "() => { window.changes = 0; new MutationObserver(() => { changes += 1; })"
            ".observe(document.querySelector('.li2-lab-now'), { childList: true }) }"
        )
        press(page.locator(".li2-lab"), "Start")
        page.wait_for_timeout(2000)
        counts.append(page.evaluate("changes"))
    assert counts[0] > 20 and counts[1] <= 6


def test_a_run_that_ends_puts_a_dot_on_the_coast(visit: Callable[..., Visit]) -> None:
    page = visit("coast.html").page
    box = page.locator(".li2-lab")
    picture = "document.querySelector('.li2-lab-coast canvas').toDataURL()"
    before = page.evaluate(picture)
    press(box, "Start")
    wait(box, "Step 60:")
    box.get_by_role("button", name="Start", exact=True).wait_for()
    page.wait_for_timeout(200)
    assert page.evaluate(picture) != before


def test_it_works_from_a_file(browser: Any, site: Path) -> None:
    with Visit(browser, site.as_uri(), "one.html") as visited:
        box = visited.page.locator(".li2-lab")
        press(box, "Start")
        wait(box, "all the others")
        assert visited.problems == []


def test_it_works_in_the_output_of_a_notebook(visit: Callable[..., Visit]) -> None:
    page = visit("notebook.html").page
    box = page.frame_locator("iframe").locator(".li2-lab")
    wait(box, "Step 0")
    press(box, "Start")
    wait(box, "all the others")
    assert not box.get_by_role("button", name="Copy a link to this set-up").is_visible()


def test_without_script_it_is_a_sentence_and_a_call(browser: Any, labs: str) -> None:
    with Visit(browser, labs, "one.html", java_script_enabled=False) as visited:
        assert "reproduce(" in visited.page.locator(".li2-lab").inner_text()


def test_the_chapter_has_it_and_no_other_page_loads_it(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/lab.html") as visited:
        box = visited.page.locator(".li2-lab")
        box.scroll_into_view_if_needed()
        wait(box, "Step 0")
        press(box, "Start")
        wait(box, "all the others")
        assert visited.problems == []
    with Visit(browser, origin, "book/claims.html") as visited:
        assert visited.page.locator("script[src*='lab.js']").count() == 0
