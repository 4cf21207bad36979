"""Where do explanations go, and which files of an earlier command may they replace?

explain/explain.json names the pictures beside it with their digests. It is written before them, and explain.html after
them: what a killed command has left is known as its own, and the same command goes over it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError
from residua.files import explain, require_folder, require_new, write_atomic
from residua.reading import read_json, read_regular

PAGE, FOLDER, RECORD = "explain.html", "explain", "explain.json"
_NAMES = re.compile(rf"\d{{3}}-.*\.png|{re.escape(RECORD)}")  # of what is written into FOLDER


@dataclass(frozen=True)
class Place:
    """A folder that gets PAGE, and FOLDER with RECORD and the pictures. overwrite: others' files may be replaced."""

    home: Path
    overwrite: bool = False

    @property
    def page(self) -> Path:
        """The page's path."""
        return self.home / PAGE

    @property
    def folder(self) -> Path:
        """The path of the pictures' folder."""
        return self.home / FOLDER

    def require_free(self) -> None:
        """Raise ResiduaError where a file would be replaced that no stopped command has left, or no folder can be."""
        require_folder(self.folder)
        require_new(self.page, self.overwrite)
        own = self._own()
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if _NAMES.fullmatch(path.name):
                require_new(path, self.overwrite or path.name in own)

    def write(self, pictures: Mapping[str, bytes], document: Mapping[str, Any], page: str) -> None:
        """Write RECORD with the document, the pictures by their names, and the page; older pictures of ours go.

        Raises ResiduaError where a file is not to be replaced, or cannot be written.
        """
        self.require_free()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResiduaError(f"cannot make {self.folder}: {explain(error)}") from None
        for name in self._own() - {RECORD, *pictures}:
            (self.folder / name).unlink(missing_ok=True)
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}
        write_atomic(self.folder / RECORD, json.dumps({**document, "pictures": digests}, allow_nan=False) + "\n")
        for name, data in pictures.items():
            write_atomic(self.folder / name, data)
        write_atomic(self.page, page)

    def _own(self) -> set[str]:
        """Return the names of the record and of the pictures that it names and that are as it says."""
        try:
            found = read_json(self.folder / RECORD)
        except ResiduaError:
            return set()
        digests = found.get("pictures") if isinstance(found, dict) else None
        if not isinstance(digests, dict):
            return set()
        there = {path.name for path in self.folder.iterdir() if path.is_file() and _NAMES.fullmatch(path.name)}
        return {RECORD} | {name for name in there & digests.keys() if self._digest(name) == digests[name]}

    def _digest(self, name: str) -> str:
        return hashlib.sha256(read_regular(self.folder / name)).hexdigest()
