"""Where is the file that a line of a list names: by an id without suffix, with backslashes, or from another machine?"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from residua.data.pixels.image import is_image_name
from residua.errors import LabelError
from residua.text import canonical

# How far below a list its images are looked for: `images/train/CLASS/x.jpg` is three deep; a list that lies in a home
# folder must not have all of it searched for one misspelt name.
DEEPEST, MOST_FILES = 4, 1_000_000


class Places:
    """Finds files below the folder of a list. found: how many names were not paths as they stand, with an example."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.found = 0
        self.example = ""
        self._by_name: dict[str, list[str]] | None = None

    def find(self, name: str, where: str) -> str:
        """Return the path, relative to the folder, that `name` means; `name` itself where nothing is found.

        Raises LabelError where several files are meant as well as each other.
        """
        if os.path.lexists(self.folder / name):
            return name
        plain = name.replace("\\", "/")
        path = plain if plain != name and os.path.lexists(self.folder / plain) else self._below(plain, where)
        if path is None:
            return name
        self.example = self.example or f"{name} as {path}"
        self.found += 1
        return path

    def _below(self, name: str, where: str) -> str | None:
        """Return the file below with this name, with or without its suffix, whose folders do not contradict it.

        Where there is none, one whose name differs in capitals, which are the same to Windows and macOS. One path has
        to be the end of the other: cat/7.png is never read as dog/7.png.
        """
        if self._by_name is None:
            self._by_name = _files_by_name(self.folder)
        parts = [canonical(part) for part in name.split("/") if part not in ("", ".")]
        if not parts:
            return None
        named = self._by_name.get(parts[-1].lower()) or self._by_name.get(_number(parts[-1])) or []
        found = {path: canonical(path).split("/") for path in named}
        best = [path for path, own in found.items() if _is_end(own[:-1], parts[:-1]) and own[-1].startswith(parts[-1])]
        lower = [part.lower() for part in parts[:-1]]
        best = best or [path for path, own in found.items() if _is_end([part.lower() for part in own[:-1]], lower)]
        if len(best) > 1:
            raise LabelError(f"{where}: {name} may be {best[0]} or {best[1]}; write the path of the one that is meant.")
        return best[0] if best else None


def _number(word: str) -> str:
    """Return what a number of zeros in front is kept under, so that 7 is 000007.jpg: spreadsheets drop them. Or ""."""
    return f"number {int(word)}" if word.isdecimal() and word.isascii() and len(word) < 20 else ""


def _is_end(folders: list[str], wanted: list[str]) -> bool:
    """Say whether the shorter of two lists of folders is the end of the longer one."""
    least = min(len(folders), len(wanted))
    return folders[len(folders) - least :] == wanted[len(wanted) - least :]


def _files_by_name(root: Path) -> dict[str, list[str]]:
    """Return the paths of the images below, under their names with and without suffix."""
    found: dict[str, list[str]] = defaultdict(list)
    seen = 0
    for folder, below, names in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else relative + "/"
        deep = prefix.count("/") >= DEEPEST
        below[:] = [] if deep else sorted(name for name in below if not name.startswith("."))
        for name in names:
            if is_image_name(name) and not name.startswith("."):
                found[canonical(name).lower()].append(prefix + name)
                stem = canonical(os.path.splitext(name)[0]).lower()
                for word in {stem, _number(stem)} - {""}:
                    found[word].append(prefix + name)
        seen += len(names)
        if seen > MOST_FILES:
            return {}
    return found
