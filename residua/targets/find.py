"""Which classes, functions and instances does a target name, and how is their file read without side effects?"""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import re
import sys
import traceback
import types
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from residua.errors import TargetError
from residua.targets.given import Input
from residua.targets.needed import bound, needed, unbound
from residua.targets.notebooks import read_notebook, read_text
from residua.targets.roles import Signature, signature_of
from residua.targets.scripts import Missing, MissingPackage, empty_command_line, prepared_imports
from residua.targets.sites import Site
from residua.text import nearest, one_line


class FailedImport(TargetError):
    """The user's own code raises while it is read: nothing is known of what it defines."""


_INSTEAD: dict[str, str] = {}  # see `read_instead`
_LOADED: dict[tuple[str, int, str], types.ModuleType] = {}
_DEEPEST = 6  # folders between a file and its repository


@dataclass(frozen=True)
class Candidate:
    """One thing a target names: `value` is a class, a function, or an instance of nn.Module.

    width: the channels to ask a block for, where the usual number is not wanted.
    """

    name: str
    value: Any
    file: str
    inputs: tuple[Input, ...] = ()  # for forward, where the user gave them
    sites: Mapping[int, tuple[Site, ...]] = field(default_factory=dict, compare=False)  # of an instance's modules
    width: int = 0

    @property
    def target(self) -> str:
        """How a user would name it."""
        return f"{self.file}:{self.name}"

    @cached_property
    def signature(self) -> Signature:
        """What it takes when it is called."""
        return signature_of(self.value)


def find(target: str, also: Collection[str] = ()) -> list[Candidate]:
    """Return what `target` names: `file.py:Class`, `file.py:function`, `module:attr`, `nb.ipynb:Class`, or a file.

    A whole file gives its nn.Module classes, in order of definition; none when it has none. Of a file only imports,
    definitions and the assignments these need are executed, each once a process; nothing is written beside it.
    Raises TargetError when the file, the module or the name is not there, or the file cannot be executed.
    """
    place, _, name = target.rpartition(":")
    if not place or (name.endswith((".py", ".ipynb")) and not place.endswith((".py", ".ipynb"))):
        place, name = target, ""
    if place.endswith((".py", ".ipynb")):
        path = Path(place)
        if not path.is_file():
            raise TargetError(
                f"there is no file {place!r}; a target is file.py, file.py:Class, module:attr or nb.ipynb:Class."
            )
        module = load_file(path, name.partition(".")[0], also)
    elif name:
        module = _import(place)
    else:
        raise TargetError(f"{target!r} is not a target; give file.py, file.py:Class, module:attr or nb.ipynb:Class.")
    file = place if place.endswith((".py", ".ipynb")) else (getattr(module, "__file__", None) or place)
    if not name:
        return _all_of(module, file)
    return [Candidate(name, _attribute(module, name, place), file)]


def classes_beside(candidate: Candidate) -> list[type]:
    """Return the nn.Module classes of the file that defines a class, also those that it does not name itself."""
    home = sys.modules.get(candidate.value.__module__)
    if any(home is module for module in _LOADED.values()):  # then only what the class needs of the file has been run
        with suppress(TargetError):
            home = load_file(Path(candidate.file))
    return [each.value for each in _all_of(home, candidate.file)] if home is not None else []


