"""Which artifact is served for a run? It is exported by a process of its own, verified, and kept in the cache.

The server itself never imports torch; the child does, and is gone before the first picture comes.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from residua.errors import ShipError
from residua.files import explain
from residua.ship.artifact import Artifact, entry_of, is_artifact, open_artifact
from residua.ship.proof import Say, default_cache
from residua.text import LONGEST_MESSAGE, one_line
from residua.version import RESIDUA, __version__, command

WEIGHTS = "model.safetensors"  # of a run; its metadata holds all that the export depends on


def artifact_of(target: str, cache: Path | None, say: Say) -> Artifact:
    """Return the artifact that is meant, or that of a run or checkpoint, exported in fp32 unless the cache has it.

    Raises ShipError where there is none, it is damaged, or the export failed, with the reason of the export.
    """
    if is_artifact(target):
        return open_artifact(target)
    place = Path(target)
    weights = place / WEIGHTS if place.is_dir() else place
    if not weights.is_file():
        raise ShipError(f"{target} is neither an artifact of `residua export` nor a run or checkpoint")
    folder = (cache or default_cache()) / "exports" / f"{entry_of(weights).sha256[:32]}-{__version__}"
    if folder.is_dir():
        try:
            return open_artifact(folder)
        except ShipError:
            shutil.rmtree(folder, ignore_errors=True)  # a damaged copy of our own
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShipError(
            f"{folder.parent} cannot be made ({explain(error)}); name another folder with --cache"
        ) from None
    say(f"exporting {target} in fp32 first; it is kept in {folder}")
    words = command(RESIDUA, "export", target, "--to", "openvino", "--out", str(folder))
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    lines = done.stderr.strip().splitlines()
    if done.returncode != 0 and not is_artifact(folder):  # another server may have been first
        why = lines[-1].removeprefix("residua: ") if lines else f"exit code {done.returncode}"
        raise ShipError(f"{target} could not be exported: {one_line(why, LONGEST_MESSAGE)}")
    return open_artifact(folder)
