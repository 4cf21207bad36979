"""Does no test leave a process behind, and does Ctrl-C reach a child of a suite that runs in the background?"""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.children import started

TESTS = Path(__file__).parent


def test_every_process_is_started_by_the_helper_that_ends_it():
    offenders = []
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Popen") and path.name != "children.py":
                offenders.append(f"{path.relative_to(TESTS)}:{node.lineno}")
    assert offenders == []


def test_a_child_is_gone_when_its_test_fails():
    with pytest.raises(ZeroDivisionError), started([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        raise ZeroDivisionError
    assert child.returncode == -signal.SIGKILL


def test_a_child_can_be_interrupted_where_the_suite_cannot():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = "import signal; print(signal.getsignal(signal.SIGINT).__name__)"
        with started([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
            assert child.communicate(timeout=60)[0] == "default_int_handler\n"
    finally:
        signal.signal(signal.SIGINT, before)
