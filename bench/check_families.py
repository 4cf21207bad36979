"""What does check say of one published network of each family of torchvision and timm? Prints Markdown.

python bench/check_families.py [--seconds 60] [--only PART] [LIBRARY …]: torchvision and timm, or the one named

A family is a module of the library; its smallest network stands for it, as an instance with weights of its own
initialisation. The libraries are no part of residua: the development environment has them. The last column of time is
that of the processor for the whole command, imports of torch and of the library included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.peers import torchvision_models  # noqa: E402

VISION = torchvision_models()
import timm  # noqa: E402

TRIED = 12  # networks of a family whose parameters are counted; names of small ones first
SMALL = ("test", "atto", "femto", "pico", "nano", "xxs", "xs", "tiny", "small", "18", "026", "b0", "050")


def families(library: str) -> Iterator[tuple[str, list[str]]]:
    """Give each family's name with the names of its networks."""
    if library == "torchvision":
        found: dict[str, list[str]] = {}
        for name in VISION.list_models(module=VISION):
            builder = VISION.get_model_builder(name)
            found.setdefault(builder.__module__.rpartition(".")[2], []).append(name)
        yield from found.items()
        return
    for module in timm.list_modules():
        yield module, timm.list_models(module=module)


def build(library: str, name: str) -> torch.nn.Module:
    """Return the network without published weights."""
    if library == "torchvision":
        return VISION.get_model(name, weights=None)
    return timm.create_model(name)


def smallest(library: str, names: list[str]) -> str:
    """Return the network with fewest parameters among those whose name says that it is small, else the first ones."""
    hints = [name for name in names if any(part in name for part in SMALL)]
    counted = []
    for name in (hints + [name for name in names if name not in hints])[:TRIED]:
        try:
            with torch.device("meta"):
                counted.append((sum(parameter.numel() for parameter in build(library, name).parameters()), name))
        except Exception:
            continue  # a network whose constructor computes with its weights
    return min(counted)[1] if counted else names[0]


def examine(library: str, name: str, seconds: float) -> dict:
    """Return what `residua check` says of the instance, or why it was not run."""
    program = "import torchvision.models\n" if library == "torchvision" else "import timm\n"
    program += f"net = {library}.models.get_model({name!r}, weights=None)\n" if library == "torchvision" else ""
    program += f"net = timm.create_model({name!r})\n" if library == "timm" else ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "family.py"
        file.write_text(program, encoding="utf-8")
        before = _children_seconds()
        command = ["check", f"{file}:net", "--json", "--timeout-seconds", str(seconds)]
        done = subprocess.run(
            [sys.executable, "-m", "residua", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
    used = {"processor": _children_seconds() - before}
    try:
        return json.loads(done.stdout)["targets"][0] | used
    except (ValueError, LookupError):
        said = done.stderr.strip()[-200:]
        return {"verdict": f"exit {done.returncode}", "reason": said, "findings": [], "seconds": 0, **used}


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries", nargs="*", default=["torchvision", "timm"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print("| library | family | network | seconds | of the processor | verdict | errors, warnings, or why not run |")
    print("|---|---|---|---|---|---|---|")
    for library in options.libraries:
        for family, names in families(library):
            if options.only not in family:
                continue
            name = smallest(library, names)
            report = examine(library, name, options.seconds)
            loud = [
                f"{finding['rule']} {finding['severity']}: {finding['message']}"
                for finding in report["findings"]
                if finding["severity"] != "note"
            ]
            said = "; ".join(loud) or report.get("reason") or ""
            print(
                f"| {library} | {family} | {name} | {report['seconds']:.1f} | {report['processor']:.1f} | "
                f"{report['verdict']} | {said} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
