"""`sweep`: whatever is killed, each unit is there once, and is what an undisturbed run gives."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import dask
import pytest
import sweep_work
from distributed import Client, LocalCluster
from fences import fences, run
from sweep_work import SQUARES, TRAININGS, assert_same, unit_files, wait_for

from li2_core.runs import sweep

pytestmark = [
    pytest.mark.usefixtures("trace"),
    pytest.mark.skipif(os.name != "posix", reason="kills by signals that only POSIX has"),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TQDM_DISABLE", "1")
        return path, sweep(TRAININGS, path)


@pytest.fixture(scope="module")
def client():
    with (
        dask.config.set({"distributed.admin.low-level-log-length": 100_000}),  # see `log` below
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def rows_on_disk(path):
    files = {name: json.loads((Path(path) / name).read_text()) for name in unit_files(path)}
    return {name: json.dumps(unit["result"]["rows"]) for name, unit in files.items()}


def start(code, *arguments):
    """Another Python that runs ``code``, in a process group of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    environment["OMP_NUM_THREADS"] = "1"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment, start_new_session=True, text=True, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:Port 8787 is already in use")  # by another cluster's page
def test_what_the_page_shows_runs(tmp_path, monkeypatch):
    blocks = fences("book/running_at_scale.md", "python")
    here = [block for block in blocks if "SLURM" not in block]
    assert len(here) == len(blocks) - 1 == 4
    monkeypatch.chdir(tmp_path)
    printed = [run(block, "running_at_scale.md")[1] for block in here]
    units = {path.name: len(unit_files(path)) for path in (tmp_path / "results").iterdir()}
    assert units == {"first": 6, "cores": 3, "dask": 3, "halving": 3}
    assert printed[-1].endswith("[0 3 2]\n")


def test_dask_forgets_a_failure(client, tmp_path):
    client.run(sweep_work.trace_to, os.environ[sweep_work.TRACE])
    with pytest.raises(RuntimeError, match="1 is odd"):
        sweep(SQUARES, tmp_path, client.get_executor(), sweep_work.fail_at_odd)
    Path(os.environ[sweep_work.TRACE] + ".mended").touch()
    sweep(SQUARES, tmp_path, client.get_executor(), sweep_work.fail_at_odd)
    assert sorted(sweep_work.done()) == list(range(8))


def test_a_worker_that_is_killed_midway_costs_nothing(client, undisturbed, tmp_path):
    log = client.cluster.scheduler.transition_log
    before = sum(finish == "memory" for _, _, finish, *_ in log)
    victim = client.cluster.workers[0].pid
    stored = []

    def kill_one_worker():
        wait_for(tmp_path, 60)
        os.kill(victim, signal.SIGKILL)
        stored.append(len(unit_files(tmp_path)))

    killer = threading.Thread(target=kill_one_worker)
    killer.start()
    assert victim in client.run(os.getpid).values()
    table = sweep(TRAININGS, tmp_path, client.get_executor())
    killer.join()
    assert victim not in client.run(os.getpid).values()
    assert len(TRAININGS) == 200 and 60 <= stored[0] < 195, "that was not midway"
    assert_same(table, undisturbed[1])
    assert rows_on_disk(tmp_path) == rows_on_disk(undisturbed[0])
    done = sum(finish == "memory" for _, _, finish, *_ in log) - before
    assert 200 <= done <= 240, "stored units were done again"


PARENT = """
import json, multiprocessing, sys
from li2_core.runs import sweep
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
    sweep(json.loads(sys.argv[1]), sys.argv[2], executor)
"""


def test_a_parent_that_is_killed_midway_goes_on_where_it_was(undisturbed, tmp_path):
    parent = start(PARENT, json.dumps(TRAININGS), tmp_path)
    try:
        wait_for(tmp_path, 60, parent)
        parent.kill()
        parent.wait()
    finally:
        os.killpg(parent.pid, signal.SIGKILL)  # its workers
        parent.stderr.close()
    before = unit_files(tmp_path)
    assert 60 <= len(before) < 195, "that was not midway"
    table = sweep(TRAININGS, tmp_path)
    after = unit_files(tmp_path)
    assert before.items() <= after.items(), "a stored unit was done again"
    assert after.keys() == unit_files(undisturbed[0]).keys()
    assert_same(table, undisturbed[1])


def test_a_pool_whose_process_dies_keeps_the_rest(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn) as executor,
        pytest.raises(RuntimeError, match=r"units failed; 3 are stored.*\{'x': 3\}.*BrokenProcess"),
    ):
        sweep(SQUARES, tmp_path, executor, sweep_work.die_at_three)
    with ProcessPoolExecutor(1, spawn) as executor:
        table = sweep(SQUARES, tmp_path, executor, sweep_work.die_at_three)
    assert sorted(sweep_work.done()) == [0, 1, 2, 3, 3, 4, 5, 6, 7]
    assert table["square"][::2].tolist() == [x**2 for x in range(8)]


INTERRUPTED = """
import json, sys, sweep_work
from li2_core.runs import sweep
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as executor:
    sweep(json.loads(sys.argv[1]), sys.argv[2], executor, sweep_work.slow_square)
"""


def test_an_interrupt_ends_it_at_once_and_keeps_what_is_done(tmp_path):
    configs = [{"x": x} for x in range(400)]
    process = start(INTERRUPTED, json.dumps(configs), tmp_path)
    wait_for(tmp_path, 6, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)  # all of them would take ten seconds more
    assert "KeyboardInterrupt" in errors
    stored = len(unit_files(tmp_path))
    begun = sweep_work.done()
    assert 6 <= stored < 100
    assert len(begun) - stored <= 4, "more is lost than what was being done"
    sweep(configs[:100], tmp_path, work=sweep_work.slow_square)
    assert len(sweep_work.done()) == len(begun) + 100 - stored


HOLDS = """
import sys, time
from li2_core.runs import UnitStore
with UnitStore(sys.argv[1], "square").lock():
    print("locked", file=sys.stderr, flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_told_of_the_first_and_goes_on_when_it_is_dead(tmp_path):
    first = start(HOLDS, tmp_path)
    assert first.stderr.readline() == "locked\n"
    with pytest.raises(RuntimeError, match=rf"another process holds {tmp_path / 'lock'}"):
        sweep(SQUARES, tmp_path, work=sweep_work.square)
    assert not sweep_work.done()
    first.kill()
    first.communicate()
    sweep(SQUARES, tmp_path, work=sweep_work.square)
    assert sweep_work.done() == list(range(8))


FORKS = """
import multiprocessing, os, signal, sys, sweep_work
from li2_core.runs import sweep
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as executor:
    sweep([{"x": x} for x in range(400)], sys.argv[1], executor, sweep_work.slow_square)
"""


def test_workers_that_outlive_their_parent_do_not_hold_the_lock(tmp_path):
    parent = start(FORKS, tmp_path / "units")
    wait_for(tmp_path / "units", 2, parent)
    parent.kill()
    parent.wait()
    try:
        os.killpg(parent.pid, 0)  # the worker is still there
        table = sweep([{"x": 0}, {"x": 1000}], tmp_path / "units", work=sweep_work.square)
        assert table["square"].tolist() == [0, 1, 1000000, 1000001]
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.stderr.close()
