"""How is a report read on a terminal? What decides comes first, then what was assumed, then the file's own matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from residua.metadata import assumed_of, licence_of
from residua.text import and_more
from residua.weights.assumptions import FALLS, Assumption, as_lines, assumed_rows, in_words, setting
from residua.weights.recognise.title import difference

if TYPE_CHECKING:
    from residua.spec import ResNetSpec
    from residua.weights.inspection import Candidate, Inspection

LONGEST_TITLE = 40  # of another candidate; a longer one is shown by what is different about it


def as_text(report: Inspection, width: int = 80) -> str:
    """Return a report as lines of at most `width` columns, where no single word is longer."""
    parts = (
        _of_block(report)
        if report.block
        else [*_deciding(report), *assumed_rows(report.assumed), *_of_the_file(report)]
    )
    return "\n".join(line for label, words in parts for line in as_lines(label, words, width))


def _of_block(report: Inspection) -> list[tuple[str, str]]:
    """Return what is known of one block alone."""
    rows = [
        ("file", f"{report.file} ({report.format})"),
        ("block", report.title),
        ("", f"{report.params:,} parameters"),
    ]
    if report.not_finite:
        rows.append(("damaged", f"NaN or infinity in {and_more(report.not_finite)}"))
    return [*rows, *(("assumed", f"{in_words(one)}: {one.because}") for one in report.assumed)]


def _deciding(report: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what the network is, how certain that is, what else it could be, and what is missing to use it."""
    spec = report.spec
    yield "file", f"{report.file} ({report.format})"
    yield "network", report.title
    channels = f"{spec.in_channels} channel{'' if spec.in_channels == 1 else 's'}"
    yield "", f"{report.params:,} parameters, {channels}, {spec.num_classes:,} classes"
    if report.not_finite:
        yield "damaged", f"NaN or infinity in {and_more(report.not_finite)}"
    yield "certainty", _certainty(report)
    for because in dict.fromkeys(one.because for one in report.decided):
        yield "decided", f"{', '.join(in_words(one) for one in report.decided if one.because == because)}: {because}"
    yield from (("doubt", words) for words in report.doubts)
    for candidate in report.candidates:
        yield "or it is", _candidate(candidate, report.spec)
    if report.ignored:
        yield "ignored", and_more(report.ignored)
    yield "images", _images(report)
    yield "classes", _classes(report)
    if terms := licence_of(report.meta):
        yield "pretrained", terms


def _certainty(report: Inspection) -> str:
    """Return how well the network is known, and by what."""
    if report.dialect == "residua":
        return "known: the file says so itself"
    count = len(report.candidates)
    if not count:
        return f"known as far as tensors show it ({report.because}); the rest is assumed, see below"
    others = "one other network fits" if count == 1 else f"{count} other networks fit"
    return f"shapes are known ({report.because}); {others} the same tensors"


def _candidate(other: Candidate, answer: ResNetSpec) -> str:
    """Return another network that fits, how far accuracy falls with the wrong one, and how it is chosen."""
    words = other.title if len(other.title) <= LONGEST_TITLE else f"the same, {difference(other.spec, answer)}"
    words += f"; with the wrong one of the two accuracy falls {FALLS[other.cost]}"
    if other.change:
        settings = " --set ".join(f"{name}={setting(value)}" for name, value in other.change.items())
        words += f" (residua convert --set {settings} takes this one)"
    return words


def _images(report: Inspection) -> str:
    """Return how images are prepared, or how one comes to know it."""
    known, declared = report.meta.preprocessing, _declared(report.assumed, "preprocessing")
    if known:
        by = "the file says so" if report.dialect == "residua" else declared.because if declared else "as given"
        taken = "".join(f"; assumed: {words}" for words in assumed_of(report.meta))
        return f"{_pixels(known)} ({by}){taken}"
    if declared:
        return f"{_pixels(declared.value)} ({declared.because}); the size is not declared: --size"
    return (
        "not known: nothing says how they are prepared. --preprocessing NAME gives it, --probe DATA finds it on "
        "labelled images; --write OUT keeps it"
    )


def _pixels(known: Mapping[str, Any]) -> str:
    words = []
    if "size" in known:
        words.append(f"{known['size']} px")
    if known.get("resize", known.get("size")) != known.get("size"):
        words.append(f"from {known['resize']} px")
    words += [f"{name} {' '.join(f'{value:g}' for value in known[name])}" for name in ("mean", "std") if name in known]
    return ", ".join(words)


def _classes(report: Inspection) -> str:
    """Return the names of the classes, or that there are none."""
    if not report.spec.num_classes:
        return "none: the network has no classifier"
    declared = _declared(report.assumed, "classes")
    if report.meta.classes:
        by = f" ({declared.because})" if declared else ""
        return f"{and_more(report.meta.classes)}{by}"
    return "no names: --classes imagenet, FILE or a,b,c gives them"


def _declared(assumed: Sequence[Assumption], what: str) -> Assumption | None:
    """Return what the file declares of `what`, if it does."""
    return next((one for one in assumed if one.what == what and one.value), None)


def _of_the_file(report: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what was done to read the file, and what else lies in it."""
    rows = {
        "layout": report.dialect,
        "unwrapped": ", ".join(report.wrappers),
        "also there": ", ".join(report.others),
        "not read": and_more(report.not_read),
        "reshaped": "; ".join(report.reshaped),
        "metadata": ", ".join(f"{name}={value}" for name, value in report.beside.items()),
    }
    found = [(label, words) for label, words in rows.items() if words]
    if found:
        yield "read as", ""
        yield from ((f"  {label}", words) for label, words in found)
