"""The lab's kernel: each function against NumPy on odd sizes, and its source against its bytes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import li2_core.show.lab

wasmtime = pytest.importorskip("wasmtime")

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(li2_core.show.lab.__file__).parent / "sources" / "kernel.wasm"


class Kernel:
    """The compiled kernel, with tables that are copied in and read back."""

    def __init__(self) -> None:
        self.store = wasmtime.Store()
        module = wasmtime.Module.from_file(self.store.engine, str(BINARY))
        assert not module.imports
        exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.exports, self.memory = exports, exports["memory"]
        self.memory.grow(self.store, 40)
        self.top = exports["__heap_base"].value(self.store)

    def put(self, array: np.ndarray) -> int:
        """Copy an array in, not aligned to more than its numbers are, and say where it is."""
        raw = np.ascontiguousarray(array).tobytes()
        place, self.top = self.top + 4, self.top + 8 + -(-len(raw) // 4) * 4
        self.memory.write(self.store, raw, place)
        return place

    def get(self, place: int, like: np.ndarray) -> np.ndarray:
        raw = bytes(self.memory.read(self.store, place, place + like.nbytes))
        return np.frombuffer(raw, like.dtype).reshape(like.shape)

    def __call__(self, name: str, *arguments: Any) -> Any:
        return self.exports[name](self.store, *arguments)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def draw() -> Any:
    generator = np.random.default_rng(0)
    return lambda *shape: generator.normal(size=shape).astype(np.float32)


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    return np.allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


SIZES = [(1, 1, 1), (3, 5, 2), (4, 8, 256), (7, 13, 257), (23, 9, 530), (5, 24, 31)]


@pytest.mark.parametrize("add", [0, 1])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("m", "n", "k"), SIZES)
def test_product(kernel, draw, m, n, k, turned, add) -> None:
    # Rows longer than the tables are: what lies between must stay.
    C, A, B = draw(m, n + 3), draw(k, m + 2) if turned else draw(m, k + 2), draw(k, n + 1)
    factor = A[:, :m].T if turned else A[:, :k]
    expected = C.copy()
    expected[:, :n] = factor.astype(float) @ B[:, :n] + add * C[:, :n]
    c, a, b = map(kernel.put, (C, A, B))
    steps = (1, m + 2) if turned else (k + 2, 1)
    kernel("product", c, n + 3, a, *steps, b, n + 1, m, n, k, add)
    found = kernel.get(c, C)
    assert close(found, expected) and np.array_equal(found[:, n:], C[:, n:])


def pairs(n: int, order: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    first, second = generator.integers(order, size=(2, n)).astype(np.uint32)
    return first, second + np.uint32(order)


@pytest.mark.parametrize("relu", [0, 1])
@pytest.mark.parametrize(("n", "order", "K"), [(1, 1, 1), (11, 3, 5), (40, 7, 19)])
def test_features_and_scatter(kernel, draw, n, order, K, relu) -> None:
    W, D, G = draw(2 * order, K), draw(n, K), draw(2 * order, K)
    first, second = pairs(n, order)
    h = W[first] + W[second]
    value, slope = (np.maximum(h, 0), h > 0) if relu else (h * h, 2 * h)
    H, F, w, d, g = map(kernel.put, (np.zeros_like(h), np.zeros_like(h), W, D, G))
    places = kernel.put(first), kernel.put(second)
    kernel("features", H, F, w, *places, n, K, relu)
    assert np.array_equal(kernel.get(H, h), h) and close(kernel.get(F, h), value)
    kernel("scatter", g, d, H, *places, n, K, relu)
    expected = G.astype(float)
    for rows in (first, second):
        np.add.at(expected, rows, D * slope)
    assert close(kernel.get(g, G), expected)


@pytest.mark.parametrize(("M", "K"), [(1, 1), (3, 5), (23, 13)])
def test_centre(kernel, draw, M, K) -> None:
    V = draw(M, K)
    C, T = np.zeros_like(V), np.zeros((K, M + 3), np.float32)
    c, t, v = map(kernel.put, (C, T, V))
    kernel("centre", c, t, v, M, K, M + 3, 2.5)
    centred = V - V.mean(0)
    assert np.allclose(kernel.get(c, V), centred, atol=1e-6)
    assert np.allclose(kernel.get(t, T), 2.5 * np.pad(centred.T, ((0, 0), (0, 3))), atol=1e-6)


@pytest.mark.parametrize(("n", "M"), [(1, 2), (9, 5), (30, 23)])
def test_errors_and_judge(kernel, draw, n, M) -> None:
    outputs = draw(n, M + 2)
    answers = np.random.default_rng(2).integers(M, size=n).astype(np.uint32)
    answers[: n // 2] = outputs[: n // 2, :M].argmax(1)
    wrong = outputs[:, :M] - (np.eye(M)[answers] - 1 / M)
    right, o, y = kernel.put(np.zeros(n, np.uint8)), kernel.put(outputs), kernel.put(answers)
    loss = kernel("judge", right, o, y, n, M, M + 2)
    assert loss == pytest.approx((wrong**2).sum(), rel=1e-6)
    known = kernel.get(right, np.zeros(n, np.uint8))
    assert known.tolist() == (outputs[:, :M].argmax(1) == answers).tolist()
    kernel("errors", o, y, n, M, M + 2, 0.25)
    found = kernel.get(o, outputs)
    assert close(found[:, :M], 0.25 * wrong) and np.array_equal(found[:, M:], outputs[:, M:])


@pytest.mark.parametrize("n", [1, 6, 37])
def test_adam_is_torchs(kernel, draw, n) -> None:
    weights = torch.tensor(draw(n), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.02, weight_decay=0.3)
    start = weights.detach().numpy().copy()
    w, m, s = map(kernel.put, (start, np.zeros_like(start), np.zeros_like(start)))
    for step in range(1, 5):
        G = draw(n)
        weights.grad = torch.tensor(G)
        optimizer.step()
        rate, level = 0.02 / (1 - 0.9**step), 1 / np.sqrt(1 - 0.999**step)
        kernel("adam", w, kernel.put(G), m, s, n, rate, level, 0.3)
        assert close(kernel.get(w, start), weights.detach().numpy())


def test_the_binary_is_what_its_source_compiles_to(tmp_path, monkeypatch) -> None:
    spec = importlib.util.spec_from_file_location("make", ROOT / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    if not (make.ZIG / "ziglang").exists():
        pytest.skip("no compiler: make compiler")
    monkeypatch.setattr(make, "set_up", lambda: None)
    monkeypatch.setattr(make, "interpreter", lambda _: sys.executable)
    make.kernel(str(tmp_path / "kernel.wasm"))
    assert (tmp_path / "kernel.wasm").read_bytes() == BINARY.read_bytes()
