"""The lab's network in a real browser: it does what the library does, in both kernels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from li2_core.groups import cyclic, irrep_shares, named_group
from li2_core.show.lab import reproduce, tables
from li2_core.show.lab.page import engine
from li2_core.training import train

KERNELS = pytest.mark.parametrize("kernel", ["Li2Lab.kernelBytes()", "null"])
NAMES = ("trainLoss", "train_loss"), ("testLoss", "test_loss")


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(content=engine())
    yield page
    context.close()


def run(page: Any, state: str, body: str, kernel: str = "Li2Lab.kernelBytes()") -> Any:
    """What `body`, lines of JavaScript with a new network `net`, returns; arrays as lists."""
    begin = f"const kernel = await Li2Lab.loadKernel({kernel});"
    begin += f"const net = new Li2Lab.Network(kernel, Li2Lab.parseState('{state}'));"
    lists = "(name, value) => ArrayBuffer.isView(value) ? [...value] : value"
    text = page.evaluate(
        f"async () => {{ const result = await (async () => {{ {begin} {body} }})();"
        f"return JSON.stringify(result, {lists}); }}"
    )
    return json.loads(text)


WATCH = (
    "const found = []; for (let i = 0; i <= 100; i++, net.advance(1)) found.push(net.measure());"
)


@KERNELS
@pytest.mark.parametrize("decay", ["0", "0.001"])
@pytest.mark.parametrize("s", ["x2", "relu"])
@pytest.mark.parametrize("group", ["Z_23", "Z_31", "S_3+x+Z_5"])
def test_a_hundred_losses_are_the_librarys(
    page: Any, group: str, s: str, decay: str, kernel: str
) -> None:
    # At larger rates two roundings of one step drift apart: the library's own two precisions too.
    state = f"#group={group}&K=61&s={s}&decay={decay}&lr=0.002"
    found = run(page, state, f"{WATCH} return found;", kernel)
    expected = reproduce(state, steps=100, every=1)
    for ours, theirs in NAMES:
        losses = np.array([moment[ours] for moment in found])
        assert np.abs(losses / expected[theirs][0] - 1).max() < 1e-4
    for ours, theirs in (("trainAccuracy", "train_accuracy"), ("testAccuracy", "test_accuracy")):
        known = np.array([moment[ours] for moment in found])
        # A pair whose two best answers are all but tied may be counted otherwise.
        assert np.abs(known - expected[theirs][0]).max() < 0.01


def test_the_kernel_is_the_one_that_was_asked_for(page: Any) -> None:
    for kernel, name in (("Li2Lab.kernelBytes()", "wasm"), ("null", "plain")):
        assert run(page, "", "return kernel.name;", kernel) == name
    unknown = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 99])"  # as a browser without SIMD sees
    assert run(page, "", "return kernel.name;", unknown) == "plain"


@pytest.mark.parametrize("state", ["#M=31&K=50&p=0.5&seed=4294967295", "#group=Q_8&K=3&p=0.35"])
def test_pairs_and_first_weights_are_the_same_bits(page: Any, state: str) -> None:
    found = run(page, state, "return [net.shown, net.weights(), net.numTrain];")
    task, net = reproduce(state)
    assert np.flatnonzero(found[0]).tolist() == task.train_index[0].tolist()
    assert found[2] == task.num_train
    for name, weights in net.parameters.items():
        assert found[1][name] == weights.flatten().tolist()


def test_knobs_turn_while_it_trains(page: Any) -> None:
    state = "#M=11&K=16&p=0.5&lr=0.002&decay=0"
    task, net = reproduce(state)
    half = train(task, net, lr=0.002, steps=30, every=30, device="cpu")
    turned = "net.change({ decay: 0.5, lr: 0.004 }); net.advance(20); return net.measure();"
    found = run(page, state, f"net.advance(30); {turned}")
    same = run(page, state, "net.advance(50); return net.measure();")
    assert found["trainLoss"] != same["trainLoss"]
    # The library goes on from the same weights and memory with the other knobs.
    half.config |= {"lr": 0.004, "weight_decay": 0.5}
    whole = train(
        task, net, lr=0.004, weight_decay=0.5, steps=50, every=30, resume=half, device="cpu"
    )
    assert found["trainLoss"] == pytest.approx(whole["train_loss"][0, -1], rel=1e-4)


def test_pairs_are_taken_away_and_the_scale_changes(page: Any) -> None:
    state = "#M=11&K=16&p=0.8&lr=0.002"
    body = "const before = net.shown; net.change({ p: 0.3, scale: 2 });"
    before, after, measured = run(page, state, f"{body} return [before, net.shown, net.measure()];")
    assert sum(after) == measured["numTrain"] == 36 and all(np.array(before) >= after)
    _, fewer = reproduce("#M=11&K=16&p=0.3&scale=2")
    task, _ = reproduce("#M=11&K=16&p=0.3")
    fresh = train(task, fewer, steps=1, every=1, device="cpu")
    assert measured["testLoss"] == pytest.approx(fresh["test_loss"][0, 0], rel=1e-5)


@pytest.mark.parametrize("group", ["Z_12", "S_3+x+Z_5", "Q_8"])
def test_shares_are_the_librarys(page: Any, group: str) -> None:
    state = f"#group={group}&K=13"
    shares, parts, node = run(page, state, "return [net.shares(), net.parts, net.node(5)];")
    task, net = reproduce(state)
    irreps = task.group.irreps()[1:]
    assert [(p["name"], p["dimension"]) for p in parts] == [(i.name, i.D) for i in irreps]
    nodes = net.hidden[0].T.double()
    squares = irrep_shares(nodes, task.group) * nodes.square().sum(1, keepdim=True)
    assert np.allclose(np.reshape(shares, (13, -1)), squares[:, 1:], atol=1e-5)
    assert node == net.hidden[0, :, 5].tolist()


def test_all_clocks_and_groups_have_the_librarys_parts(page: Any) -> None:
    page_groups = page.evaluate(
        "(names) => names.map((name) => { const group = Li2Lab.groupTable(name);"
        "const { parts, rows } = Li2Lab.partBases(group);"
        "return [[...group.table], parts, rows.length]; })",
        names := [*(f"Z_{M}" for M in (2, 3, 4, 12, 97)), *tables.NAMES],
    )
    for name, (table, parts, rank) in zip(names, page_groups, strict=True):
        group = named_group(name)
        assert table == group.table.flatten().tolist() and rank == group.order - 1
        assert [part["name"] for part in parts] == [irrep.name for irrep in group.irreps()[1:]]
    assert cyclic(97).order == tables.LARGEST_CLOCK


@pytest.mark.parametrize("s", ["x2", "relu"])
def test_a_removed_node_stays_dead(page: Any, s: str) -> None:
    body = "net.advance(20); net.removeNode(3); const lost = net.measure(); net.advance(20);"
    lost, node, other = run(
        page, f"#M=7&K=9&s={s}", f"{body} return [lost, net.node(3), net.node(4)];"
    )
    kept = run(page, f"#M=7&K=9&s={s}", "net.advance(20); return net.measure();")
    assert lost["trainLoss"] != kept["trainLoss"]
    assert not any(node) and any(other)


def test_a_removed_part_is_gone_from_all_nodes_and_grows_back(page: Any) -> None:
    look = "[net.shares(), net.measure().testLoss]"
    body = f"net.advance(300); const before = {look}; net.removePart(1); const cut = {look};"
    moments = run(page, "#M=23", f"{body} net.advance(300); return [before, cut, {look}];")
    before, cut, after = (np.reshape(shares, (128, 11)) for shares, _ in moments)
    assert cut[:, 1].max() < 1e-9
    assert np.allclose(np.delete(before, 1, 1), np.delete(cut, 1, 1), atol=1e-4)
    assert after[:, 1].sum() > before[:, 1].sum() / 2
    losses = [loss for _, loss in moments]
    assert losses[1] > 2 * losses[0] and losses[2] < losses[1] / 2


def test_memory_does_not_grow_over_twenty_networks(page: Any) -> None:
    body = "const sizes = []; for (let i = 0; i < 20; i++) {"
    body += "new Li2Lab.Network(kernel, Li2Lab.parseState('#M=59&K=256')).free();"
    body += "sizes.push(kernel.reserve(0).buffer.byteLength); }"
    sizes = run(page, "#M=5&K=4", f"{body} return sizes;")
    assert len(sizes) == 20 and len(set(sizes)) == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("#M=0", "group must be"),
        ("#K=1e9", "K must be"),
        ("#K=many", "K must be"),
        ("#p=0", "p must be"),
        ("#M=3&p=0.01", "leaves an empty training set"),
        ("#M=3&p=0.99", "leaves an empty test set"),
        ("#lr=x", "lr must be"),
        ("#s=tanh", "s must be x2 or relu"),
        ("#seed=-1", "seed must be"),
    ],
)
def test_a_bad_state_is_refused_in_the_same_words(page: Any, state: str, sentence: str) -> None:
    said = page.evaluate(
        "async (state) => { const kernel = await Li2Lab.loadKernel(null);"
        "try { new Li2Lab.Network(kernel, Li2Lab.parseState(state)); } "
        "catch (error) { return error.message; } }",
        state,
    )
    assert sentence in said
    with pytest.raises(ValueError, match=sentence):
        reproduce(state)


def test_only_knobs_change_in_mid_run(page: Any) -> None:
    body = "const said = []; for (const values of [{ K: 3 }, { lr: 0 }, { p: 1e-9 }])"
    body += "try { net.change(values); } catch (error) { said.push(error.message); } return said;"
    said = run(page, "#M=5&K=4", body)
    assert ["only lr" in said[0], "lr must be" in said[1], "training set" in said[2]] == [True] * 3
