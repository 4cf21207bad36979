"""Which classes of other files use a class, and what does running one of them show of it?"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from residua.check.run.beside import Beside, users_first
from residua.errors import TargetError
from residua.targets import Candidate, find
from residua.targets.find import repository_of
from residua.targets.repository.configuration import distance
from residua.targets.repository.usage import files_of, python_texts

_MOST = 3  # hosts of one class; a repository with more uses it alike in all of them
_LATEST_SECONDS = 6.0  # of the processor, of a class's ten: a network begun later does not end in time


@dataclass
class Hosts:
    """What classes of other files showed, in one process, of those that they use. run: examines one of them."""

    run: Callable[[Candidate, Beside], object]
    tried: set[str] = field(default_factory=set)
    shown: Beside = field(default_factory=lambda: Beside(hasty=True))

    def instance_of(self, candidate: Candidate, since: float) -> Candidate | None:
        """Return a class as a module inside one that uses it; None where no class of another file shows that.

        since: the processor's time when work on the class began.
        """
        for host in hosts_of(candidate):
            found = self.shown.instance_of(candidate)
            if found is not None or time.process_time() - since > _LATEST_SECONDS:
                return found
            if host.target not in self.tried:
                self.tried.add(host.target)
                self.run(host, self.shown)
        return self.shown.instance_of(candidate)


def hosts_of(candidate: Candidate) -> Iterator[Candidate]:
    """Yield the classes of other files that name a class, or a class of its file that uses it; the likeliest first."""
    own = Path(candidate.file).resolve()
    names = _users_within(own, candidate.name)
    wanted, count = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b"), 0
    for path in _files_importing(own):
        owners = {node.name for node in _classes(path) if wanted.search(_source(path, node))}
        if not owners:
            continue
        found = list[Candidate]()
        with suppress(TargetError):
            found = [each for each in find(str(path)) if each.name in owners]
        for each in users_first(found):
            yield each
            count += 1
            if count == _MOST:
                return


def _users_within(file: Path, name: str) -> set[str]:
    """Return a class of a file and those of its classes that name it, also by way of others."""
    read = {node.name: {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} for node in _classes(file)}
    found, known = {name}, 0
    while known != len(found):
        known = len(found)
        found |= {user for user, words in read.items() if words & found}
    return found


def _files_importing(file: Path) -> list[Path]:
    """Return the files of a repository that import from a file, by its module's name; those near it first."""
    imported = re.compile(rf"^\s*(from|import)\b.*\b{re.escape(file.stem)}\b", re.M)
    paths = [each for each in files_of(repository_of(file), (".py",)) if each != file]
    paths = [each for each in paths if any(imported.search(text) for text in python_texts(each))]
    return sorted(paths, key=lambda each: (distance(each, file), each))  # a second copy of a project lies further off


@cache
def _classes(path: Path) -> tuple[ast.ClassDef, ...]:
    for text in python_texts(path):
        with suppress(SyntaxError):
            return tuple(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    return ()


def _source(path: Path, node: ast.ClassDef) -> str:
    text = next(iter(python_texts(path)), "")
    return "\n".join(text.splitlines()[node.lineno : node.end_lineno])
