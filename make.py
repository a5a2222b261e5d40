"""Set up, build and test the book with Python alone: `python make.py book`, `python make.py test`.

`make` calls the same functions. Whatever was interrupted goes on where it stopped when it is
called again. Needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST = VENV / "oldest"
COLAB = VENV / "colab"
NEXT = VENV / "next"
NEXT_BOOK = "jupyter-book==2.1.7"  # needs Node 18 or newer
BUILD = ROOT / "_build"
PAGES = BUILD / "html" / "index.html"
ZIG = VENV / "ziglang"
ZIGLANG = "ziglang==0.15.2"  # clang as a wheel; another version writes other bytes
PINS = "requirements.txt", "pyproject.toml"
MEASURED = {
    "set-up": "0.5 GB to download and 2 GB of disk in .venv; on Linux with pip's default torch, "
    "which brings a GPU's libraries, 3 and 7 GB",
    "book": "no download; 0.3 GB in _build, ten to twenty minutes the first time on two cores",
    "test": "up to forty minutes on two cores",
    "oldest": "3 GB to download and 6 GB of disk in .venv/oldest",
    "compiler": "0.4 GB of disk in .venv/ziglang",
    "next": "0.1 GB to download and 0.3 GB of disk in .venv/next; it needs Node",
    "release": "needs Chromium; no download; 0.1 GB in _build/release, ten minutes on two cores "
    "beside those of the book",
    "colab": "3 GB to download and 6 GB of disk in .venv/colab; half an hour on two cores",
}
# What Colab had in August 2026, there with Python 3.13.
COLAB_RELEASES = (
    "torch==2.11.0", "numpy==2.1.3", "matplotlib==3.10.0", "ipywidgets==7.7.1", "ipython==7.34.0",
    "ipykernel==6.17.1", "sympy==1.14.0", "pillow==11.3.0", "scikit-learn==1.6.1", "tqdm==4.67.1",
    "setuptools==75.2.0",
)  # fmt: skip
# What the oldest releases cannot be asked: PyTorch's own Muon is younger; a command may not warn;
# both versions of ipywidgets; the stored map, which a newer Matplotlib has drawn; the digits,
# which scikit-learn brings. Tests of processes are not about releases.
NOT_ON_OLDEST = "not torchs_muon and not live_face and not the_command and not stored_map"
NOT_ON_OLDEST += " and not digits"


def interpreter(venv: Path) -> str:
    """The Python of a virtual environment."""
    return str(venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def run(*command: str) -> None:
    """Run a command at the top of the repository; stop with its exit status if it fails."""
    # Windows would read and write text in a code page of its own.
    environment = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def python(*arguments: str, venv: Path = VENV) -> None:
    """Run the Python of an environment."""
    run(interpreter(venv), *arguments)


def answers(*command: str) -> bool:
    """Whether a command is there and succeeds."""
    try:
        return not subprocess.run(command, capture_output=True, check=False).returncode
    except OSError:
        return False


def pins() -> str:
    """A hash of what an environment is made from."""
    digest = hashlib.sha256()
    for name in PINS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_ready(venv: Path) -> bool:
    """Whether an environment was finished, with the packages that are named now."""
    stamp = venv / "ready"
    there = stamp.is_file() and Path(interpreter(venv)).exists()
    return there and stamp.read_text() == pins()


def make_environment(venv: Path, base: str = sys.executable) -> None:
    """An empty environment, or the one that is there if its Python still works."""
    if not answers(interpreter(venv), "-m", "pip", "--version"):
        run(base, "-m", "venv", "--clear", str(venv))


def pip(*arguments: str, venv: Path = VENV) -> None:
    """Install into an environment."""
    python("-m", "pip", "install", "--quiet", *arguments, venv=venv)


def set_up() -> None:
    """Make .venv with all that the book needs, in the pinned versions."""
    if is_ready(VENV):
        return
    print(f"Setting up .venv, once: {MEASURED['set-up']}.", flush=True)
    make_environment(VENV)
    pip("-r", "requirements.txt")
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    # Colab's ipywidgets stands apart: the tests run the sliders with both versions.
    apart = str(VENV / "ipywidgets7")
    old = "ipywidgets==7.7.1", "ipython-genutils==0.2.0"
    pip("--no-deps", "--upgrade", "--target", apart, *old)  # over what was half put there, too
    (VENV / "ready").write_text(pins())


def book() -> None:
    """Build the pages; what was built and has not changed stays."""
    set_up()
    if not PAGES.exists():
        print(f"Building the book: {MEASURED['book']}.", flush=True)
    # A build that was killed or had warnings: Sphinx would take its pages for whole.
    unfinished = BUILD / "unfinished"
    if unfinished.exists():
        shutil.rmtree(PAGES.parent, ignore_errors=True)
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    unfinished.touch()
    builder = "from jupyter_book.cli.main import main; main()"
    python("-c", builder, "build", "-W", "-n", "--keep-going", ".")
    if not PAGES.exists():
        sys.exit(f"the build made no {PAGES}")
    unfinished.unlink()
    print(f"The book is at {PAGES}")


def lint() -> None:
    """Linters of Python and JavaScript, types, and that rooms import from earlier rooms only."""
    set_up()
    python("-m", "ruff", "check", ".")
    python("-m", "ruff", "format", "--check", ".")
    python("-m", "mypy")
    here = Path(interpreter(VENV))
    oxlint = here.with_name(f"oxlint{here.suffix}")  # .exe where Python has it
    run(str(oxlint), "--deny-warnings", "li2_core/show/lab/sources", "book/_assets/static")
    python("-c", "from importlinter.cli import lint_imports_command as lint; lint()")


def compiler() -> None:
    """Put the compiler of the lab's kernel into .venv; who only reads the book needs none."""
    set_up()
    stamp = ZIG / "ready"
    if not stamp.is_file() or stamp.read_text() != ZIGLANG:
        print(f"Setting up the compiler, once: {MEASURED['compiler']}.", flush=True)
        pip("--no-deps", "--upgrade", "--target", str(ZIG), ZIGLANG)
        stamp.write_text(ZIGLANG)


