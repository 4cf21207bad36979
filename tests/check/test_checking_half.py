"""Can the half of `check` that runs the user's code work in any interpreter that has torch?

That half is examine, run, evidence, rules and the value of a finding, with targets and record below them; jobs and
served, which start it for each target and speak for it, and hosts. What renders findings, lists files and edits them
stays in the parent process, and nothing in the half imports it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "residua"
HALF = (
    "check.examine", "check.run", "check.experiments", "check.evidence", "check.rules", "check.report.finding",
    "targets", "record", "check.report.sizes", "check.target", "check.jobs", "check.hosts", "check.served",
)  # fmt: skip
BESIDE = ("errors", "text", "files", "reading")


def sources() -> list[Path]:
    found: list[Path] = []
    for name in HALF:
        path = PACKAGE.joinpath(*name.split("."))
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return found


def imported(path: Path) -> list[str]:
    """Every import of a file, lazy and typing ones too."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def allowed(name: str) -> bool:
    root, _, inside = name.partition(".")
    if root != "residua":
        return root == "torch" or root in sys.stdlib_module_names
    return any(inside == each or inside.startswith(f"{each}.") for each in (*HALF, *BESIDE))


def test_the_half_imports_only_itself_torch_and_the_standard_library() -> None:
    files = sources()
    offenders = [f"{p.relative_to(PACKAGE)}: {name}" for p in files for name in imported(p) if not allowed(name)]
    assert len(files) > 30
    assert offenders == []


def test_the_half_runs_where_nothing_else_is_installed_and_a_plain_block_needs_no_compiler_of_torch() -> None:
    others = ["pydantic", "cyclopts", "rich", "safetensors", "PIL", "sklearn", "libcst", "tomli_w", "tomllib"]
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({others}))\n"  # None makes an import of it fail
        "from torch import nn\n"
        "from residua.check import check_block\n"
        "class Block(nn.Module):\n"
        "    def __init__(self, channels):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv2d(channels, channels, 3, padding=1)\n"
        "    def forward(self, x):\n"
        "        return x + x + self.conv(x)\n"
        "print([finding.message for finding in check_block(Block).findings if finding.rule == 'R104'])\n"
        "assert 'torch._dynamo' not in sys.modules, 'which takes as long to import as torch itself'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=PACKAGE.parent, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "both operands of this addition are the same value" in done.stdout
