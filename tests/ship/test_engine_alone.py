"""Do `predict` and `serve` need no more than requirements-engine.txt says, which has no torch?"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.children import started
from tests.docs import ROOT
from tests.serve.conftest import picture
from tests.serve.test_server import heard

LISTED = re.findall(r"^([\w-]+)==([\w.]+)$", (ROOT / "requirements-engine.txt").read_text(), re.MULTILINE)


def test_its_versions_are_those_that_the_tests_run_with():
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    pinned = {name.lower(): version for name, version in pinned.items()}
    assert len(LISTED) > 10
    assert {name.lower(): version for name, version in LISTED} == {
        name.lower(): pinned[name.lower()] for name, _ in LISTED
    }
    assert "torch" not in dict(LISTED)


@pytest.mark.slow
def test_an_environment_of_that_list_alone_predicts_and_serves(shipped, tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "alone")], check=True)
    python = str(tmp_path / "alone" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    listed = ["--requirement", str(ROOT / "requirements-engine.txt"), "--constraint", str(ROOT / "constraints.txt")]
    done = subprocess.run([*install, *listed], capture_output=True, text=True, check=False)
    if done.returncode and "Could not find a version" not in done.stderr and "Connection" in done.stderr:
        pytest.skip(f"no package index answers: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    subprocess.run([*install, "--no-deps", str(ROOT)], check=True)
    (tmp_path / "a.png").write_bytes(picture(90))
    shown = [python, "-m", "residua", "predict", str(shipped.fp32), str(tmp_path / "a.png"), "--json", "--quiet"]
    found = subprocess.run(shown, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert '"error": null' in found.stdout
    words = [python, "-m", "residua", "serve", str(shipped.fp32), "--port", "0"]
    with started(words, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        port = heard(server, r"listening on http://127.0.0.1:(\d+)/")[1]
        heard(server, "ready: ")
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/predict", picture(90), method="POST")
        with urllib.request.urlopen(request, timeout=20) as reply:
            assert reply.status == 200
