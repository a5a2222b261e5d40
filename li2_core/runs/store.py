"""Results that outlive the process: one file a unit of work, whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class UnitStore:
    """A folder with one JSON file for each finished unit.

    The file's name is a hash of what the unit is: the name of the work and its
    configuration. So whoever comes later finds a unit without a list that two processes
    would have to share. A file appears in one step, complete and on the disk, or not at all.

    Parameters
    ----------
    path : str or Path
        The folder; made if there is none.
    work : str
        The name of the work.
    """

    def __init__(self, path: str | Path, work: str) -> None:
        self.path = Path(path)
        self.work = work
        self.path.mkdir(parents=True, exist_ok=True)

    def file(self, config: dict[str, Any]) -> Path:
        """Where the unit of this ``config`` is, or will be."""
        identity = canonical({"work": self.work, "config": config})
        return self.path / f"{_digest(identity)}.json"

    def read(self, config: dict[str, Any]) -> dict[str, Any] | None:
        """What `write` was given for this ``config``, or None if there is no file.

        Raises
        ------
        ValueError
            If the file is damaged, or holds another unit.
        """
        file = self.file(config)
        try:
            text = file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            unit = json.loads(text)
            checksum = unit.pop("checksum")
            whole = checksum == _digest(canonical(unit))
            asked = canonical([unit["work"], unit["config"]]) == canonical([self.work, config])
            result: dict[str, Any] = unit["result"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file} is damaged: {error!r}") from error
        if not whole or not asked:
            raise ValueError(f"{file} is damaged: its checksum or its configuration is wrong")
        return result

    def write(self, config: dict[str, Any], result: dict[str, Any]) -> None:
        """Put the result of the unit ``config`` on the disk.

        Raises
        ------
        OSError
            If the disk does not take it; the folder is then as it was.
        TypeError
            If the result holds something that is not JSON or a number of NumPy.
        """
        unit = {"work": self.work, "config": config, "result": result}
        unit["checksum"] = _digest(canonical(unit))
        write_whole(self.file(config), to_json(unit) + "\n")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from this folder; the system lets go when this one dies.

        Raises
        ------
        RuntimeError
            If another process has the lock.
        """
        with open(self.path / "lock", "ab") as file:
            try:
                if sys.platform == "win32":
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                else:  # not `flock`, which workers that are forked would go on to hold
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError) as error:
                raise RuntimeError(f"another process holds {file.name}: wait for it") from error
            yield


def to_json(value: Any) -> str:
    """JSON with floats to the last bit, and numbers and arrays of NumPy as Python's."""
    return json.dumps(value, default=_plain)


def canonical(value: Any) -> str:
    """The same text for equal values, however their keys are ordered."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def write_whole(file: Path, text: str) -> None:
    """Write a file that is seen, by other processes and after a crash, whole or not at all."""
    part = file.with_name(f"{file.stem}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "x", encoding="utf-8") as unfinished:
            unfinished.write(text)
            unfinished.flush()
            os.fsync(unfinished.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} is not a JSON value")