def kernel(out: str = "li2_core/show/lab/sources/kernel.wasm") -> None:
    """Compile the kernel of the lab: the same source gives the same bytes."""
    compiler()
    python(
        str(ZIG / "ziglang"), "cc", "-target", "wasm32-freestanding", "-O3", "-msimd128",
        "-nostdlib", "-Wl,--no-entry", "-Wl,--export=__heap_base", "-Wl,--strip-all",
        "-o", out, "li2_core/show/lab/sources/kernel.c",
    )  # fmt: skip
    (ROOT / out).chmod(0o644)


def rooms() -> list[str]:
    """The folders of tests that belong to the library's rooms."""
    return [f"tests/{path.parent.name}" for path in sorted(ROOT.glob("li2_core/*/__init__.py"))]


def library() -> None:
    """Only the library: its examples, and the tests of its rooms. No pages, no browser."""
    set_up()
    tests = "--dist", "loadfile", "--doctest-modules", "li2_core", *rooms()
    python("-m", "pytest", "-n", "2", *tests)


def oldest() -> None:
    """The rooms once more on the oldest releases that pyproject.toml allows."""
    if sys.version_info >= (3, 13):
        print("Lower bounds not tested: torch 2.4 needs Python 3.12 or older")
        return
    if not is_ready(OLDEST):
        print(f"Setting up the oldest releases, once: {MEASURED['oldest']}.", flush=True)
        make_environment(OLDEST)
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        bounds = re.findall(r'^(?:digits = \[| +)"([a-z-]+)>=([\d.]+)"', project, re.MULTILINE)
        tools = re.compile(r"(pytest|pytest-xdist|hypothesis|jaxtyping|setuptools)==.*")
        pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        exact = [f"{name}=={version}" for name, version in bounds]
        pip(*exact, *filter(tools.fullmatch, pinned), venv=OLDEST)
        pip("--no-deps", "--no-build-isolation", "--editable", ".", venv=OLDEST)
        (OLDEST / "ready").write_text(pins())
    # Old releases warn of what newer ones of their own dependencies deprecate, and NumPy 1.26
    # remarks that tiny numbers are zero, as training wants it.
    python(
        "-m", "pytest", "-o", "addopts=", "-n", "2", "--dist", "loadfile",
        "-W", "default::DeprecationWarning",
        "-W", "ignore:The value of the smallest subnormal:UserWarning",
        "--ignore", "tests/runs/test_sweeps_killed.py", "--ignore", "tests/runs/test_experiment.py",
        "-k", NOT_ON_OLDEST, "--doctest-modules", "li2_core", *rooms(), venv=OLDEST,
    )  # fmt: skip


