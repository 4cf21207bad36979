"""Does `make docs` build a site in which every link leads somewhere?"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs import ROOT


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("myst_parser", reason="the extra `docs` builds it")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "-d", tmp_path / "cache"]
    done = subprocess.run([*command, ".", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in ("README.html", "README.zh-CN.html", "docs/learn/01-residual-block.html"):
        assert (tmp_path / "site" / page).is_file()
