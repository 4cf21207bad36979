"""Shared by the tests of `residua check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from residua.check.examine import examine
from residua.check.report.finding import CheckReport
from residua.targets import find

DOCUMENTS = (
    Path(__file__).parent / "documents"
)  # four of them word for word, as their authors wrote them: without marks


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Many small operations are faster, and kinder to neighbours, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., CheckReport]:
    """Write a source to a file and check one name in it (default: the last class)."""

    def run(source: str, name: str = "", **args: object) -> CheckReport:
        path = tmp_path / "block.py"
        path.write_text(source, encoding="utf-8")
        found = find(f"{path}:{name}" if name else str(path))
        return examine(found[-1], args)

    return run
