"""Which published weights have a name, what are they exactly, and how do they come here?

`pretrained.toml` is the table. A name is timm's (`resnet50.a1_in1k`); `@288` behind it asks for the preprocessing of
another published evaluation. Nothing here imports torch.
"""

from __future__ import annotations

import fnmatch
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from residua.errors import WeightsError
from residua.files import cache_home, explain, temporary_folder
from residua.preprocessing import Preprocessing, preset
from residua.spec import ResNetSpec
from residua.text import and_more, nearest
from residua.weights.files import hub_cache
from residua.weights.files.config_json import OF_ARCHITECTURE
from residua.weights.files.opened import Declared
from residua.zoo import ZOO

if TYPE_CHECKING:
    from residua.download import Progress

BY = "the table of pretrained weights"
LISTED = "`residua list --pretrained` shows all"
# Endings of a file's name, where a file was meant and not a tag.
ENDINGS = {
    "bin", "ckpt", "gz", "h5", "hdf5", "json", "keras", "msgpack", "npy", "npz", "onnx", "pb", "pickle", "pkl", "pt",
    "pt2", "pth", "py", "safetensors", "t7", "tar", "tflite", "th", "toml", "weights", "xml", "zip",
}  # fmt: skip


@dataclass(frozen=True)
class Published:
    """An evaluation by the authors: accuracy on ImageNet's validation images, and how they were prepared."""

    top1: float
    top5: float
    preprocessing: Preprocessing


@dataclass(frozen=True)
class Pretrained:
    """Weights with a name: of which network, where they lie, under which licence, and how good they are.

    repo, files: on the hub, the first file that is there; or url, whose file's name ends in the first digits of its
    SHA-256. license: None where the source states none. published: the first is what the name means; none where their
    authors gave no accuracy.
    """

    name: str
    network: str
    source: str
    repo: str = ""
    files: tuple[str, ...] = ()
    url: str = ""
    license: str | None = None
    published: tuple[Published, ...] = ()

    @property
    def spec(self) -> ResNetSpec:
        return ZOO[self.network].spec

    @property
    def preprocessing(self) -> Preprocessing | None:
        """What stands between an image and the network; None where the table does not say it."""
        return self.published[0].preprocessing if self.published else None

    @property
    def non_commercial(self) -> bool:
        return self.license is not None and "-nc" in self.license

    @property
    def home(self) -> str:
        """The page or file that the weights come from."""
        return self.url or f"{hub_cache.endpoint()}/{self.repo}"

    @property
    def terms(self) -> str:
        """The licence in words."""
        if self.license is None:
            return "no licence is stated: ask its authors before you use it"
        return f"licence {self.license}" + (": NO commercial use" if self.non_commercial else "")

    def declared(self) -> dict[str, Declared]:
        """Return what the table says of the network, its classes and its images, as a file would declare it."""
        values: dict[str, Any] = {name: getattr(self.spec, name) for name in OF_ARCHITECTURE}
        values["classes"] = imagenet_classes()
        if self.preprocessing is not None:
            values["preprocessing"] = self.preprocessing.to_dict()
        return {name: Declared(value, BY) for name, value in values.items()}

    def provenance(self, file: Path) -> dict[str, Any]:
        """Return what a file made of these weights says of them: the SHA-256 is that of its bytes as they are now.

        Raises WeightsError where the cache keeps `file` under another one.
        """
        known = {"name": self.name, "from": self.home, "license": self.license, "non_commercial": self.non_commercial}
        return {"pretrained": known | {"sha256": hub_cache.checked_sha256(file), "source": self.source}}


@cache
def table() -> Mapping[str, Pretrained]:
    """Return all published weights by name, in the order of the zoo's networks."""
    document = _document()
    rows = [_row(entry, document["sources"]) for entry in document["weights"]]
    return {row.name: row for row in rows}


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("pretrained.toml").read_text("utf-8"))


