"""How do several runs differ, in settings and in what came of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from residua import pages
from residua.errors import TrainError, WeightsError
from residua.files import write_atomic
from residua.scores import Paired, in_words, paired
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.weights.files.native import read_meta

OUTCOMES = (
    "epochs done",
    "best epoch",
    "best val top-1",
    "best val mAP",
    "top-1, cross-fitted",
    "top-1",
    "mAP",
    "counts",
    "class mean",
    "measured on",
    "loss",
    "train seconds",
    "images/s",
    "data wait",
    "residua",
    "torch",
)


OF_LABELS = (
    "best val top-1",
    "best val mAP",
    "top-1, cross-fitted",
    "top-1",
    "mAP",
    "class mean",
)  # shown where some run has them


@dataclass(frozen=True)
class Compared:
    """One run beside others: its settings, its log, its measures (None while it is not finished), its versions."""

    folder: Path
    config: TrainConfig
    rows: list[dict[str, Any]]
    metrics: dict[str, Any] | None
    made_by: Mapping[str, str] = field(default_factory=dict)

    def outcomes(self) -> dict[str, Any]:
        """Return what came of it; fractions 0…1, seconds, and None where nothing is known."""
        metrics = self.metrics or {}
        speeds = sorted(row["images_per_second"] for row in self.rows)
        waits = sorted(row["data_wait"] for row in self.rows)
        values = (
            len(self.rows),
            metrics.get("epoch"),
            self._best("top1"),
            self._best("map"),
            (metrics.get("cross_fitted") or {}).get("top1"),
            metrics.get("top1"),
            metrics.get("map"),
            in_words(metrics["correct"], metrics["samples"]) if metrics.get("correct") is not None else None,
            metrics.get("class_mean"),
            metrics.get("split"),
            metrics.get("loss"),
            metrics.get("train_seconds"),
            speeds[len(speeds) // 2] if speeds else None,
            waits[len(waits) // 2] if waits else None,
            self.made_by.get("residua"),
            self.made_by.get("torch"),
        )
        return dict(zip(OUTCOMES, values, strict=True))

    def _best(self, measure: str) -> float | None:
        """Return the largest of a validation's measure over the epochs, of the running mean where that serves."""
        chosen = [row.get(f"mean_val_{measure}", row.get(f"val_{measure}")) for row in self.rows]
        return max((value for value in chosen if value is not None), default=None)

    def right(self) -> list[bool] | None:
        """Return which images it recognised; None for a run that is not finished, or of an earlier version."""
        if self.metrics is None or not self.metrics.get("right"):
            return None
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(self.metrics["right"]), np.uint8))
        return [bool(bit) for bit in bits[: self.metrics["samples"]]]

    def against(self, first: Compared) -> Paired | None:
        """Compare this run with the first one image by image; None where they did not measure the same images."""
        mine, others = self.right(), first.right()
        if mine is None or others is None or self.metrics is None or first.metrics is None:
            return None
        same = self.metrics["images_sha256"] == first.metrics["images_sha256"]
        return paired(others, mine) if same and self is not first else None


def read_runs(folders: Sequence[Path]) -> list[Compared]:
    """Read run folders. Raises TrainError when one is none, or there are fewer than two."""
    if len(folders) < 2:
        raise TrainError("--compare takes two run folders or more: residua train --compare RUN RUN")
    runs = [Run.open(folder) for folder in folders]
    return [Compared(run.folder, run.config, run.rows(), run.metrics, _versions(run)) for run in runs]


def _versions(run: Run) -> dict[str, str]:
    """Return which residua and torch wrote the weights that a run keeps, as far as they say."""
    try:
        _, meta = read_meta(run.model_file)
    except WeightsError:
        return {}
    made = meta.provenance or {}
    return {name: str(made[name]) for name in ("residua", "torch") if name in made}


