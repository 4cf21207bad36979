"""Which of these facts would spoil a training, and what should be done about them?

Each rule is a function from the facts to at most one finding; its code is stable, so that scripts can rely on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from residua.data.doctor.image_stats import Facts
from residua.data.doctor.near_duplicates import near_groups
from residua.data.sources.folder import natural_key
from residua.text import and_more

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
    overlooked: files that are images but not by their name. notes: a sentence each for what else is left out. refusal:
    why nothing can be opened, or None.
    """

    facts: tuple[Facts, ...]
    classes: dict[str, tuple[str, ...]]
    size: int
    stray: tuple[str, ...] = ()
    overlooked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str | None = None

    @property
    def readable(self) -> list[Facts]:
        """The images that could be decoded."""
        return [fact for fact in self.facts if fact.problem is None]

    def counts(self, split: str) -> Counter[str]:
        """Readable images a class of one split; a class without any is there with 0."""
        counts = Counter(dict.fromkeys(self.classes[split], 0))
        counts.update(fact.label for fact in self.facts if fact.split == split and fact.problem is None)
        return counts


def judge(collection: Collection) -> tuple[Finding, ...]:
    """Return all findings, errors first."""
    found = [finding for rule in RULES for finding in rule(collection)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def judge_classes(classes: dict[str, tuple[str, ...]], counts: dict[str, Counter[str]]) -> tuple[Finding, ...]:
    """Return the findings that need only names and counts: what training runs by itself, without decoding anything."""
    rules = (_numeric_classes(classes), _similar_class_names(classes), _class_sets(classes), _class_sizes(counts))
    found = [finding for rule in rules for finding in rule]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _refused(c: Collection) -> Iterator[Finding]:
    if c.refusal:
        yield Finding("cannot-open", "error", c.refusal)


def _unreadable(c: Collection) -> Iterator[Finding]:
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
    for fact in c.facts:
        if fact.problem:
            grouped[fact.problem[0]].append(fact)
    for code, facts in grouped.items():
        first = f"{facts[0].where}: {facts[0].problem[1] if facts[0].problem else ''}"
        message = f"{_count(facts, 'file')} {words[code]}, as {first}. Repair or remove them, or train with --skip-bad."
        yield Finding(code, "error", message, tuple(fact.where for fact in facts))


def _notes(c: Collection) -> Iterator[Finding]:
    for note in c.notes:
        yield Finding("left-out", "warning", note)


def _stray(c: Collection) -> Iterator[Finding]:
    if c.stray:
        message = f"{_count(c.stray, 'image')} beside the class folders, in no class, as {c.stray[0]}."
        yield Finding("stray-images", "warning", message, c.stray)


def _overlooked(c: Collection) -> Iterator[Finding]:
    if c.overlooked:
        message = (
            f"{_count(c.overlooked, 'file')} left out for the name, but of an image's content, as {c.overlooked[0]}. "
            "Convert to JPEG or PNG, or give the ending of the format."
        )
        yield Finding("overlooked-image", "warning", message, c.overlooked)


def _class_rules(c: Collection) -> Iterator[Finding]:
    yield from judge_classes(c.classes, {split: c.counts(split) for split in c.classes})


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
    groups = defaultdict(list)
    for name in classes["train"]:
        groups["".join(letter for letter in name.casefold() if letter.isalnum())].append(name)
    same = [group for key, group in groups.items() if key and len(group) > 1]
    if same:
        message = (
            f"class names differ only in case, spaces or signs: {' and '.join(map(repr, same[0]))}. One class or two?"
        )
        yield Finding("similar-class-names", "warning", message)


def _class_sets(classes: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    train = set(classes["train"])
    if len(train) == 1:
        yield Finding("one-class", "error", f"{classes['train'][0]} is the only class: there is nothing to tell apart.")
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
        large, small = train.most_common(1)[0], min((n, name) for name, n in train.items() if n > 1)
        message = f"{large[0]} has {large[1]} images, {small[1]} has {small[0]}: judge by per-class accuracy."
        yield Finding("class-imbalance", "warning", message)


def _duplicates(c: Collection) -> Iterator[Finding]:
    groups = defaultdict(list)
    for fact in c.readable:
        groups[fact.digest].append(fact)
    yield from _same(list(groups.values()), "", "the same")


def _near_duplicates(c: Collection) -> Iterator[Finding]:
    copies = defaultdict(list)
    for fact in c.readable:
        if _comparable(fact):
            copies[fact.digest].append(fact)
    different = list(copies.values())
    groups = near_groups([same[0].look for same in different if same[0].look is not None])
    yield from _same([[fact for at in group for fact in different[at]] for group in groups], "near-", "nearly the same")


def _same(groups: Sequence[list[Facts]], prefix: str, words: str) -> Iterator[Finding]:
    """Judge groups of equal images: across splits they leak, across classes they contradict, else they only repeat."""
    kinds: dict[str, list[list[Facts]]] = defaultdict(list)
    for group in groups:
        if len(group) > 1:
            splits, labels = {fact.split for fact in group}, {fact.label for fact in group}
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
            example = " = ".join(fact.where for fact in kinds[kind][0][:3])
            files = tuple(dict.fromkeys(fact.where for group in kinds[kind] for fact in group))
            level: Severity = "warning" if prefix or severity == "warning" else "error"
            many = f" ({len(files)} images)" if len(files) > 2 * len(kinds[kind]) else ""
            message = f"{len(kinds[kind])} × {words} image {text}{many}, as {example}."
            yield Finding(prefix + kind, level, message, files)


def _comparable(fact: Facts) -> bool:
    """Only images with enough pixels and some structure can be told apart by a miniature."""
    header = fact.header
    if header is None or fact.look is None or min(header.width, header.height) < 32:
        return False
    return float(fact.look.std()) > 4


def _flat(c: Collection) -> Iterator[Finding]:
    files = tuple(fact.where for fact in c.readable if fact.deviation and max(fact.deviation) < 1 / 255)
    if files:
        yield Finding("blank-image", "warning", f"{_count(files, 'image')} of a single colour, as {files[0]}.", files)


def _rule(
    code: str, severity: Severity, words: str, test: Callable[[Facts], bool]
) -> Callable[[Collection], Iterator[Finding]]:
    """Make the rule that names every readable image for which `test` holds."""

    def rule(c: Collection) -> Iterator[Finding]:
        files = tuple(fact.where for fact in c.readable if fact.header is not None and test(fact))
        if files:
            yield Finding(code, severity, f"{_count(files, 'image')} {words}, as {files[0]}.", files)

    return rule


def _header(test: Callable[..., bool]) -> Callable[[Facts], bool]:
    return lambda fact: fact.header is not None and test(fact.header)


def _wrong_ending(fact: Facts) -> bool:
    endings = FORMATS.get(fact.header.format if fact.header else "", "")
    return bool(endings) and "." in fact.where and fact.where.rsplit(".", 1)[1].lower() not in endings.split()


def _tiny(c: Collection) -> Iterator[Finding]:
    files = tuple(f.where for f in c.readable if f.header and 2 * min(f.header.width, f.header.height) < c.size)
    if files:
        message = (
            f"{_count(files, 'image')} less than half of the input's {c.size} pixels, as {files[0]}; they get blurred."
        )
        yield Finding("tiny-image", "warning", message, files)


def _mixed_grey(c: Collection) -> Iterator[Finding]:
    grey = [fact.where for fact in c.readable if fact.header is not None and fact.header.grey]
    if grey and len(grey) < len(c.readable):
        share = f"{len(grey)} of {len(c.readable)} images grey among colour ones"
        message = f"{share}, as {grey[0]}; they get three equal channels."
        yield Finding("mixed-grey", "note", message, tuple(grey))


def _telltale(c: Collection) -> Iterator[Finding]:
    """A class that differs from all others in its file format can be told by the traces of compression alone."""
    formats: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in c.readable:
        if fact.header is not None and fact.split == "train":
            formats[fact.label][fact.header.format] += 1
    only = {label: next(iter(own)) for label, own in formats.items() if len(own) == 1 and own.total() > 1}
    if len(only) == len(formats) > 1 and len(set(only.values())) > 1:
        shown = ", ".join(
            f"{label} is all {kind}" for label, kind in sorted(only.items(), key=lambda i: natural_key(i[0]))[:4]
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
    _mixed_grey,
    _telltale,
    _rule(
        "exif-rotated",
        "note",
        "rotated by their EXIF tag; residua turns them, others may not",
        _header(lambda h: h.orientation > 1),
    ),
    _rule("transparent", "note", "with transparent parts; they become white", lambda fact: fact.transparent),
    _rule(
        "deep-levels",
        "note",
        "with more than 8 bits a channel; they are scaled to 8",
        _header(lambda h: h.deep),
    ),
    _rule(
        "cmyk",
        "note",
        "in CMYK, made for print; colours are converted without a profile",
        _header(lambda h: h.mode == "CMYK"),
    ),
    _rule(
        "animated",
        "note",
        "animated; only the first frame is used",
        _header(lambda h: h.frames > 1 and h.format != "MPO"),
    ),
    _rule("wrong-ending", "note", "of another format than the name says", _wrong_ending),
    _rule(
        "extreme-aspect",
        "warning",
        "more than four times as long as wide; a centre crop sees little of them",
        _header(lambda h: max(h.width, h.height) > 4 * min(h.width, h.height)),
    ),
)