def _elsewhere(name: str) -> str | None:
    """Return why a name is of another network, though its tensors may have the shapes of one in the zoo."""
    patterns = _document()["elsewhere"].items()
    return next((reason for pattern, reason in patterns if fnmatch.fnmatch(name, pattern)), None)


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Return the 1,000 names of ImageNet-1k's classes in the order of the logits."""
    lines = Path(__file__).with_name("imagenet_classes.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def _row(entry: dict[str, Any], sources: Mapping[str, str]) -> Pretrained:
    published = tuple(_published(each) for each in entry.get("evaluations", ()))
    known = {key: entry[key] for key in ("name", "network", "repo", "url", "license") if key in entry}
    source = sources[entry["source"]]
    return Pretrained(**known, source=source, files=tuple(entry.get("files", ())), published=published)


def _published(entry: Mapping[str, Any]) -> Published:
    size = entry["size"]
    resize = entry.get("resize") or int(size / entry["crop"])  # timm floors
    pixels = preset(entry["normalise"], size, resize).to_dict() | {"interpolation": entry["interpolation"]}
    return Published(entry["top1"], entry["top5"], Preprocessing.from_dict(pixels))


def named(source: str | os.PathLike[str]) -> Pretrained | None:
    """Return the weights that `source` names; None for a path, for `hf:…`, and for a name that means something else.

    A file or folder of that name wins. Raises WeightsError, with the nearest names, for what is nearly a name.
    """
    name = os.fspath(source)
    if not isinstance(source, str) or os.path.exists(name) or any(sign in name for sign in "/\\:"):
        return None
    tag, _, size = name.partition("@")
    if tag in table():
        return _at(table()[tag], size) if size else table()[tag]
    network, _, end = tag.partition(".")
    if end.rpartition(".")[2].lower() in ENDINGS:
        return None
    if network in ZOO or end.endswith("in1k") or _elsewhere(tag) or nearest(tag, table(), cutoff=0.8):
        raise WeightsError(_unknown(tag))
    return None


def _at(row: Pretrained, size: str) -> Pretrained:
    """Return `row` with the published evaluation at `size` pixels first. Raises WeightsError where there is none."""
    for each in row.published:
        if size == str(each.preprocessing.size):
            others = tuple(other for other in row.published if other is not each)
            return replace(row, name=f"{row.name}@{size}", published=(each, *others))
    sizes = " or ".join(f"{row.name}@{each.preprocessing.size}" for each in row.published) or row.name
    raise WeightsError(f"{row.name}@{size}: no evaluation at {size!r} pixels was published; there is {sizes}")


def of_network(network: str) -> tuple[Pretrained, ...]:
    """Return the published weights of one network of the zoo."""
    return tuple(row for row in table().values() if row.network == network)


def _unknown(name: str) -> str:
    """Return what is said of a name that is not in the table."""
    reason = _elsewhere(name)
    if reason:
        return f"{name} is no network of the zoo, though it resembles one: {reason}; {LISTED} {len(table())}"
    network, _, tag = name.partition(".")
    tags = [row.name for row in of_network(network)]
    if network in ZOO and not tag:
        some = f"published ones are {and_more(tags, 3)}" if tags else "none with a name are published"
        return f"{name} is a network without weights, which residua.build makes; {some}. {LISTED} {len(table())}"
    begun = [known for known in table() if known.startswith(f"{name}_")]
    near = begun[:3] or nearest(name, table(), most=3) or tags[:3]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"no pretrained weights are called {name!r}; {hint}{LISTED} {len(table())}"


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def fetch(row: Pretrained, tell: Callable[[str], None] = _to_stderr, progress: Progress | None = None) -> Path:
    """Return the file with `row`'s weights, from the cache or else from where it is published.

    tell: is given one line, with the licence, before a download. Raises WeightsError in one line where there is no
    network, the file is not what was announced, or it cannot be written; nothing half written is left.
    """
    there = _cached(row)
    if there is not None:
        return there
    if hub_cache.offline():
        raise WeightsError(
            f"{row.name} is not in {_place(row)}, and HF_HUB_OFFLINE forbids to fetch it from {row.home}"
        )
    from residua.download import NotReceivedError  # with http, for what is not here

    tell(f"fetching {row.name} from {row.home}; {row.terms}")
    try:
        return _from_url(row, progress) if row.url else _from_hub(row, progress)
    except NotReceivedError as error:
        raise WeightsError(f"{row.name} could not be fetched from {row.home}: {error}") from None


def _place(row: Pretrained) -> Path:
    """Return the folder in which a row's weights are kept: the hub's cache, or that of torch.hub."""
    if not row.url:
        return hub_cache.cache()
    home = os.environ.get("TORCH_HOME")
    return (Path(os.path.expanduser(home)) if home else cache_home() / "torch") / "hub" / "checkpoints"


def _cached(row: Pretrained) -> Path | None:
    if row.url:
        file = _place(row) / row.url.rpartition("/")[2]
        return file if file.is_file() else None
    found = (hub_cache.cached(row.repo, name) for name in row.files)
    return next((file for file in found if file is not None), None)


def _from_hub(row: Pretrained, progress: Progress | None) -> Path:
    """Fetch the first of a row's files that the hub has; before it, what says what the table does not say."""
    for beside in () if row.published else ("config.json", "preprocessor_config.json"):
        with _unless_absent():
            hub_cache.fetch(row.repo, beside)
    for name in row.files[:-1]:
        with _unless_absent():
            return hub_cache.fetch(row.repo, name, progress)
    return hub_cache.fetch(row.repo, row.files[-1], progress)


@contextmanager
def _unless_absent() -> Iterator[None]:
    """Pass over a file that the hub does not have."""
    from residua.download import NotReceivedError

    try:
        yield
    except NotReceivedError as error:
        if error.status != 404:
            raise


def _from_url(row: Pretrained, progress: Progress | None) -> Path:
    """Fetch a file whose name ends in the first digits of its SHA-256, as torch.hub's do."""
    from residua.download import receive

    folder, name = _place(row), row.url.rpartition("/")[2]
    digits = name.rpartition(".")[0].rpartition("-")[2]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder, name) as temporary:
            receive(row.url, temporary / name, progress)
            hub_cache.require_hash(temporary / name, digits, row.url)
            (temporary / name).replace(folder / name)
    except OSError as error:
        raise WeightsError(f"{folder / name} cannot be written: {explain(error)}") from None
    return folder / name