def test() -> None:
    """All that must hold: lint, pages, tests, stored outputs, oldest releases."""
    print(f"Testing: {MEASURED['test']}; once, {MEASURED['oldest']}.", flush=True)
    lint()
    book()
    once = "-m", "pytest", "-n", "2", "--dist", "loadfile"
    python(*once, "--doctest-modules", "li2_core", "tests")
    python(*once, "--nbval", "book")
    oldest()


def python_of_colab() -> str:
    """Python 3.13, as Colab has it, where there is one; else the one that runs this."""
    found = shutil.which("python3.13")
    if found and answers(found, "-c", ""):
        return found
    print("There is no python3.13, which Colab has: this Python stands in for it.", flush=True)
    return sys.executable


def colab() -> None:
    """Write the copies for Colab to _build/colab, and run each with Colab's releases."""
    set_up()
    if not is_ready(COLAB):
        print(f"Setting up Colab's releases, once: {MEASURED['colab']}.", flush=True)
        make_environment(COLAB, python_of_colab())
        pip(*COLAB_RELEASES, venv=COLAB)
        (COLAB / "ready").write_text(pins())
    python("book/_ext/hosted.py", "_build/colab")
    os.environ["LI2_COLAB_PYTHON"] = interpreter(COLAB)
    python("-m", "pytest", "-n", "2", "tests/book/test_hosted.py")


def sphinx() -> None:
    """The same pages by Sphinx without Jupyter Book, in _build/sphinx/html."""
    set_up()
    python("book/_ext/plain_sphinx.py")


def next_book() -> None:
    """What Jupyter Book 2 does not know in our sources."""
    if not is_ready(NEXT):
        print(f"Setting up Jupyter Book 2, once: {MEASURED['next']}.", flush=True)
        make_environment(NEXT)
        pip(NEXT_BOOK, venv=NEXT)
        (NEXT / "ready").write_text(pins())
    python("book/_ext/next_book.py", venv=NEXT)


def release() -> None:
    """Write what a reader takes home to _build/release: archive, PDF, EPUB, notebooks, wheel."""
    set_up()
    print(f"Making a release: {MEASURED['release']}.", flush=True)
    python("book/_ext/articles.py")  # ends here where there is no Chromium
    book()
    python("book/_ext/release.py", "_build/release")
    print(f"The release is in {BUILD / 'release'}")


def teaching() -> None:
    """Write notebooks without solutions, and slides, to _build/teaching."""
    set_up()
    python("book/_ext/teaching.py", "_build/teaching")


COMMANDS = {
    "set-up": set_up,
    "book": book,
    "lint": lint,
    "test": test,
    "oldest": oldest,
    "library": library,
    "colab": colab,
    "sphinx": sphinx,
    "next": next_book,
    "release": release,
    "teaching": teaching,
    "compiler": compiler,
    "kernel": kernel,
}


def main(arguments: list[str]) -> None:
    """Run one command by its name."""
    if tuple(sys.version_info) < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(f"usage: python make.py {{{','.join(COMMANDS)}}}, got {' '.join(arguments)!r}")
    try:
        COMMANDS[arguments[0]]()
    except KeyboardInterrupt:
        sys.exit(f"Interrupted. `python make.py {arguments[0]}` goes on from here.")


if __name__ == "__main__":
    main(sys.argv[1:])
