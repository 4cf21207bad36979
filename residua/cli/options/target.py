"""Which network does a TARGET on the command line name?

A TARGET is a name from the zoo, a pretrained name, a checkpoint, a run folder, or `file.py:Class`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residua.cli.output import say
from residua.errors import ResiduaError, SpecError, TargetError
from residua.zoo import ZOO

if TYPE_CHECKING:
    from torch import nn

    from residua.nn import ResNet
    from residua.weights.image_options import ImageOptions
    from residua.weights.pretrained import Pretrained


@dataclass(frozen=True)
class Opened:
    """A target that has been opened.

    input_size: (channels, height, width) that it is made for, or None where the target does not say.
    label: what to call it.
    """

    module: nn.Module
    input_size: tuple[int, int, int] | None
    label: str


def open_model(target: str, changes: dict[str, Any]) -> Opened:
    """Return the module that `target` names; only its shapes are promised, its weights may be without memory.

    changes: fields of a zoo network's spec, or arguments of the class or function in `file.py:Class`.
    Raises TargetError when there is no such thing, SpecError for an unknown name or an impossible change, WeightsError
    for a damaged checkpoint.
    """
    file, colon, _ = target.rpartition(":")
    if target.endswith((".py", ".ipynb")) or (colon and file.endswith((".py", ".ipynb"))):
        return _from_source(target, changes)
    if Path(target).exists():
        if changes:
            raise TargetError(f"--set changes a network of the zoo or the arguments of a class; {target} is finished")
        return _from_file(Path(target))
    from residua.weights import pretrained

    row = None if target in ZOO else pretrained.named(target)
    if row is not None:
        return _from_zoo(row.network, changes, row)
    if "/" in target or "\\" in target or Path(target).suffix in (".pth", ".pt", ".safetensors", ".h5"):
        raise TargetError(f"{target}: no such file or folder")
    return _from_zoo(target, changes)


def parse_size(text: str) -> tuple[int, int, int]:
    """Return (channels, height, width) of `3x224x224` (or `3×224×224`). Raises SpecError for anything else."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 3 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise SpecError(f"--input takes CHANNELSxHEIGHTxWIDTH, such as 3x224x224, not {text!r}")
    channels, height, width = (int(part) for part in parts)
    return channels, height, width


def fetch_pretrained(target: str | None, quiet: bool) -> None:
    """Fetch the weights that a pretrained name stands for, with its licence and progress on stderr; others are left."""
    if target is None or target in ZOO:
        return
    from residua.weights import pretrained

    row = pretrained.named(target)
    if row is None:
        return
    with byte_progress(row.name, quiet) as progress:
        pretrained.fetch(row, lambda line: say(line, quiet=quiet), progress)


def open_weights(target: str, images: ImageOptions | None, quiet: bool) -> ResNet:
    """Return the network of a run, a checkpoint or a pretrained name; say what is assumed of its images' preparation.

    Raises what `open_trained` raises.
    """
    from residua.metadata import assumed_of
    from residua.weights.trained import open_trained

    fetch_pretrained(target, quiet)
    network = open_trained(target, images)
    for words in assumed_of(network.meta):
        say(f"assumed: {words}", quiet=quiet)
    return network


@contextmanager
def byte_progress(name: str, quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    """Give what draws the progress of a download on a terminal; None where stderr is none."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda have, total: bar.update(task, completed=have, total=total)


def _from_zoo(name: str, changes: dict[str, Any], weights: Pretrained | None = None) -> Opened:
    """Return the zoo's network `name`; the input size and label are those of `weights`, if it is named by them."""
    import torch

    from residua.nn import build
    from residua.zoo import find

    side = find(name).input_size[1:]
    if weights is not None and weights.preprocessing is not None:
        side = (weights.preprocessing.size,) * 2
    with torch.device("meta"):
        model = build(name, **changes)
    return Opened(model, (model.spec.in_channels, *side), name if weights is None else weights.name)


def _from_file(path: Path) -> Opened:
    from residua.weights.trained import open_outline

    return Opened(*open_outline(path))


def _from_source(target: str, arguments: dict[str, Any]) -> Opened:
    """Construct what `file.py:Class` names, as `residua check` does."""
    from residua.targets import construct, find
    from residua.targets.roles import names_settings

    candidates = find(target)
    if len(candidates) > 1:
        names = ", ".join(candidate.name for candidate in candidates)
        raise TargetError(f"{target} has several modules ({names}); name one, as {target}:{candidates[-1].name}")
    try:
        module = construct(candidates[0], arguments).module
    except ResiduaError:
        raise
    except Exception as error:
        settings = [
            name for name in candidates[0].signature.required() if names_settings(name) and name not in arguments
        ]
        if settings:
            raise TargetError(
                f"{candidates[0].target} takes a configuration that we could not guess ({', '.join(settings)}); give "
                f"--set {settings[0]}=…, or a class or function that makes it without one"
            ) from error
        raise TargetError(
            f"{candidates[0].target} cannot be constructed: {type(error).__name__}: {error}; give its arguments as "
            "--set name=value"
        ) from error
    return Opened(module, None, candidates[0].target)
