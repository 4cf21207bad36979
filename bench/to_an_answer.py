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

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
HEAD = """\
# Strangers' files, from the file to an answer

Each public file that was tried, with what the commands print at 80 columns, stdout and stderr in one. `cifar10.txt`
names CIFAR-10's classes, a line each; `cat.png` and `ship.png` are the first two of its test images. This page is
written by

    python bench/to_an_answer.py docs/weights-files.md --files FOLDER --root CIFAR

"""


@dataclass(frozen=True)
class File:
    """A checkpoint of somebody's. flags: what `convert` must be given, as its authors say it. reads_cifar: the test
    images of CIFAR-10 are what it was made for."""

    path: str
    flags: str = ""
    reads_cifar: bool = True


FILES = (
    File("akamaster/resnet20-12fca82f.th"),
    File("akamaster/resnet32-d509ac18.th"),
    File("EhanW/resnet20.pth"),
    File("MHAQ/cifar10_ResNet20v1_best.th"),
    File("MHAQ/cifar10-resnet20_cifar10_from_resnet20_cifar10_new-final_run_92.81.th"),
    File("a-martyn/resnet20.pt"),
    File("a-martyn/plainnet20.pt"),
    File("mlperf-tiny/pretrainedResnet.h5"),
    File("theo-obadiah-teguh+NeuralNets/pretrained/resnet20.pth"),
    File("theo-obadiah-teguh+NeuralNets/pretrained/resnet32.pth"),
    File("a-martyn+resnet/pretrained/plainnet32.pt"),
    File("a-martyn+resnet/pretrained/resnet32.pt"),
    File("Jonathan-Pearce+calibration_library/pretrained_models/cifar10_resnet20.pth", "--preprocessing cifar10"),
    File("kejeon+in_dev_RN20/checkpoint/ckpt.pth"),
    File("Amandashi95+onnc/resnet20.onnx"),
    File("BlauerRaecher+kws_results/models/resnet.pt", reads_cifar=False),
    File("rationalisa+Resnet_tsne/resnet_100.ckpt", reads_cifar=False),
    File("rationalisa+Resnet_tsne/model_100.ckpt", reads_cifar=False),
    File("alexydatascience+resnet20-pruning/saved_models/resnet20.pth", reads_cifar=False),
    File("saurabhmathur96+happy-and-you-know-it/models/resnet20.h5", reads_cifar=False),
    File("facebookresearch+kill-the-bits/src/models/compressed/resnet18_large_blocks.pth", reads_cifar=False),
)


def commands(file: File, name: str) -> list[str]:
    """Return what a user types for a file that lies under `name`."""
    out = f"{name.partition('.')[0]}.safetensors"
    if not file.reads_cifar:
        return [f"residua inspect {name}", f"residua convert {name} {out}"]
    return [
        f"residua inspect {name}",
        " ".join(filter(None, [f"residua convert {name} {out}", file.flags, "--classes cifar10.txt"])),
        f"residua evaluate {out} --data cifar10 --root cifar",
        f"residua predict {out} cat.png ship.png --top 3",
    ]


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
        folder = Path(temporary)
        (folder / source.name).symlink_to(source)
        (folder / "cifar").symlink_to(root)
        (folder / "cifar10.txt").write_text("\n".join(CLASSES) + "\n")
        pixels, labels = cifar(str(root), "test", 2)
        for picture, label in zip(pixels, labels, strict=True):
            Image.fromarray(picture.permute(1, 2, 0).byte().numpy()).save(folder / f"{CLASSES[label]}.png")
        for command in commands(file, source.name):
            yield command, typed(command, folder)


def as_row(file: File, printed: Sequence[str]) -> str:
    """Return a file's row of the table: what it is, what stays open, how good it is and what it sees."""
    inspected, *rest = printed
    network = re.search(r"^network +(.+)", inspected, re.MULTILINE)
    if network is None:
        return f"| `{file.path}` | refused | | | |"
    count = len(re.findall(r"^or it is", inspected, re.MULTILINE))
    evaluated, predicted = rest[1:] if len(rest) == 3 else ("", "")
    top1 = re.search(r"top-1 (\S+)", evaluated)
    answers = re.findall(r"^(\w+)\.png: (\w+) (\S+?),", predicted, re.MULTILINE)
    seen = "; ".join(f"{true}: {label} {score}" for true, label, score in answers)
    return f"| `{file.path}` | {network[1]} | {count or ''} | {top1[1] if top1 else ''} | {seen} |"


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
        print(table[-1], flush=True)
    asked.page.write_text(HEAD + "\n".join(sections), encoding="utf-8")
    print("\n".join(table))


if __name__ == "__main__":
    main()
