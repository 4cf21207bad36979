"""What do inspect, convert, evaluate and predict print for a stranger's file? Each command is run as a user types it.

    python bench/to_an_answer.py docs/weights-files.md --files FOLDER [--files FOLDER] --root CIFAR

A FOLDER holds some of the files below by their paths; a file that none holds is left out. Written is the page with all
commands and their output at 80 columns; the table of it is printed.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from decide import cifar
from PIL import Image
from public_files import FILES as PUBLIC

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
UNKNOWN = "images       not known"
HEAD = """\
# Strangers' files, from the file to an answer

Each public file that was tried, with what the commands print at 80 columns, stdout and stderr in one. `cifar10.txt`
names CIFAR-10's classes, a line each; `cat.png` and `horse.png` are the first and the last of its test images. This
page is written by

    python bench/to_an_answer.py docs/weights-files.md --files FOLDER --root CIFAR

"""


@dataclass(frozen=True)
class File:
    """A checkpoint of somebody's. preset: how its images are normalised as its authors say it, which `convert` is told
    where the norms do not show it; empty for other images than CIFAR-10's."""

    path: str
    preset: str


A_MARTYN = "cifar10, one number for all channels"
FILES = (
    File("akamaster/resnet20-12fca82f.th", "imagenet"),
    File("akamaster/resnet32-d509ac18.th", "imagenet"),
    File("EhanW/resnet20.pth", "imagenet"),
    File("MHAQ/cifar10_ResNet20v1_best.th", "cifar10"),
    File("MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th", "cifar10"),
    File("a-martyn/resnet20.pt", A_MARTYN),
    File("a-martyn/plainnet20.pt", A_MARTYN),
    File("mlperf-tiny/pretrainedResnet.h5", "0…255"),
    *(File(public.path, public.preset) for public in PUBLIC),
)


def commands(file: File, name: str, pictures: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what a user types for a file that lies under `name`, in order: the verb, and the rest."""
    out = f"{name.partition('.')[0]}.safetensors"
    yield "inspect", name
    if not file.preset:
        yield "convert", f"{name} {out}"
        return
    yield "convert", f"{name} {out} --classes cifar10.txt"
    yield "evaluate", f"{out} --data cifar10 --root cifar"
    yield "predict", f"{out} {' '.join(pictures)} --top 3"


def typed(command: str, folder: Path) -> str:
    """Return what one command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "residua", *shlex.split(command)[1:]],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,  # a file that is refused says so on the page
    )
    return done.stdout


def session(file: File, source: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Yield each command for a file with what it prints, in a folder of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, inspected = Path(temporary), ""
        (folder / source.name).symlink_to(source)
        (folder / "cifar").symlink_to(root)
        (folder / "cifar10.txt").write_text("\n".join(CLASSES) + "\n")
        pictures = list(written(folder, root))
        for verb, rest in commands(file, source.name, pictures):
            command = f"residua {verb} {rest}"
            if verb == "convert" and file.preset and UNKNOWN in inspected:
                command += f" --preprocessing {shlex.quote(file.preset)}"
            printed = typed(command, folder)
            inspected = printed if verb == "inspect" else inspected
            yield command, printed


def written(folder: Path, root: Path) -> Iterator[str]:
    """Write the first and the last of CIFAR-10's test images and yield their names: those of their classes."""
    for pixels, label in zip(*cifar(str(root), "test", 2), strict=True):
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(folder / f"{CLASSES[label]}.png")
        yield f"{CLASSES[label]}.png"


def as_row(file: File, printed: Sequence[str]) -> str:
    """Return a file's row of the table: what it is, what stays open, how good it is and what it sees."""
    inspected, *rest = printed
    network = re.search(r"^network +(.+?)\n +[\d,]+ parameters", inspected, re.MULTILINE | re.DOTALL)
    if network is None:
        return f"| `{file.path}` | refused | | | |"
    count = len(re.findall(r"^or it is", inspected, re.MULTILINE))
    evaluated, predicted = rest[1:] if len(rest) == 3 else ("", "")
    top1 = re.search(r"top-1 (\S+)", evaluated)
    answers = re.findall(r"^(\w+)\.png: (\w+) (\S+?),", predicted, re.MULTILINE)
    seen = "; ".join(f"{true}: {label} {score}" for true, label, score in answers)
    title = " ".join(network[1].split())
    return f"| `{file.path}` | {title} | {count or ''} | {top1[1] if top1 else ''} | {seen} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--files", type=Path, action="append", required=True)
    parser.add_argument("--root", type=Path, required=True)
    asked = parser.parse_args()
    table = ["| file | network | others that fit | top-1 | `predict` |", "|---|---|---|---|---|"]
    sections = []
    for file in FILES:
        source = next((folder / file.path for folder in asked.files if (folder / file.path).is_file()), None)
        if source is None:
            continue
        printed = list(session(file, source.resolve(), asked.root.resolve()))
        shown = "".join(f"$ {command}\n{output}" for command, output in printed)
        sections.append(f"## {file.path}\n\n```text\n{shown}```\n")
        table.append(as_row(file, [output for _, output in printed]))
        asked.page.write_text(HEAD + "\n".join(sections), encoding="utf-8")
        print(table[-1], flush=True)
    print("\n".join(table))


if __name__ == "__main__":
    main()
