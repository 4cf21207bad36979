"""Which verdicts on an artifact's canaries are known on this machine, and which engine may therefore answer?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from residua.errors import ResiduaError, ShipError
from residua.files import cache_home, write_atomic
from residua.reading import read_text
from residua.ship import canaries, machine
from residua.ship.artifact import PRECISIONS, Artifact
from residua.ship.canaries import Verdict
from residua.ship.engine import Engine, open_engine

Say = Callable[[str], None]
LOWER = {"bf16": "fp32"}  # the precision that runs from the same file, where a precision fails that nobody typed


def default_cache() -> Path:
    """Return the user's own cache folder for verdicts and what engines compile."""
    return cache_home() / "residua" / "ship"


def proved_engine(artifact: Artifact, precision: str = "auto", cache: Path | None = None, say: Say = print) -> Engine:
    """Return an engine whose canaries were right on this processor.

    precision: the artifact's own unless typed; "auto" is what `residua bench` found to be the fastest here, and may go
    on to fp32 where bf16 is wrong here. cache: a folder, by
    default the user's; where it cannot be written the canaries run at each start, which is said.
    Raises ShipError where the engine is wrong, or the artifact cannot be run in this precision.
    """
    _require_precision(artifact, precision)
    folder = cache or default_cache()
    wanted = fastest_precision(artifact, folder) if precision == "auto" else precision
    verdict = _verdict(artifact, wanted, folder, say)
    if not verdict.right and precision == "auto" and wanted in LOWER:
        say(f"residua: {wanted} is wrong on this processor ({verdict.because}); running in {LOWER[wanted]}")
        wanted = LOWER[wanted]
        verdict = _verdict(artifact, wanted, folder, say)
    if not verdict.right:
        raise ShipError(
            f"{artifact.folder} is refused here: {verdict.because}; {artifact.manifest.engine} "
            f"{machine.engine_version(artifact.manifest.engine)} on {machine.processor()} cannot be trusted with it in "
            f"{wanted}"
        )
    if wanted == "int8" and not machine.has_int8():
        say("residua: this processor has no 8-bit products (VNNI): int8 is right here, and not fast")
    if wanted == "bf16" and not machine.has_bf16():
        say("residua: this processor does not multiply bf16: the engine may compute in fp32 here, no faster than fp32")
    return open_engine(artifact, wanted, folder / "compiled" if _writable(folder) else None)


def _require_precision(artifact: Artifact, precision: str) -> None:
    """Raise ShipError where an artifact's files do not run in a precision that was typed."""
    own, engine = artifact.manifest.precision, artifact.manifest.engine
    from_same_files = (own, "fp32", "bf16") if engine == "openvino" and own != "int8" else (own,)
    if precision in ("auto", *from_same_files):
        return
    if precision in PRECISIONS[engine]:
        raise ShipError(f"this artifact computes in {own}; --precision {precision} needs another export")
    there = ", ".join(PRECISIONS[engine])
    raise ShipError(f"this artifact computes in {own}, and {engine} in none but {there}: leave --precision out")


def keep_fastest(artifact: Artifact, precision: str, cache: Path | None, facts: dict[str, Any]) -> bool:
    """Keep in which precision an artifact was measured to be the fastest here; False where that cannot be written.

    It holds for this artifact, processor and engine version. facts: what was measured, for people.
    """
    path = _path_of_fastest(artifact, cache or default_cache())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps({"precision": precision, "measured": facts}, indent=1))
    except (OSError, ResiduaError):
        return False
    return True


def fastest_precision(artifact: Artifact, cache: Path) -> str:
    """Return the precision that was kept as the fastest here, the artifact's own where none was."""
    own = artifact.manifest.precision
    try:
        kept = json.loads(read_text(_path_of_fastest(artifact, cache)))["precision"]
    except (ResiduaError, ValueError, KeyError, TypeError):
        return own
    return kept if kept in (own, LOWER.get(own)) else own


def _path_of_fastest(artifact: Artifact, folder: Path) -> Path:
    key = {"artifact": artifact.sha256} | machine.describe(artifact.manifest.engine)
    return folder / "fastest" / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()}.json"


def _verdict(artifact: Artifact, precision: str, folder: Path, say: Say) -> Verdict:
    """Return the known verdict, or ask the canaries and keep what they say."""
    key = canaries.key(artifact, precision)
    path = folder / "verdicts" / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()}.json"
    known = _known(path, precision)
    if known is not None:
        return known
    verdict = canaries.ask_apart(artifact, precision)
    if verdict.right:
        say(f"canaries: right on this processor in {precision} (off by {verdict.distance:.1e} of the logits' spread)")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(key | {"verdict": asdict(verdict)}, indent=1))
    except (OSError, ResiduaError):
        say(f"residua: {folder} cannot be written: the canaries run at each start")
    return verdict


def _known(path: Path, precision: str) -> Verdict | None:
    """Return a verdict kept before; None where there is none, or none that can be read, or it was that of a failure.

    A failure is asked again: the machine may have been short of memory.
    """
    try:
        verdict = Verdict(**json.loads(read_text(path))["verdict"])
    except (ResiduaError, ValueError, KeyError, TypeError):
        return None
    return verdict if verdict.right is True and verdict.precision == precision else None


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)
