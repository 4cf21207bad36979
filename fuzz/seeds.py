"""From which small valid files does fuzzing begin? `python fuzz/seeds.py` writes fuzz/corpus/READER/ anew."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import shutil
import struct
import sys
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import residua  # noqa: E402
from residua.metadata import Meta, to_json  # noqa: E402
from residua.preprocessing import Preprocessing  # noqa: E402
from residua.train.engine import train  # noqa: E402
from residua.train.settings.config import TrainConfig  # noqa: E402
from residua.weights import conversion  # noqa: E402
from residua.weights.files import native  # noqa: E402

CORPUS = HERE / "corpus"
DRAW = np.random.default_rng(0)
PIXELS = (DRAW.random((9, 12, 4)) * 255).astype(np.uint8)
GREY, RGB, RGBA = Image.fromarray(PIXELS[..., 0]), Image.fromarray(PIXELS[..., :3]), Image.fromarray(PIXELS)
DEEP = Image.fromarray((DRAW.random((9, 12)) * 4095).astype(np.uint16))
PICTURES: dict[str, tuple[tuple[Image.Image, str, dict[str, object]], ...]] = {
    "jpeg": (
        (RGB, "JPEG", {}),
        (GREY, "JPEG", {"progressive": True}),
        (RGB, "JPEG", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"}),
        (RGB.convert("CMYK"), "JPEG", {}),
    ),
    "png": (
        (RGB, "PNG", {}),
        (RGBA, "PNG", {}),
        (DEEP, "PNG", {}),
        (RGB.quantize(16), "PNG", {"transparency": 3}),
        (RGB, "PNG", {"save_all": True, "append_images": [RGB.rotate(90)]}),
    ),
    "tiff": (
        (RGB, "TIFF", {"compression": "tiff_lzw"}),
        (GREY, "TIFF", {"compression": "group4"}),
        (DEEP, "TIFF", {}),
        (RGB, "TIFF", {"compression": "jpeg"}),
        (RGB, "TIFF", {"compression": "tiff_adobe_deflate", "save_all": True, "append_images": [RGB]}),
    ),
    "gif": ((RGB, "GIF", {}), (RGB, "GIF", {"save_all": True, "append_images": [RGB.rotate(90)], "transparency": 0})),
    "webp": (
        (RGB, "WEBP", {}),
        (RGBA, "WEBP", {"lossless": True}),
        (RGB, "WEBP", {"save_all": True, "append_images": [RGB.rotate(90)]}),
    ),
    "pictures": (
        (RGB, "BMP", {}),
        (RGB, "JPEG2000", {}),
        (RGB, "PPM", {}),
        (RGBA, "TGA", {"compression": "tga_rle"}),
        (RGB, "AVIF", {}),
    ),
}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    (image.convert("1") if options.get("compression") == "group4" else image).save(out, kind, **options)
    return out.getvalue()


def bundle(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def seeds() -> Iterator[tuple[str, bytes]]:
    """Yield (reader, content)."""
    for reader, pictures in PICTURES.items():
        for image, kind, options in pictures:
            yield reader, encoded(image, kind, **options)
    with tempfile.TemporaryDirectory() as folder:
        yield from checkpoints(Path(folder))
        yield from runs(Path(folder))
    yield from collections()


def checkpoints(folder: Path) -> Iterator[tuple[str, bytes]]:
    torch.manual_seed(0)
    model = residua.build(residua.ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=3)).eval()
    for tensor in model.state_dict().values():
        if tensor.ndim == 1:  # norms that are none would be folded away
            tensor.copy_(torch.rand(tensor.shape) + 0.5)
    state, images = {name: value.half() for name, value in model.state_dict().items()}, torch.randn(2, 3, 32, 32)
    meta = Meta(("a", "b", "c"), Preprocessing.plain(32, 3).to_dict(), {"config": {"data": "digits", "seed": 0}})
    torch.save({"state_dict": state, "epoch": 3, "classes": ["a", "b", "c"]}, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.trace(model, images).save(folder / "a.pt")
    native.save(folder / "a.safetensors", state, model.spec, meta)
    conversion.write(model, folder / "bare.pkl", "caffe2")
    conversion.write(model, folder / "a.npz", "caffe2")
    conversion.write(model, folder / "a.h5", "keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (images,), folder / "a.onnx", dynamo=True, external_data=False, verbose=False)
    kinds = {"zip.pth": "pth", "legacy.pth": "legacy", "bare.pkl": "legacy", "a.pt": "torchscript", "a.npz": "npz"}
    kinds |= {"a.safetensors": "safetensors", "a.h5": "h5", "a.onnx": "onnx"}
    for file in ("a.pt", "a.onnx", "a.h5"):
        SHORTENED[file](folder / file)
    for file, reader in kinds.items():
        yield reader, (folder / file).read_bytes()
    config = {"config": {"layers": [{"class_name": "BatchNormalization", "config": {"name": "bn", "epsilon": 0.001}}]}}
    described = {"metadata.json": b"{}", "config.json": json.dumps(config).encode()}
    yield "keras", bundle(described | {"model.weights.h5": (folder / "a.h5").read_bytes()})
    yield from sharded(folder, state)
    yield "spec", to_json(model.spec, meta, "a").encode()


def without_debug(path: Path) -> None:
    """Leave out of a TorchScript file what says where its code came from."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".debug_pkl")}
    path.write_bytes(bundle(kept))


