"""Which files of a folder has this very study written, so that it may write them anew?

The same command, given again after a kill or on a newer version, replaces its own table, figures and page. A file that
somebody else has written or changed, or that is of other settings, is replaced only where --overwrite is given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError, SpecError
from residua.files import explain, require_folder, require_new, write_atomic
from residua.reading import read_json

_KEPT = 2  # digests of a file: a kill between record and file leaves the one before the newest


@dataclass(frozen=True)
class Place:
    """Where a study writes: NAME.csv, NAME.html and NAME-….svg, .png and .csv of `folder`, and NAME.json, the record.

    settings: all options that its numbers depend on, by their names. overwrite: foreign files may be replaced.
    """

    folder: Path
    name: str
    settings: Mapping[str, Any]
    overwrite: bool = False

    @property
    def record(self) -> Path:
        """The settings of what lies there, and the digests of the files that were written with them."""
        return self.folder / f"{self.name}.json"

    def require_own(self) -> None:
        """Raise ResiduaError where nothing can be written, or a file is not this study's own, with these settings."""
        require_folder(self.folder)
        for path in self._there():
            require_new(path, self.overwrite or not path.is_file() or self._is_own(path))

    def write(self, files: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write all files, by name, and return their paths.

        Raises ResiduaError where one is not to be replaced, or cannot be written; files that are written stay.
        """
        self.require_own()
        before = self._recorded().get("files", {})
        digests = {name: [*before.get(name, []), _digest(data)][-_KEPT:] for name, data in files.items()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResiduaError(f"cannot make {self.folder}: {explain(error)}") from None
        document = {"study": self.name, "settings": dict(self.settings), "files": digests}
        write_atomic(self.record, json.dumps(document, indent=1) + "\n")
        for name, data in files.items():
            write_atomic(self.folder / name, data)
        return tuple(self.folder / name for name in files)

    def _there(self) -> Iterator[Path]:
        for suffix in ("csv", "html", "svg", "png"):
            yield from sorted(self.folder.glob(f"{self.name}.{suffix}"))
            yield from sorted(self.folder.glob(f"{self.name}-*.{suffix}"))
        if self.record.exists():
            yield self.record

    def _is_own(self, path: Path) -> bool:
        """Whether the record has the file as it is, and these settings. Raises ResiduaError for other ones."""
        recorded = self._recorded()
        known = _digest(path.read_bytes()) in recorded.get("files", {}).get(path.name, ())
        if not (known or (path == self.record and recorded)):
            return False
        found, wanted = recorded["settings"], json.loads(json.dumps(dict(self.settings)))
        other = [f"{name} {found.get(name)}" for name in wanted if found.get(name) != wanted[name]]
        if other:
            raise ResiduaError(
                f"{path} exists already, made with {', '.join(other)}; --overwrite replaces it, another --out keeps it"
            )
        return True

    def _recorded(self) -> dict[str, Any]:
        """Return the record, or {} for none and for a file that is something else."""
        try:
            found = read_json(self.record, SpecError) if self.record.is_file() else {}
        except SpecError:
            return {}
        parts = found if isinstance(found, dict) else {}
        whole = parts.get("study") == self.name and all(isinstance(parts.get(each), dict) for each in _PARTS)
        return parts if whole else {}


_PARTS = ("settings", "files")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
