"""What do all tests share? Golden texts, refreshed by `pytest --update-golden`, and examples without a time limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A test says nothing of the time that an example takes: on a machine that others use it may be any.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden texts instead of comparing")


@pytest.fixture(scope="session", autouse=True)
def _no_threads_of_autograd() -> None:
    """Let autograd begin while it needs no threads: after that torch differentiates in the children of this process.

    Where it begins after an export, as in whatever order tests come, torch's build for CUDA makes threads for a GPU.
    """
    import torch

    torch.ones((), requires_grad=True).backward()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return `check(name, text)`: `text` equals tests/golden/NAME, or becomes it under --update-golden."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path.name} is missing: pytest --update-golden writes it"
        assert text == path.read_text(encoding="utf-8")

    return check