def without_notes(path: Path) -> None:
    """Leave out of an ONNX graph what its exporter wrote for readers."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    model.graph.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    onnx.save(model, path)


def in_little(path: Path) -> None:
    """Write an HDF5 file in the form that takes the least."""
    import h5py

    with h5py.File(path) as file, h5py.File(path.with_suffix(".little"), "w", libver="latest") as little:
        little.attrs.update(file.attrs)
        for name in file:
            file.copy(name, little)
    path.with_suffix(".little").replace(path)


SHORTENED = {"a.pt": without_debug, "a.onnx": without_notes, "a.h5": in_little}


def sharded(folder: Path, state: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, bytes]]:
    names, files = sorted(state), {}
    places = {name: f"model-{1 + number % 2:05d}-of-00002.safetensors" for number, name in enumerate(names)}
    for file in sorted(set(places.values())):
        native.write_tensors(folder / file, {name: state[name] for name in names if places[name] == file}, {})
        files[file] = (folder / file).read_bytes()
    index = json.dumps({"metadata": {}, "weight_map": places}).encode()
    config = json.dumps({"model_type": "resnet", "depths": [1, 1], "id2label": {"0": "a", "1": "b", "2": "c"}}).encode()
    yield "index", bundle({"model.safetensors.index.json": index, "config.json": config, **files})


def runs(folder: Path) -> Iterator[tuple[str, bytes]]:
    images = folder / "images"
    for label in "ab":
        (images / label).mkdir(parents=True)
        for number in range(4):
            RGB.rotate(number).save(images / label / f"{number}.png")
    config = TrainConfig(data=str(images), model="resnet8", size=8, epochs=2, batch=4, device="cpu")
    network = ("depths=1,1", "widths=4,8", "stem_width=4")
    train(config.changed(set=network), folder / "run")
    names = ("config.toml", "log.jsonl", "metrics.json", "model.safetensors")
    files = {name: (folder / "run" / name).read_bytes() for name in names}
    newest = max((folder / "run" / "checkpoints").glob("step-*"))
    yield "run", bundle(files | {f"checkpoints/{newest.name}": newest.read_bytes()})
    yield "toml", files["config.toml"].replace(str(images).encode(), b"images")


def collections() -> Iterator[tuple[str, bytes]]:
    small = {f"{number}.png": encoded(RGB.rotate(number).resize((4, 4)), "PNG") for number in range(4)}
    table = "path,label,split,group\n" + "".join(f"{name},{'ab'[at % 2]},train,p\n" for at, name in enumerate(small))
    yield "csv", bundle({"list.csv": table.encode(), "classes.txt": b"a\nb\n", **small})
    hot = "path;a;b\r\n" + "".join(f'"{name}";{1 - at % 2};{at % 2}\r\n' for at, name in enumerate(small))
    yield "csv", bundle({"list.csv": hot.encode("utf-16"), **small})
    lines = "".join(json.dumps({"path": name, "label": at % 2}) + "\n" for at, name in enumerate(small))
    yield "jsonl", bundle({"list.jsonl": lines.encode(), **small})
    yield "tar", shard(small)
    yield "idx", bundle(idx())
    yield "idx", bundle({f"{name}.gz": gzip.compress(content, mtime=0) for name, content in idx().items()})
    yield "cifar", bundle(cifar(2))
    yield "cifar", bundle(cifar(4))
    yield "parquet", parquet(small)


def shard(pictures: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for at, (name, content) in enumerate(pictures.items()):
            label = json.dumps({"label": "ab"[at % 2]}).encode() if at % 3 else b"ab"[at % 2 : at % 2 + 1]
            for path, data in ((name, content), (name.replace(".png", ".json" if at % 3 else ".cls"), label)):
                info = tarfile.TarInfo(path if at else "ü" + path)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def idx() -> dict[str, bytes]:
    images, labels = b"\0\0\x08\3" + struct.pack(">III", 4, 8, 8) + bytes(256), b"\0\0\x08\1\0\0\0\4\0\1\2\3"
    return {
        f"{split}-{kind}": content
        for split in ("train", "t10k")
        for kind, content in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels))
    }


def cifar(protocol: int) -> dict[str, bytes]:
    batch = pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1, 2]}, protocol)
    names = pickle.dumps({b"label_names": [b"c%d" % number for number in range(10)]}, protocol)
    parts = ["test_batch", *(f"data_batch_{number}" for number in range(1, 6))]
    return {"batches.meta": names} | dict.fromkeys(parts, batch)


def parquet(pictures: Mapping[str, bytes]) -> bytes:
    import pyarrow
    from pyarrow import parquet as writer

    cells = [{"bytes": content, "path": None} for content in pictures.values()]
    table = pyarrow.table({"image": cells, "label": [0, 1, 0, 1]})
    out = io.BytesIO()
    writer.write_table(table, out)
    return out.getvalue()


def main() -> None:
    """Write the corpus anew."""
    shutil.rmtree(CORPUS, ignore_errors=True)
    numbers: dict[str, int] = {}
    for reader, content in seeds():
        numbers[reader] = numbers.get(reader, -1) + 1
        (CORPUS / reader).mkdir(parents=True, exist_ok=True)
        (CORPUS / reader / str(numbers[reader])).write_bytes(content)


if __name__ == "__main__":
    main()
