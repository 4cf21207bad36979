"""What do other checkers say of the blocks of the four documents? The table of docs/check.md sums it up.

    python -m venv SIDE && SIDE/bin/pip install -c constraints.txt torch torchtyc pytest-torch pyrefly mypy
    python bench/side_by_side.py SIDE/bin

Each tool gets what it asks for: torchtyc's `run` and pytest-torch functions that build each block in three shapes, and
torchtyc's `check` a copy of each file with jaxtyping annotations as well as the file itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCUMENTS = Path(__file__).parents[1] / "tests" / "check" / "documents"
# What builds a block: the same shape, other channels, a stride of 2.
BUILT = {
    "seed000": ["ResidualBlock(8, 8)", "ResidualBlock(8, 16)", "ResidualBlock(8, 16, 2)"],
    "seed001": ["Residual(8, 8)", "Residual(8, 16, True)", "Residual(8, 16, True, 2)"],
    "seed002": [
        "ResidualBlock(8, 8)",
        "ResidualBlock(8, 16, 1, nn.Conv2d(8, 16, 1))",
        "ResidualBlock(8, 16, 2, nn.Conv2d(8, 16, 1, 2))",
    ],
    "seed004": ["Block(8, 8)", "Block(8, 16)", "Block(8, 16, 2)"],
}
ARGUMENTS = {
    "seed000": ("in_channels", "out_channels"),
    "seed001": ("input_channels", "num_channels"),
    "seed002": ("inchannel", "outchannel"),
    "seed004": ("in_channels", "out_channels"),
}


def annotated(name: str, text: str) -> str:
    """Return a document with the annotations that torchtyc reads on its block."""
    given, made = ARGUMENTS[name]
    axes = f'Float[Tensor, "n {given} h w"]', f'Float[Tensor, "n {made} _ _"]'
    text = re.sub(r"def forward\(self, (\w)\):", rf"def forward(self, \1: {axes[0]}) -> {axes[1]}:", text, count=1)
    text = text.replace(f"self, {given}, {made}", f"self, {given}: int, {made}: int", 1).replace(
        "stride=1", "stride: int = 1", 1
    )
    return text.replace("\n\n", "\n\nfrom jaxtyping import Float\nfrom torch import Tensor\n", 1)


def prepare(folder: Path) -> None:
    for name, calls in BUILT.items():
        text = (DOCUMENTS / f"{name}.py").read_text(encoding="utf-8")
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        (folder / f"{name}_annotated.py").write_text(annotated(name, text), encoding="utf-8")
        rows = [f"import torch\nfrom torch import nn\nfrom {name} import *\n"]
        rows += [f"def made{i}():\n    return {call}\n" for i, call in enumerate(calls)]
        rows += [f"def run{i}():\n    return made{i}()(torch.randn(4, 8, 32, 32))\n" for i in range(len(calls))]
        (folder / f"made_{name}.py").write_text("\n".join(rows), encoding="utf-8")


def tools(name: str, shapes: int) -> dict[str, list[list[str]]]:
    """Return the commands of each tool for one document."""
    models = [f"--torch-model=made_{name}.py:made{index}" for index in range(shapes)]
    return {
        "torchtyc check": [["torchtyc", "check", f"{name}.py"]],
        "torchtyc check, annotated": [["torchtyc", "check", f"{name}_annotated.py"]],
        "torchtyc run": [["torchtyc", "run", f"made_{name}.py::run{index}"] for index in range(shapes)],
        "pytest-torch": [["pytest", "-q", "-p", "no:cacheprovider", *models, "--torch-model-inputs=4x8x32x32"]],
        "pyrefly": [["pyrefly", "check", f"{name}.py"]],
        "mypy": [["mypy", "--check-untyped-defs", f"{name}.py"]],
    }


def main() -> int:
    places = sys.argv[1] + os.pathsep + os.environ["PATH"]
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        environment = os.environ | {"PATH": places, "PYTHONPATH": folder, "VIRTUAL_ENV": str(Path(sys.argv[1]).parent)}
        for name, calls in BUILT.items():
            for tool, commands in tools(name, len(calls)).items():
                for words in commands:
                    done = subprocess.run(
                        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
                    )
                    print(f"## {name}, {tool}: {' '.join(words)}: exit code {done.returncode}", flush=True)
                    print(
                        "\n".join(
                            f"    {line[:200]}" for line in (done.stdout + done.stderr).strip().splitlines()[-25:]
                        )
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
