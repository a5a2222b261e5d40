"""Archives and checksums: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

FIRST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can name


def write_zip(target: Path, files: Mapping[str, bytes], stored: Collection[str] = ()) -> None:
    """Write an archive of files, all of one date; those in `stored` are not compressed."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            about = zipfile.ZipInfo(name, FIRST)
            about.external_attr = 0o644 << 16
            about.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(about, content)


def files_below(folder: Path, inside: str = "") -> dict[str, bytes]:
    """The files of a folder, in the order of their names, under the names they have inside."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {inside + path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS, which `sha256sum -c` reads, for all other files of a folder."""
    paths = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")
