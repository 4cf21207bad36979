"""`residua inspect`: what network is in this checkpoint?"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from residua.cli.options.probing import ProbeOptions, as_row, probed, settled
from residua.cli.options.target import fetch_pretrained
from residua.cli.output import emit, say, say_wrapped, show
from residua.cli.process import importing
from residua.files import require_new
from residua.text import name_of
from residua.weights.image_options import ImageOptions

if TYPE_CHECKING:
    from residua.weights.options import Options
    from residua.weights.read import Found
    from residua.weights.recognise.recognised import UnknownNetworkError
    from residua.weights.report import InspectReport


def inspect(
    file: str,
    *,
    labelled: Annotated[ProbeOptions | None, Parameter(name="*")] = None,
    images: Annotated[ImageOptions | None, Parameter(name="*")] = None,
    write: Path | None = None,
    overwrite: bool = False,
    prefix: str | None = None,
    ema: bool = False,
    decide: Annotated[bool, Parameter(negative="--no-decide")] = True,
    json: bool = False,
    quiet: bool = False,
) -> int:
    """What network is in this checkpoint? Nothing in it is run. Exit 1: it holds NaN or infinity.

    Parameters
    ----------
    write
        Write it as our own file, with all that was found and given, as `residua convert` does.
    overwrite
        Replace the file of --write where it exists.
    prefix
        Which of several networks in the file.
    ema
        Averaged weights, where the file has both.
    decide
        Where the tensors fit several networks, let the norms' statistics decide.
    json
        Print one JSON document.
    quiet
        Say nothing but results and errors.
    """
    with importing():
        from residua.weights.options import Options
        from residua.weights.read import read
        from residua.weights.recognise.recognised import UnknownNetworkError
        from residua.weights.report import describe, read_decided

    _require_writable(write, overwrite)
    options = Options(ema=ema, prefix=prefix, decide=decide, images=images or ImageOptions())
    fetch_pretrained(file, quiet)
    try:
        found = read_decided(file, ema, prefix) if decide else read(file, ema=ema, prefix=prefix)
    except UnknownNetworkError as refused:
        return _show_block(refused, json)
    asked = labelled or ProbeOptions()
    report = describe(found, options.images)
    ranking = [] if report.not_finite else probed(found, asked, options, quiet)
    if json:
        emit(report.to_json() | ({"probe": [as_row(one) for one in ranking]} if asked.probe else {}))
    else:
        _show(report, [as_row(one) for one in ranking])
    if report.not_finite:
        say(f"residua: {report.file}: {name_of(report.not_finite[0])} holds NaN or infinity")
        return 1
    if write is not None:
        _write(found, file, write, settled(options, ranking), quiet)
    return 0


def _require_writable(write: Path | None, overwrite: bool) -> None:
    """Raise ResiduaError for a file of --write that could not be written after all the work."""
    if write is not None:
        from residua.weights.conversion import require_destination

        require_destination(write)
        require_new(write, overwrite)


def _show_block(refused: UnknownNetworkError, json: bool) -> int:
    """Print the report of a file that holds one block alone. Raises `refused` where it holds none."""
    from residua.weights.report import describe_block

    report = describe_block(refused)
    if json:
        emit(report.to_json())
    else:
        show(report.as_text())
    return 1 if report.not_finite else 0


def _show(report: InspectReport, ranking: list[dict[str, Any]]) -> None:
    show(report.as_text())
    if not ranking:
        return
    print(f"\nprobed on {ranking[0]['samples']:,} labelled images: top-1, loss, network, normalised as")
    for row in ranking[:8]:
        figures = f"  {row['top1']:7.2%} {row['loss']:8.4f}  "
        print(textwrap.fill(f"{row['title']}; {row['preprocessing']}", 80, initial_indent=figures,
                            subsequent_indent=" " * len(figures)))  # fmt: skip


def _write(found: Found, file: str, write: Path, options: Options, quiet: bool) -> None:
    """Write what was found as our own file, and say what was."""
    from residua.cli.convert import proof, remarks
    from residua.weights.conversion import write_found

    done = write_found(found, file, write, options=options)
    for line in [*(f"residua: {line}" for line in remarks(done)), proof(done)]:
        say_wrapped(line, quiet=quiet)
