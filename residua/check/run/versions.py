"""Does an exception say that an installed package is of another version than the code is written for?"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from traceback import walk_tb
from types import FrameType, ModuleType
from typing import Any

_UNSUITED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (?:got an unexpected keyword|missing \d|takes \d|takes from)")
_OURS_TO_JUDGE = "torch"  # which runs the check itself: what does not suit it is wrong in every version that can


def of_another_version(error: Exception) -> str:
    """Return what the code asks of an installed package that this lacks, as a reason; empty where it is not that.

    A module without the name that is read of it, or a class or function that does not take what it is given.
    """
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        owner, asked = error.obj.__name__, f"has no {error.name}"
    elif isinstance(error, TypeError) and (called := _callee(error)) is not None:
        owner, asked = called.__module__ or "", f"has another {called.__name__}: {error}"
    else:
        return ""
    package = owner.partition(".")[0]
    if package == _OURS_TO_JUDGE or not _is_installed(owner):
        return ""
    return f"{package} {_version(package)} {asked}; give the version that the code is written for"


def _is_installed(module: str) -> bool:
    """Tell a module of an installed package from the user's own code, also where that is installed from its folder."""
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts))


def _version(package: str) -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return str(getattr(sys.modules.get(package), "__version__", "as installed"))  # cv2 is of opencv-python


def _callee(error: TypeError) -> Any:
    """Return the class or function that a call did not suit, by its name where the call stands; None if unknown."""
    found, frame = _UNSUITED.search(str(error)), _last(error)
    if found is None or frame is None:
        return None
    owner, name = found.groups()
    value = frame.f_globals.get(owner if name == "__init__" else name)
    return value if callable(value) and hasattr(value, "__name__") else None


def _last(error: Exception) -> FrameType | None:
    """Return the frame in which an exception was raised: for a call that does not suit, the caller's."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return frames[-1] if frames else None
