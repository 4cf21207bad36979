"""What are the maps of each method worth over a data set's test images? Prints Markdown.

python bench/explain_maps.py TARGET DATA [ROOT] [--count 20] [-- options of `residua explain`]: evenly spaced images
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from residua.cli.app import main  # noqa: E402
from residua.data import open_dataset  # noqa: E402


def pictures(data: str, root: str | None, count: int, folder: Path) -> None:
    """Write `count` test images, evenly spaced, as PNG."""
    whole = open_dataset(data, root)
    assert whole.test is not None, f"{data} has no test images"
    for place in np.linspace(0, len(whole.test) - 1, count).astype(int).tolist():
        image, label = whole.test[place]
        image.save(folder / f"{place:05d}-{whole.classes[label]}.png")


def explained(target: str, folder: Path, options: list[str]) -> list[dict[str, Any]]:
    """Return the images of explain.json."""
    with redirect_stdout(sys.stderr):
        code = main(["explain", target, str(folder), "--out", str(folder / "out"), "--quiet", *options])
    assert code == 0, f"residua explain ended with {code}"
    images: list[dict[str, Any]] = json.loads((folder / "out" / "explain" / "explain.json").read_text())["images"]
    return images


def row(method: str, maps: list[dict[str, Any]]) -> str:
    """Return a method's row: means over the images, the largest correlation, and how many maps are doubted."""
    alike = [statistics.fmean(own["correlations_with_shuffled_weights"] or [float("nan")]) for own in maps]
    scores = [
        statistics.fmean(statistics.fmean(np.atleast_1d(own[name])) for own in maps)
        for name in ("deletion", "random_deletion", "insertion", "random_insertion")
    ]
    cells = "×".join(map(str, maps[0]["shape"]))
    doubted = f"{sum(bool(own['doubts']) for own in maps)} of {len(maps)}"
    numbers = " | ".join(f"{score:.2f}" for score in scores)
    return f"| {method} | {cells} | {numbers} | {statistics.fmean(alike):.2f} | {max(alike):.2f} | {doubted} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("data")
    parser.add_argument("root", nargs="?")
    parser.add_argument("--count", type=int, default=20)
    words, options = sys.argv[1:], []
    if "--" in words:
        words, options = words[: words.index("--")], words[words.index("--") + 1 :]
    own = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        pictures(own.data, own.root, own.count, Path(folder))
        images = explained(own.target, Path(folder), options)
    print("| method | cells | deletion | random | insertion | random | ρ, mean | ρ, largest | doubted |")
    print("|---|---|---|---|---|---|---|---|---|")
    for place, first in enumerate(images[0]["maps"]):
        print(row(first["method"], [image["maps"][place] for image in images]))
