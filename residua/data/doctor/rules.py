"""Which of these statistics would spoil a training, and what should be done about it?

Each rule is a function from a collection to findings; its code is stable, so that scripts can rely on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from residua.data.doctor.image_stats import ImageStats
from residua.data.groups.near_duplicates import near_groups
from residua.data.pixels.depth import SHALLOW, Depth
from residua.data.sources.folder import ONLY_CLASS, stray_words
from residua.data.sources.source import Note
from residua.text import and_more, compared, natural_key

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
FORMATS = {
    "JPEG": "jpg jpeg jpe jfif",
    "MPO": "jpg jpeg jpe jfif mpo",
    "PNG": "png apng",
    "GIF": "gif",
    "BMP": "bmp dib",
}
FORMATS |= {"WEBP": "webp", "TIFF": "tif tiff"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, and the files that show it."""

    code: str
    severity: Severity
    message: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """Everything that the rules look at.

    classes: of each split, in label order. size: suggested side of the input. stray: images that belong to no class.
    overlooked: files that are images but not by their name. notes: what opening left out or read otherwise. refusal:
    why nothing can be opened, or None. depth: bits that hold the largest level of the deep training images, and it.
    several: see `Contents`.
    """

    images: tuple[ImageStats, ...]
    classes: dict[str, tuple[str, ...]]
    size: int
    stray: tuple[str, ...] = ()
    overlooked: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: str | None = None
    depth: Depth = SHALLOW
    several: Mapping[str, tuple[str, ...]] | None = None

    @property
    def readable(self) -> list[ImageStats]:
        """The images that could be decoded."""
        return [image for image in self.images if image.problem is None]

    @property
    def seen(self) -> float | None:
        """Share of the median picture that the centre crop shows, 0…1; None without pictures."""
        headers = [image.header for image in self.readable if image.header is not None]
        shares = [min(header.width, header.height) / max(header.width, header.height) for header in headers]
        return median(shares) if shares else None

    def counts(self, split: str) -> Counter[str]:
        """Readable images a class of one split, one of several labels in each; a class without any is there with 0."""
        counts = Counter(dict.fromkeys(self.classes[split], 0))
        for label, count in self._labels(split).items():
            for name in (label,) if self.several is None else self.several[label]:
                counts[name] += count
        return counts

    def images_in(self, split: str) -> int:
        """How many images of a split can be read."""
        return self._labels(split).total()

    def _labels(self, split: str) -> Counter[str]:
        return Counter(image.label for image in self.images if image.split == split and image.problem is None)