def differing(runs: Sequence[Compared]) -> list[str]:
    """Return the settings that are not the same in all `runs`, in the order of the configuration."""
    names = (name for name in TrainConfig.model_fields if name not in ("split_sha256", "data_path"))
    return [name for name in names if len({repr(getattr(run.config, name)) for run in runs}) > 1]


def as_json(runs: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return a document a run: folder, the settings that differ, outcomes, and the log."""
    names = differing(runs)
    return [
        {
            "run": str(run.folder),
            "settings": {name: run.config.model_dump(mode="json")[name] for name in names},
            "outcomes": {
                name.lower().replace(",", "").replace("-", "").replace("/", "_per_").replace(" ", "_"): value
                for name, value in run.outcomes().items()
            },
            "against_first": None if (tested := run.against(runs[0])) is None else asdict(tested),
            "rows": run.rows,
        }
        for run in runs
    ]


def write_page(runs: Sequence[Compared], path: Path) -> None:
    """Write one self-contained page: curves, settings that differ, outcomes. Raises MissingExtra without `report`."""
    title, names = f"{len(runs)} runs side by side", [str(run.folder) for run in runs]
    with pages.drawing():
        values = {"title": title, "curves": _curves(runs), "names": names, "table": table(runs)}
        page = pages.render("residua.train.measure", "compare.html", **values)
    write_atomic(path, page)


def table(runs: Sequence[Compared]) -> list[list[str]]:
    """Return rows of words: a setting or an outcome, and its value in each run."""
    settings = [[name, *_settings([getattr(run.config, name) for run in runs])] for name in differing(runs)]
    outcomes = [run.outcomes() for run in runs]
    shown = [name for name in OUTCOMES if name not in OF_LABELS or any(each[name] is not None for each in outcomes)]
    words = settings + [[name, *(_in_words(name, each[name]) for each in outcomes)] for name in shown]
    tested = [run.against(runs[0]) for run in runs]
    if any(tested):
        words.append(["against the first", *("–" if test is None else str(test) for test in tested)])
    return words


def _settings(values: list[Any]) -> list[str]:
    """Return the values of one setting in few letters: of paths the last parts, where these differ."""
    whole = [_setting(value) for value in values]
    short = [Path(words).name for words in whole]
    return short if len(set(short)) == len(set(whole)) else whole


def _setting(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "–"
    return "–" if value is None or value == "" else str(value)


def _in_words(name: str, value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or "–"
    if name in (*OF_LABELS, "data wait"):
        return f"{value:.2%}"
    return f"{value:.4f}" if name == "loss" else f"{value:,.0f}"


def _curves(runs: Sequence[Compared]) -> list[str]:
    """Return validation (or training) loss, top-1 and mAP, where known, of all runs over images seen, an SVG each."""
    titles = {"loss": "loss", "top1": "top-1", "map": "mAP"}
    known = {name for name in titles for run in runs for row in run.rows if row.get(f"val_{name}") is not None}
    known |= {name for name in titles for run in runs for row in run.rows if row.get(name) is not None}
    return [_curve(runs, name, title) for name, title in titles.items() if name in known]


def _curve(runs: Sequence[Compared], name: str, title: str) -> str:
    figure, axis = pages.figure_of()
    for run in runs:
        held = bool(run.rows) and run.rows[0]["val_loss"] is not None
        seen = [row["samples"] for row in run.rows]
        label = f"{run.folder.name}{'' if held else ' (training images)'}"
        values = [row.get(f"val_{name}" if held else name) for row in run.rows]
        if None in values:
            continue  # of one label an image, or of several
        axis.plot(seen, values, label=label, marker="o" if len(seen) < 12 else None, ms=3)
    if name != "loss":
        pages.in_percent(axis.yaxis)
    axis.set_title(title)
    axis.set_xlabel("training images seen")
    pages.whole_numbers(axis.xaxis)
    axis.legend()
    return pages.as_svg(figure, f"{title} of {len(runs)} runs over the training images seen")
