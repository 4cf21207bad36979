"""Where are modules found that a class imports only when it is made or called, as by a name among its arguments?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from residua.errors import ResiduaError
from residua.targets.find import as_in, package_of, parsed, source_of


@contextmanager
def importing_beside(file: str) -> Iterator[None]:
    """Let imports inside a file's functions, `import_module("models." + name)`, find what its first lines would."""
    path = Path(file)
    try:
        root = package_of(path, parsed(source_of(path), file))[0] if path.is_file() else None
    except (ResiduaError, OSError):
        root = None  # whoever reads the file says why
    with as_in(path, root) if root is not None else nullcontext():
        yield