def _attribute(module: types.ModuleType, name: str, place: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            there = _definitions(place) if value is module else list(vars(value))
            near = nearest(part, there) or there[:5]
            raise TargetError(f"{place} has no {name!r}; it has {', '.join(near) or 'no classes or functions'}.")
        value = getattr(value, part)
    return value


def _definitions(place: str) -> list[str]:
    """Return the classes and functions that a file defines; only what a target needs of it was executed."""
    if not place.endswith((".py", ".ipynb")):
        return []
    path = Path(place)
    body = ast.parse(source_of(path)).body
    return [node.name for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]


def _import(name: str) -> types.ModuleType:
    with _quiet_import([str(Path.cwd())]), empty_command_line(name), prepared_imports():
        try:
            return importlib.import_module(name)
        except ImportError as error:
            raise TargetError(
                f"cannot import module {name!r}: {error}; give the file instead, as file.py:Class."
            ) from None
        except (Exception, SystemExit) as error:
            text = error.msg if isinstance(error, SyntaxError) else one_line(error, 200)
            where, said = _raised_at(error), f"{type(error).__name__}: {text}"
            raise FailedImport(f"its import fails: {where}{said}; give the file instead, as file.py:Class.") from None


def _raised_at(error: BaseException) -> str:
    """Return `net.py:4: ` for the innermost line of an exception that is neither Python's own nor torch's."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: "
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not _IN_LIBRARY.search(each.filename)]
    users = [each for each in frames if each.filename != __file__]
    return f"{users[-1].filename}:{users[-1].lineno}: " if users else ""


_IN_LIBRARY = re.compile(r"^<frozen|[/\\](importlib|torch)[/\\]")


def _all_of(module: types.ModuleType, file: str) -> list[Candidate]:
    from torch import nn

    found = []
    for name, value in vars(module).items():
        ours = isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
        if ours and not inspect.isabstract(value) and not _is_abstract(value):
            found.append(Candidate(name, value, file))
    return sorted(found, key=lambda each: _first_line(each.value))


def _is_abstract(kind: type) -> bool:
    """Tell a class whose forward is left to others."""
    return getattr(getattr(kind, "forward", None), "__isabstractmethod__", False) is True


def _first_line(value: Any) -> int:
    try:
        return inspect.getsourcelines(value)[1]
    except (OSError, TypeError):
        return 0


def load_file(path: Path, name: str = "", also: Collection[str] = ()) -> types.ModuleType:
    """Execute the definitions of a .py or .ipynb file as a module, once a process, and return the module.

    name: what will be asked of it; an assignment to it is executed too.
    """
    file = str(path)
    instead = _INSTEAD.get(str(path.resolve()))
    key = (str(path.resolve()), path.stat().st_mtime_ns, ",".join((name, *sorted(also), instead or "")))
    if key in _LOADED:
        return _LOADED[key]
    source = source_of(path) if instead is None else instead
    tree = parsed(source, file)
    module = types.ModuleType(_module_name(path))
    module.__file__ = file
    lines = [line + "\n" for line in source.split("\n")]
    linecache.cache[file] = (len(source), None, lines, file)
    root, package = package_of(path, tree)
    statements = needed(tree.body, name, also)
    with as_in(path, root):
        if package:
            _import_package(package, root, statements)
            module.__package__, module.__name__ = package, f"{package}.{path.stem}"
        sys.modules[module.__name__] = module
        _execute(module, statements, file)
    _LOADED[key] = module
    return module


def imported(node: ast.Import | ast.ImportFrom, path: Path, tree: ast.Module) -> dict[str, Any]:
    """Return what an import in a file gives; nothing where it fails. tree: the whole file's, whose other lines stay."""
    root, package = package_of(path, tree) if path.suffix == ".py" else (path.resolve().parent, "")
    names: dict[str, Any] = {"__package__": package, "__name__": package or "__main__"}
    with as_in(path, root):
        try:
            if package:
                _import_package(package, root, [node])
            exec(compile(ast.Module([node], []), str(path), "exec"), names)
        except (Exception, SystemExit):
            return {}
    return {name: value for name, value in names.items() if not name.startswith("__")}


@contextmanager
def as_in(path: Path, root: Path) -> Iterator[None]:
    """Let imports find what a file would find. root: the folder that holds the file's package."""
    above = _folders_above(path)
    inside = [each for each in above if len(each) > len(str(root))]  # a package's own modules hide no installed ones
    front = [str(root), *(each for each in above if each not in inside)]
    with _quiet_import(front, inside), empty_command_line(str(path)), prepared_imports([*front, *inside]):
        yield


def source_of(path: Path) -> str:
    """Return the Python code of a file; of a notebook, in the lines in which it stands there."""
    return read_notebook(path).source if path.suffix == ".ipynb" else read_text(path)


def parsed(source: str, file: str) -> ast.Module:
    """Return the syntax tree of a file's code. Raises TargetError with the line that Python cannot read."""
    line = source.count("\n", 0, source.find("\0")) + 1
    if "\0" in source:  # Python itself names no line for it
        raise TargetError(f"{file}:{line}: Python cannot read this line: it holds a null byte.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's text, as of an escape that is none
            return ast.parse(source, filename=file)
    except SyntaxError as error:
        raise TargetError(f"{file}:{error.lineno}: Python cannot read this line: {error.msg}.") from None
    except (RecursionError, MemoryError):  # of Python's parser, which knows no line for it
        raise TargetError(f"{file}: Python cannot read this file: an expression in it is nested too deeply.") from None


@contextmanager
def read_instead(texts: Mapping[str, str]) -> Iterator[None]:
    """Have `load_file` take other texts for the code of these paths, without writing anything anywhere."""
    mine = {str(Path(path).resolve()): text.replace("\r\n", "\n") for path, text in texts.items()}
    _INSTEAD.update(mine)
    try:
        yield
    finally:
        for path in mine:
            _INSTEAD.pop(path, None)


def repository_of(path: Path) -> Path | None:
    """Return the folder of the repository that a file lies in; None where it lies in none.

    One that was downloaded has no `.git`, and many have no packaging: there its licence or requirements tell.
    """
    folder = path.resolve().parent
    around = (folder, *folder.parents[:_DEEPEST])
    marked = (each for names in (_OF_REPOSITORY, _OF_DOWNLOAD) for each in around if _holds_one(each, names))
    return next(marked, None)


def _holds_one(folder: Path, names: tuple[str, ...]) -> bool:
    return any((folder / name).exists() for name in names)


_OF_REPOSITORY = (".git", "pyproject.toml", "setup.py")
_OF_DOWNLOAD = ("LICENSE", "LICENSE.txt", "LICENSE.md", "requirements.txt", "environment.yml", "setup.cfg")


def _folders_above(path: Path) -> list[str]:
    """Return the file's folder and those above it up to its repository: a script is often run from there."""
    folder, top = path.resolve().parent, repository_of(path)
    if top is None:
        return [str(folder)]  # nothing is known of what lies above
    between = [each for each in folder.parents if each.is_relative_to(top)]
    return [str(each) for each in dict.fromkeys((folder, *between))]


def _module_name(path: Path) -> str:
    stem = path.stem if path.stem.isidentifier() else "target"
    return stem if stem not in sys.modules else f"{stem}_target"


def package_of(path: Path, tree: ast.Module) -> tuple[Path, str]:
    """Return the folder that holds a file's package, and the package's name; empty for a file of none.

    A folder that lacks `__init__.py` is a package where the file's relative imports need it to be one.
    """
    levels = max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
    folder, parts = path.resolve().parent, list[str]()
    while (folder / "__init__.py").is_file() or len(parts) < levels:
        if not folder.name.isidentifier():
            break
        parts.append(folder.name)
        folder = folder.parent
    return folder, ".".join(reversed(parts))


def _import_package(package: str, root: Path, statements: Sequence[ast.stmt]) -> None:
    """Import a file's package before the file, as Python would, where the file imports from it.

    A package that cannot be imported here is stood in for by one with the same modules and nothing of its own.
    """
    first = package.partition(".")[0]
    imports = [node for each in statements for node in ast.walk(each) if isinstance(node, (ast.Import, ast.ImportFrom))]
    own = any(getattr(node, "level", 0) or first in _roots(node) for node in imports)
    if not first or not own:
        return
    names = package.split(".")
    for count in range(1, len(names) + 1):
        name = ".".join(names[:count])
        try:
            importlib.import_module(name)
        except (Exception, SystemExit):
            bare = types.ModuleType(name)
            bare.__path__ = [str(root.joinpath(*names[:count]))]
            sys.modules[name] = bare


def _roots(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in node.names}


@contextmanager
def _quiet_import(front: Sequence[str], behind: Sequence[str] = ()) -> Iterator[None]:
    """Let the user's own modules be found, some before and some after what is installed; write no byte code."""
    was = sys.dont_write_bytecode
    first, last = ([each for each in dict.fromkeys(folders) if each not in sys.path] for folders in (front, behind))
    sys.dont_write_bytecode = True
    sys.path[:0] = first
    sys.path += last
    try:
        yield
    finally:
        sys.dont_write_bytecode = was
        for folder in (*first, *last):
            if folder in sys.path:
                sys.path.remove(folder)


def _execute(module: types.ModuleType, body: list[ast.stmt], file: str) -> None:
    flags = 0
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            flags = __import__("__future__").annotations.compiler_flag
        try:
            exec(compile(ast.Module([node], []), file, "exec", flags=flags, dont_inherit=True), vars(module))
        except SystemExit as error:
            where = f"{file}:{node.lineno}"
            raise TargetError(f"{where}: this line ends the program ({error}) when the file is read.") from None
        except ImportError as error:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                raise TargetError(f"{file}:{node.lineno}: {_missing(error, node.lineno)}") from None
            _stand_in(module, _bound(node, body), _missing(error, node.lineno))
        except Exception as error:
            text = f"line {node.lineno} of {Path(file).name} fails: {type(error).__name__}: {one_line(error, 200)}"
            if isinstance(node, ast.ClassDef) or not _stand_in(module, _bound(node, body), text):
                said = f"{type(error).__name__}: {one_line(error, 200)}"
                raise FailedImport(f"{file}:{_line_in(file, error, node.lineno)}: {said}") from error


def _line_in(file: str, error: Exception, line: int) -> int:
    """Return the last line of a file that an exception went through; the line given where it names none."""
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == file]
    return next((each for each in reversed(lines) if each is not None), line)


def _bound(node: ast.stmt, body: Sequence[ast.stmt]) -> list[str]:
    """Return the names that a statement would have bound; of a star import those that only it can give."""
    star = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    return unbound(body) if star else list(bound(node))


def _stand_in(module: types.ModuleType, names: Sequence[str], text: str) -> bool:
    """Bind the names of a statement that failed: a missing plotting package must not keep a block from being checked.

    What does not need them can be checked. False: nothing was to be bound.
    """
    missing = [name for name in names if name not in vars(module)]
    for name in missing:
        setattr(module, name, Missing(text))
    return bool(missing)


def _missing(error: ImportError, line: int) -> str:
    if isinstance(error, MissingPackage):
        return str(error)
    name = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and name:
        own = error.name != name and name in sys.modules
        return f"there is no module {error.name} (line {line})" if own else f"{name} is not installed (line {line})"
    return f"{error} (line {line})"
