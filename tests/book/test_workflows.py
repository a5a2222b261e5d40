"""The workflows of a public host: well formed, few rights, pinned, calling commands that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from fences import ROOT

import make

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: path for path in sorted(FOLDER.glob("*.yml"))}
EACH = pytest.mark.parametrize("name", WORKFLOWS)
# All that a job may do besides reading the sources.
RIGHTS = {
    ("release", "release"): {"contents": "write"},
    ("release", "pages"): {"pages": "write", "id-token": "write"},
}


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def schema_check(*paths: Path) -> subprocess.CompletedProcess:
    code = "from check_jsonschema import main; main()"
    command = [sys.executable, "-c", code, "--builtin-schema", "vendor.github-workflows"]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)


def test_they_are_well_formed_and_the_check_would_notice(tmp_path: Path) -> None:
    assert sorted(WORKFLOWS) == ["release", "tests", "weekly"]
    done = schema_check(*WORKFLOWS.values())
    assert done.returncode == 0, done.stdout
    text = WORKFLOWS["tests"].read_text(encoding="utf-8")
    assert text.count("timeout-minutes") > 1
    (tmp_path / "bad.yml").write_text(text.replace("timeout-minutes", "time"), encoding="utf-8")
    assert schema_check(tmp_path / "bad.yml").returncode == 1


@EACH
def test_actions_are_the_hosts_own_at_a_major_version(name: str) -> None:
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert (
        used
        and [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []
    )


@EACH
def test_a_job_has_the_rights_that_it_needs_and_an_end(name: str) -> None:
    assert workflow(name)["permissions"] == {"contents": "read"}
    for job, what in workflow(name)["jobs"].items():
        assert what.get("permissions", {}) == RIGHTS.get((name, job), {}), job
        assert what["timeout-minutes"] <= 150
    for step in steps(name):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"] == {"persist-credentials": False}
        assert "${{" not in step.get("run", ""), (
            "a value pasted into a command may hold another one"
        )


@EACH
def test_every_command_exists(name: str) -> None:
    text = WORKFLOWS[name].read_text(encoding="utf-8")
    (listed,) = re.findall(r"command: \[(.*)\]", text) or [""]
    called = re.findall(r"(?:python make\.py|(?<!\w)make) ([a-z-]+)", re.sub("#.*", "", text))
    called += [command for command in listed.split(", ") if command]
    assert called and set(called) <= {*make.COMMANDS}


def test_when_they_run_and_what_gates() -> None:
    # YAML reads the key `on` as true.
    assert "pull_request" in workflow("tests")[True]
    assert workflow("release")[True] == {"push": {"tags": ["v*"]}}
    assert len(workflow("weekly")[True]["schedule"]) == 1
    jobs = {job: what for name in WORKFLOWS for job, what in workflow(name)["jobs"].items()}
    loose = {job for job, what in jobs.items() if what.get("continue-on-error")}
    assert loose == {"tools", "container"}
    systems = {what["runs-on"] for what in jobs.values()}
    systems |= set(jobs["elsewhere"]["strategy"]["matrix"]["system"])
    assert {system.partition("-")[0] for system in systems} >= {"ubuntu", "windows", "macos"}


def test_the_container_is_pinned_and_leaves_out_what_is_built() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    (base,) = re.findall(r"^FROM (\S+)$", text, re.MULTILINE)
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+\.\d+-slim-[a-z]+", base)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    left_out = (ROOT / ".containerignore").read_text(encoding="utf-8")
    assert left_out == (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert {".venv", "_build"} <= set(left_out.split()) & {name.rstrip("/") for name in ignored}
