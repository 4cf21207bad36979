"""Which classes and which preprocessing does a file declare beside its weights, under the keys that people use?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from residua.pickles.allowed import ArrayShell, Instance
from residua.weights.files.opened import Declared
from residua.weights.unwrap.containers import Path
from residua.weights.unwrap.modules import is_module, tensor_of

# Keys of class names: a list, {name: index} or {index: name}.
CLASSES = (
    "classes", "class_names", "classnames", "class_name", "class_to_idx", "idx_to_class", "class_to_index",
    "index_to_class", "idx2label", "id2label", "label2id", "label2idx", "label_names", "labels", "categories", "names",
    "label_map", "class_map", "class_list",
)  # fmt: skip
# Keys of the input's side in pixels: a number, (height, width) or (channels, height, width).
SIZES = (
    "image_size", "img_size", "imgsz", "im_size", "input_size", "input_shape", "image_shape", "resolution", "crop_size",
    "size",
)  # fmt: skip
LARGEST_SIDE = 4096  # pixels
LARGEST_NUMBER = 1e6  # of a mean or deviation of levels 0…255
MOST_CLASSES = 100_000


def declared_beside(tree: Any, network: Path) -> dict[str, Declared]:
    """Return classes and preprocessing that stand beside the network at `network`: at the top, or one container below.

    The first key that has class names has the last word; mean and deviation come from one container.
    """
    found: dict[str, Declared] = {}
    for items in _containers(tree, network):
        for key, value in items.items():
            if "classes" not in found and key.lower() in CLASSES and (names := _names(value)):
                found["classes"] = Declared(names, f"the file, under {key!r},")
        if "preprocessing" not in found and (pixels := _pixels(items)):
            found["preprocessing"] = pixels
    return found


def _containers(tree: Any, network: Path) -> Iterator[dict[str, Any]]:
    """Yield the items of the top container, then those of the containers in it that are not the network."""
    top = _items(tree)
    if not network and is_module(tree):
        return
    yield top
    for key, value in top.items():
        if isinstance(value, (dict, Instance)) and (key,) != network[:1] and not is_module(value):
            yield _items(value)


def _items(node: Any) -> dict[str, Any]:
    held = node.state if isinstance(node, Instance) else node
    return {key: value for key, value in held.items() if type(key) is str} if isinstance(held, dict) else {}


def _names(value: Any) -> tuple[str, ...]:
    """Return class names in the order of their numbers, () where `value` is something else."""
    if isinstance(value, ArrayShell):
        value = value.objects if value.value is None else value.value.array().reshape(-1).tolist()
    if isinstance(value, Instance) and value.state:
        value = value.state
    if isinstance(value, (list, tuple)) and len(value) <= MOST_CLASSES:
        return tuple(value) if value and all(type(name) is str for name in value) else ()
    if not isinstance(value, dict) or len(value) > MOST_CLASSES:
        return ()
    pairs = [(index, name) for name, index in value.items()]
    if not all(type(name) is str and type(index) is int for index, name in pairs):
        pairs = [(_index(index), name) for index, name in value.items()]
    if not all(type(name) is str and type(index) is int for index, name in pairs):
        return ()
    numbered = dict(pairs)
    whole = len(numbered) == len(pairs) and set(numbered) == set(range(len(pairs)))
    return tuple(numbered[number] for number in range(len(pairs))) if whole else ()


def _index(key: Any) -> Any:
    return int(key) if type(key) is str and key.isdecimal() and len(key) < 7 else key


def _pixels(items: Mapping[str, Any]) -> Declared | None:
    """Return the mean and deviation that a container declares, and the side of the input where it does; None if not."""
    for key, value in items.items():
        if not key.lower().endswith("mean"):
            continue
        word = key[:-4] + ("STD" if key.endswith("MEAN") else "std")
        mean, std = _numbers(value), _numbers(items.get(word))
        if not mean or len(mean) != len(std):
            continue
        if max(mean) > 2:  # in 0…255, as mmcv counts; a mean of pixels in 0…1 is below 1
            mean, std = [number / 255 for number in mean], [number / 255 for number in std]
        pixels: dict[str, Any] = {"mean": mean, "std": std}
        sides = [(name, side) for name in items if name.lower() in SIZES and (side := _side(items[name]))]
        if sides:
            pixels = {"size": sides[0][1], "resize": sides[0][1], **pixels, "channels": len(mean)}
        words = ", ".join(repr(name) for name in (key, word, *(name for name, _ in sides[:1])))
        return Declared(pixels, f"the file, under {words},")
    return None


def _numbers(value: Any) -> list[float]:
    """Return one to four numbers, [] for anything else."""
    tensor = tensor_of(value)
    if tensor is not None:
        value = tensor.array().reshape(-1).tolist() if tensor.size <= 4 and tensor.dtype[:1] in "fiu" else ()
    if (
        isinstance(value, (list, tuple))
        and 1 <= len(value) <= 4
        and all(type(number) in (int, float) and abs(number) <= LARGEST_NUMBER for number in value)
    ):
        return [round(float(number), 6) for number in value]
    return []


def _side(value: Any) -> int | None:
    """Return the side of a square, None for what is none."""
    if isinstance(value, (list, tuple)):
        sides: Sequence[Any] = value[1:] if len(value) == 3 else value
        value = sides[0] if sides and len(sides) <= 2 and all(side == sides[0] for side in sides) else None
    return value if type(value) is int and 0 < value <= LARGEST_SIDE else None
