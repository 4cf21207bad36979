"""One small trained network, and its artifacts, for all tests of this chapter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import residua
from residua.cli.app import main


@dataclass(frozen=True)
class Shipped:
    """A run, and the artifact in float32 that it was exported to."""

    run: Path
    fp32: Path


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    pytest.importorskip("openvino", reason="the extra `ship` is not installed")
    folder = tmp_path_factory.mktemp("shipped")
    residua.fit("digits", out=folder / "run", epochs=3)
    return Shipped(folder / "run", exported(folder / "run", "fp32"))


@pytest.fixture(scope="session")
def int8(shipped: Shipped) -> Path:
    """The same network in 8 bits."""
    return exported(shipped.run, "int8")


def exported(run: Path, precision: str) -> Path:
    """Export a run, and return the artifact, which lies beside it."""
    out = run.parent / precision
    words = ["export", str(run), "--to", "openvino", "--precision", precision, "--quiet", "--out", str(out)]
    assert main(words) == 0
    return out


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"
