"""Which files does a target on the command line mean: one file, a folder, a glob, or a name in a file?"""

from __future__ import annotations

import glob
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from residua.check.target import Target
from residua.errors import ResiduaError, TargetError
from residua.reading import MOST_TEXT, read_regular

SUFFIXES = (".py", ".ipynb")
# Folders that hold other people's code or what a build made, where no .gitignore says so.
USUALLY_IGNORED = (
    ".venv/", "venv/", "env/", "build/", "dist/", "site-packages/", "node_modules/", "__pycache__/",
    ".ipynb_checkpoints/", ".git/", ".hg/", ".tox/", ".nox/", ".eggs/",
    ".mypy_cache/", ".ruff_cache/", ".pytest_cache/",
)  # fmt: skip
_TESTS = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")


@dataclass(frozen=True)
class Listing:
    """What the targets of one command mean, in order and each once. tests: files left out since they hold tests."""

    targets: tuple[Target, ...]
    tests: int = 0
    unreadable: tuple[str, ...] = field(default_factory=tuple)


def listed(texts: Sequence[str]) -> Listing:
    """Return the files and names that `texts` mean.

    A folder gives what git lists of it where there is a repository, else what no .gitignore names; tests are left out
    and counted. A file or a glob that is named is taken as it is. What is not there stands in `unreadable`.
    Raises TargetError for a folder or a glob that holds no Python file.
    """
    found: dict[str, Target] = {}
    tests, unreadable = 0, []
    for text in texts:
        if os.path.isdir(text):
            files, left_out = _of_folder(Path(text))
            tests += left_out
            for file in files:
                found.setdefault(file, Target(file, named=False))
        elif glob.has_magic(text) and not os.path.exists(text.rpartition(":")[0] or text):
            for file in _of_glob(text):
                found.setdefault(file, Target(file, named=False))
        elif text.endswith(SUFFIXES) and not os.path.isfile(text):
            unreadable.append(f"there is no file {text!r}")
        else:
            found[text] = Target(text, named=True)
    return Listing(tuple(found.values()), tests, tuple(unreadable))


def _of_glob(pattern: str) -> list[str]:
    files = sorted(
        finding
        for finding in glob.glob(pattern, recursive=True)
        if finding.endswith(SUFFIXES) and os.path.isfile(finding)
    )
    if not files:
        raise TargetError(f"{pattern!r} matches no .py or .ipynb file.")
    return files


def _of_folder(folder: Path) -> tuple[list[str], int]:
    """Return the Python files of a folder that are no tests, as paths from here, and how many tests were left out."""
    inside = _from_git(folder)
    inside = sorted(_walked(folder) if inside is None else inside)
    if not inside:
        raise TargetError(
            f"{folder} holds no .py or .ipynb file; give a file, as file.py, or a class, as file.py:Class."
        )
    code = [name for name in inside if not _TESTS.search(name)]
    return [str(folder / name) for name in code], len(inside) - len(code)


def _from_git(folder: Path) -> list[str] | None:
    """Return the files that git tracks or would track in a folder; None where there is no repository, or no git."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    names = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    return [
        name for name in names if name.endswith(SUFFIXES) and (folder / name).is_file()
    ]  # not those deleted but still tracked


def _walked(folder: Path) -> Iterator[str]:
    """Yield the files of a folder that no .gitignore in it, and none of the usual names, leaves out."""
    import pathspec

    usual = pathspec.GitIgnoreSpec.from_lines(USUALLY_IGNORED)
    specs: list[tuple[str, pathspec.GitIgnoreSpec]] = [("", usual)]
    for place, folders, files in os.walk(folder):
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        if ".gitignore" in files:
            specs.append((prefix, pathspec.GitIgnoreSpec.from_lines(_lines_of(Path(place) / ".gitignore"))))
        folders[:] = sorted(name for name in folders if not _ignored(f"{prefix}{name}/", specs))
        yield from (
            f"{prefix}{name}" for name in files if name.endswith(SUFFIXES) and not _ignored(prefix + name, specs)
        )


def _ignored(name: str, specs: Iterable[tuple[str, object]]) -> bool:
    return any(
        name.startswith(prefix) and spec.match_file(name[len(prefix) :])  # type: ignore[attr-defined]  # pathspec is lazy
        for prefix, spec in specs
    )


def _lines_of(path: Path) -> list[str]:
    try:
        return read_regular(path, MOST_TEXT).decode("utf-8", "replace").splitlines()
    except ResiduaError:
        return []