def judge(collection: Collection) -> tuple[Finding, ...]:
    """Return all findings, errors first."""
    found = [finding for rule in RULES for finding in rule(collection)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def judge_classes(classes: dict[str, tuple[str, ...]], counts: dict[str, Counter[str]]) -> tuple[Finding, ...]:
    """Return the findings that need only names and counts: what training runs by itself, without decoding anything."""
    rules = (_numeric_classes(classes), _similar_class_names(classes), _class_sets(classes), _class_sizes(counts))
    found = [finding for rule in rules for finding in rule]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _refused(collection: Collection) -> Iterator[Finding]:
    if collection.refusal:
        yield Finding("cannot-open", "error", collection.refusal)


def _unreadable(collection: Collection) -> Iterator[Finding]:
    words = {
        "empty-file": "empty (0 bytes)",
        "truncated-file": "truncated or damaged",
        "not-an-image": "not recognised as an image",
        "decompression-bomb": "refused for their claimed size",
        "unreadable-file": "impossible to open",
        "broken-link": "behind a link that leads nowhere",
        "not-a-file": "not regular, a pipe or device with an image's name",
        "left-out": "left out",
    }
    grouped = defaultdict(list)
    for image in collection.images:
        if image.problem:
            grouped[image.problem[0]].append(image)
    for code, images in grouped.items():
        first = f"{images[0].where}: {images[0].problem[1] if images[0].problem else ''}"
        message = (
            f"{_count(images, 'file')} {words[code]}, as {first}. Repair or remove them, or train with --skip-bad."
        )
        yield Finding(code, "error", message, tuple(image.where for image in images))


def _notes(collection: Collection) -> Iterator[Finding]:
    for note in collection.notes:
        yield Finding(note.code, note.severity, note.message)


def _stray(collection: Collection) -> Iterator[Finding]:
    if collection.stray:
        yield Finding("stray-images", "warning", stray_words(collection.stray), collection.stray)


def _overlooked(collection: Collection) -> Iterator[Finding]:
    if collection.overlooked:
        files, first = _count(collection.overlooked, "file"), collection.overlooked[0]
        message = (
            f"{files} left out for the name, but of an image's content, as {first}. "
            "Convert to JPEG or PNG, or give the ending of the format."
        )
        yield Finding("overlooked-image", "warning", message, collection.overlooked)


def _class_rules(collection: Collection) -> Iterator[Finding]:
    yield from judge_classes(collection.classes, {split: collection.counts(split) for split in collection.classes})


def _numeric_classes(classes: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    names = classes["train"]
    if all(name.isdecimal() for name in names) and list(names) != sorted(names):
        text = ", ".join(sorted(names)[:4])
        message = (
            f"the {len(names)} class names are numbers: here class 2 comes before 10, but other programs sort them as "
            "text "
            f"({text} …) and give them other labels. Compare classes by name."
        )
        yield Finding("numeric-classes", "warning", message)


def _similar_class_names(classes: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    groups: dict[str | float, list[str]] = defaultdict(list)
    for name in classes["train"]:
        groups[compared(name)].append(name)
    same = [group for key, group in groups.items() if key != "" and len(group) > 1]
    if same:
        message = (
            f"class names differ only in case, spaces or signs: {' and '.join(map(repr, same[0]))}. One class or two?"
        )
        yield Finding("similar-class-names", "warning", message)


def _class_sets(classes: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    train = set(classes["train"])
    if len(train) == 1:
        yield Finding("one-class", "error", f"{classes['train'][0]} {ONLY_CLASS}.")
    for split, names in classes.items():
        unknown = [name for name in names if name not in train]
        missing = [name for name in classes["train"] if name not in names]
        if unknown:
            yield Finding("unknown-classes", "error", f"{split} has classes that train has not: {and_more(unknown)}.")
        if missing:
            message = (
                f"{split} lacks {len(missing)} of {len(train)} classes: {and_more(missing)}. Labels are matched by "
                "name here; programs that count folders would shift them."
            )
            yield Finding("missing-classes", "warning", message)


def _class_sizes(counts: dict[str, Counter[str]]) -> Iterator[Finding]:
    train = counts["train"]
    empty = [name for name, count in train.items() if not count]
    if empty:
        yield Finding("empty-class", "error", f"{_count(empty, 'class')} without a readable image: {and_more(empty)}.")
    single = [name for name, count in train.items() if count == 1]
    if single:
        message = (
            f"{_count(single, 'class')} with a single image: {and_more(single)}. It is trained on, never validated."
        )
        yield Finding("single-image-class", "warning", message)
    filled = [count for count in train.values() if count > 1]
    if filled and max(filled) > 10 * min(filled):
        large, small = train.most_common(1)[0], min((count, name) for name, count in train.items() if count > 1)
        message = (
            f"{large[0]} has {large[1]} images, {small[1]} has {small[0]}: read the class mean, not top-1; "
            "train --balance shows each class equally often."
        )
        yield Finding("class-imbalance", "warning", message)


def _duplicates(collection: Collection) -> Iterator[Finding]:
    yield from _same(_by_pixels(collection.readable), "", "the same")


def _near_duplicates(collection: Collection) -> Iterator[Finding]:
    different = _by_pixels(image for image in collection.readable if image.signature and image.signature.comparable)
    groups = near_groups([same[0].signature.miniature for same in different if same[0].signature])
    yield from _same(
        [[image for at in group for image in different[at]] for group in groups], "near-", "nearly the same"
    )


def _by_pixels(images: Iterable[ImageStats]) -> list[list[ImageStats]]:
    """Return the images in groups of equal pixels."""
    groups = defaultdict(list)
    for image in images:
        groups[image.signature.digest if image.signature else b""].append(image)
    return list(groups.values())


def _same(groups: Sequence[list[ImageStats]], prefix: str, words: str) -> Iterator[Finding]:
    """Judge groups of equal images: across splits they leak, across classes they contradict, else they only repeat."""
    kinds: dict[str, list[list[ImageStats]]] = defaultdict(list)
    for group in groups:
        if len(group) > 1:
            splits, labels = {image.split for image in group}, {image.label for image in group}
            found = [kind for kind, several in (("leak", splits), ("conflict", labels)) if len(several) > 1]
            for kind in found or ["duplicate"]:
                kinds[kind].append(group)
    advice = {
        "leak": ("error", "in more than one split: measured accuracy will be too high. Keep one"),
        "conflict": ("error", "under more than one class: one of the labels is wrong"),
        "duplicate": ("warning", "more than once in a class"),
    }
    for kind, (severity, text) in advice.items():
        if kinds[kind]:
            example = " = ".join(image.where for image in kinds[kind][0][:3])
            files = tuple(dict.fromkeys(image.where for group in kinds[kind] for image in group))
            level: Severity = "warning" if prefix or severity == "warning" else "error"
            many = f" ({len(files)} images)" if len(files) > 2 * len(kinds[kind]) else ""
            text = text.replace(": one of the labels is wrong", ", turned or not: is one wrong?") if prefix else text
            message = f"{len(kinds[kind])} × {words} image {text}{many}, as {example}."
            yield Finding(prefix + kind, level, message, files)


def _flat(collection: Collection) -> Iterator[Finding]:
    files = tuple(image.where for image in collection.readable if image.deviation and max(image.deviation) < 1 / 255)
    if files:
        yield Finding("blank-image", "warning", f"{_count(files, 'image')} of a single colour, as {files[0]}.", files)


def _rule(
    code: str, severity: Severity, words: str, test: Callable[[ImageStats], bool]
) -> Callable[[Collection], Iterator[Finding]]:
    """Make the rule that names every readable image for which `test` holds."""

    def rule(collection: Collection) -> Iterator[Finding]:
        files = tuple(image.where for image in collection.readable if image.header is not None and test(image))
        if files:
            yield Finding(code, severity, f"{_count(files, 'image')} {words}, as {files[0]}.", files)

    return rule


def _header(test: Callable[..., bool]) -> Callable[[ImageStats], bool]:
    return lambda image: image.header is not None and test(image.header)


def _wrong_suffix(image: ImageStats) -> bool:
    suffixes = FORMATS.get(image.header.format if image.header else "", "")
    return bool(suffixes) and "." in image.where and image.where.rsplit(".", 1)[1].lower() not in suffixes.split()


def _tiny(collection: Collection) -> Iterator[Finding]:
    sides = (
        (image.where, min(image.header.width, image.header.height)) for image in collection.readable if image.header
    )
    files = tuple(where for where, side in sides if 2 * side < collection.size)
    if files:
        images = _count(files, "image")
        message = f"{images} less than half of the input's {collection.size} pixels, as {files[0]}; they get blurred."
        yield Finding("tiny-image", "warning", message, files)


def _deep(collection: Collection) -> Iterator[Finding]:
    files = tuple(image.where for image in collection.readable if image.header is not None and image.header.deep)
    if files:
        bits, largest, _ = collection.depth
        read = f"read as {bits} bits, which hold their largest level, {largest:,}, and " if largest else ""
        message = (
            f"{_count(files, 'image')} with more than 8 bits a channel; they are {read}scaled to 8, as {files[0]}."
        )
        yield Finding("deep-levels", "note", message, files)
    if collection.depth.warning:
        yield Finding("cut-levels", "warning", collection.depth.warning)


def _cropped(collection: Collection) -> Iterator[Finding]:
    """Warn where training by default would not see most of a picture.

    A half: 16:9 (56 %) is how subjects are filmed in the middle; of 2:1 and longer, subjects stand anywhere.
    """
    if collection.seen is not None and collection.seen <= 0.5:
        shown = f"the network would see {collection.seen:.0%} of the median picture, its centre"
        yield Finding("cropped-away", "warning", f"{shown}: train with --fit pad or --fit stretch to show all of it.")


def _mixed_grey(collection: Collection) -> Iterator[Finding]:
    grey = [image.where for image in collection.readable if image.header is not None and image.header.grey]
    if grey and len(grey) < len(collection.readable):
        share = f"{len(grey)} of {len(collection.readable)} images grey among colour ones"
        message = f"{share}, as {grey[0]}; they get three equal channels."
        yield Finding("mixed-grey", "note", message, tuple(grey))


def _telltale(collection: Collection) -> Iterator[Finding]:
    """A class that differs from all others in its file format can be told by the traces of compression alone."""
    formats: dict[str, Counter[str]] = defaultdict(Counter)
    for image in collection.readable:
        if image.header is not None and image.split == "train":
            formats[image.label][image.header.format] += 1
    only = {label: next(iter(own)) for label, own in formats.items() if len(own) == 1 and own.total() > 1}
    if len(only) == len(formats) > 1 and len(set(only.values())) > 1:
        shown = ", ".join(
            f"{label} is all {kind}" for label, kind in sorted(only.items(), key=lambda pair: natural_key(pair[0]))[:4]
        )
        message = f"the file format gives the class away: {shown}. A network may learn the compression instead."
        yield Finding("telltale-format", "warning", message)


def _count(things: Sequence[object], word: str) -> str:
    """Return "1 file", "2 files", "3 classes"."""
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "es" if word.endswith("s") else "s")


RULES: tuple[Callable[[Collection], Iterator[Finding]], ...] = (
    _refused,
    _unreadable,
    _notes,
    _stray,
    _overlooked,
    _class_rules,
    _duplicates,
    _near_duplicates,
    _flat,
    _tiny,
    _deep,
    _cropped,
    _mixed_grey,
    _telltale,
    _rule(
        "exif-rotated",
        "note",
        "rotated by their EXIF tag; residua turns them, others may not",
        _header(lambda header: header.orientation > 1),
    ),
    _rule("transparent", "note", "with transparent parts; they become white", lambda image: image.transparent),
    _rule(
        "cmyk",
        "note",
        "in CMYK, made for print; colours are converted without a profile",
        _header(lambda header: header.mode == "CMYK"),
    ),
    _rule(
        "animated",
        "note",
        "animated; only the first frame is used",
        _header(lambda header: header.animated and header.format != "MPO"),
    ),
    _rule("wrong-ending", "note", "of another format than the name says", _wrong_suffix),
    _rule(
        "extreme-aspect",
        "warning",
        "more than four times as long as wide; a centre crop sees little of them",
        _header(lambda header: max(header.width, header.height) > 4 * min(header.width, header.height)),
    ),
)
