"""Are files that were built to hurt refused in one line, and soon?"""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile

import numpy as np
import pytest
import torch

import residua
from residua import reading
from residua.errors import WeightsError
from residua.weights.files import native
from tests.weights.conftest import lively

LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
NOTHING = b"\x80\x02N."


@pytest.fixture(scope="module")
def state():
    return lively("resnet20").state_dict()


def zipped(path, pickle, **others):
    """Write a torch zip whose pickle is `pickle`."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", pickle)
        for name, data in others.items():
            file.writestr(f"archive/{name}.pkl", data)
    return path


def refusal(path, **options):
    """Return the one line with which a file is refused."""
    started = time.process_time()
    with pytest.raises(WeightsError) as raised:
        residua.load(path, **options)
    assert time.process_time() - started < 15
    message = str(raised.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def safetensors(path, state, metadata):
    """Write a safetensors file with any metadata, sound or not."""
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in state.items():
        raw = tensor.numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_an_optimizer_is_no_network(tmp_path, kind):
    model = residua.build("resnet20")
    momentum = {"momentum": 0.9} if kind == "SGD" else {}
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.1, **momentum)
    model(torch.randn(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    for content in (optimizer.state_dict(), {"opt": optimizer.state_dict()}, {"opt": optimizer.state_dict()["state"]}):
        torch.save(content, tmp_path / "o.pth")
        assert "only an optimizer's state" in refusal(tmp_path / "o.pth")
    torch.save({"opt": optimizer.state_dict(), "net": model.state_dict()}, tmp_path / "o.pth")
    report = residua.inspect(tmp_path / "o.pth")
    assert (report.network.name, report.ignored) == ("resnet20", ("opt",))


@pytest.mark.parametrize(
    "key",
    [b"\x85" * 100_000, b"".join(b"q\x00h\x00\x86" for _ in range(60)), b"\x85" * 2, b"0(" + b"K\x01" * 1000 + b"t"],
    ids=["deep", "doubled", "nested", "long"],
)
def test_a_key_that_is_no_plain_value_is_never_hashed(tmp_path, key):
    for around in (b"\x80\x02})" + key + b"K\x01s.", b"\x80\x02c__builtin__\nset\n](" + b")" + key + b"e\x85R."):
        assert "no plain value" in refusal(zipped(tmp_path / "k.pth", around))


def test_words_that_are_nested_values_are_refused(tmp_path):
    laughs = b")" + b"".join(b"q\x00h\x00\x86" for _ in range(60))
    for call in (b"ctorch\ndevice\n" + laughs + b"\x85R.", b"cnumpy\ndtype\n" + laughs + b"\x85R."):
        assert "words are expected" in refusal(zipped(tmp_path / "w.pth", b"\x80\x02" + call))


def test_copies_count_as_steps(tmp_path):
    copies = b"\x80\x02](" + b"N" * 100_000 + b"e\x85q\x000" + b"c__builtin__\nlist\nh\x00R0" * 1000 + b"N."
    assert "steps" in refusal(zipped(tmp_path / "c.pth", copies))


def test_the_pickles_of_a_legacy_file_share_their_steps(tmp_path):
    path = tmp_path / "l.pth"
    path.write_bytes(LEGACY + (b"\x80\x02" + b"N0" * 300_000 + b"}.") * 4)
    assert "steps" in refusal(path)


def test_a_legacy_file_whose_last_pickle_is_no_list_is_damaged(tmp_path):
    path = tmp_path / "l.pth"
    for last in (b"\x80\x02K\x05.", NOTHING, b"\x80\x02]]a."):
        path.write_bytes(LEGACY + NOTHING * 3 + last)
        assert "list its storages" in refusal(path)


def test_a_scripted_module_that_holds_itself_is_read_once(tmp_path):
    module = b"\x80\x02c__torch__\nM\n)\x81q\x00}(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00bh\x00ub."
    assert "no tensors" in refusal(zipped(tmp_path / "s.pt", module, constants=b"\x80\x02)."))


def test_tensors_of_more_dimensions_than_arrays_have_are_refused(tmp_path, state):
    path = safetensors(tmp_path / "d.safetensors", state, {})
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    header["bn1.weight"]["shape"] = [16] + [1] * 100_000
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + raw[8 + int.from_bytes(raw[:8], "little") :])
    assert "dimensions" in refusal(path)


def named(names, body=b""):
    """Return a safetensors file of these names, each of a tensor without elements."""
    text = json.dumps({name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for name in names}).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (named(f"t{number}" for number in range(native.MOST_NAMES + 1)), "names more than 100,000 tensors"),
        (named(["x" * (native.LONGEST_NAME + 1)]), "a name of more than 1,000 characters"),
        (struct.pack("<Q", native.LARGEST_HEADER + 1) + bytes(native.LARGEST_HEADER + 1), "its header would take"),
    ],
    ids=["names", "a name", "header"],
)
def test_the_names_of_a_header_are_bounded_before_it_is_parsed(tmp_path, monkeypatch, content, words):
    monkeypatch.setattr(native.json, "loads", failing(AssertionError("parsed")))
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match=words):
        native.read_header(tmp_path / "a.safetensors")


def zeros(path, parts, size):
    """Write an npz file of arrays of zeros, which takes a thousandth of them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(parts):
            out = io.BytesIO()
            np.save(out, np.zeros((size // 4,), np.float32))
            archive.writestr(f"{part}.npy", out.getvalue())
    return path


@pytest.mark.parametrize(("parts", "size"), [(1, 5000), (5, 1000)])
def test_all_that_a_file_unpacks_to_has_one_budget(tmp_path, monkeypatch, parts, size):
    monkeypatch.setattr(reading, "LEAST_ROOM", 4000)
    monkeypatch.setattr(reading, "MOST_GROWTH", 1)
    assert "unpack" in refusal(zeros(tmp_path / "a.npz", parts, size))


def test_all_that_an_hdf5_file_unpacks_to_has_one_budget(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:  # of values that nobody has written, which take no space
        for part in range(5):
            file.create_dataset(f"conv{part}/kernel:0", (reading.LEAST_ROOM // 16,), "f4", chunks=(2**16,))
    assert "unpack" in refusal(tmp_path / "a.h5")


def test_numbers_too_large_to_print_are_left_out(tmp_path, state):
    torch.save({"state_dict": state, "n": 10**5000, "epoch": 3}, tmp_path / "n.pth")
    assert dict(residua.inspect(tmp_path / "n.pth").beside) == {"epoch": 3}


@pytest.mark.parametrize("metadata", ["abc", [1], {"residua": 5}], ids=str)
def test_metadata_that_is_no_dictionary_of_words_is_damaged(tmp_path, state, metadata):
    assert "__metadata__" in refusal(safetensors(tmp_path / "m.safetensors", state, metadata))


@pytest.mark.parametrize(
    "wrong",
    [{"classes": "abc"}, {"classes": 5}, {"preprocessing": "x"}, {"preprocessing": [1]}, {"metrics": 3}],
    ids=str,
)
def test_metadata_of_ours_of_the_wrong_kind_is_damaged(tmp_path, state, wrong):
    spec = json.loads(residua.ZOO["resnet20"].spec.model_dump_json())
    text = json.dumps({"format": 1, "spec": spec, **wrong})
    assert "should be a JSON" in refusal(safetensors(tmp_path / "m.safetensors", state, {"residua": text}))


def test_a_spec_of_millions_of_blocks_is_refused_before_it_is_built(tmp_path, state):
    spec = json.loads(residua.ZOO["resnet20"].spec.model_dump_json())
    for blocks in (10**7, 10**12):
        text = json.dumps({"format": 1, "spec": spec | {"depths": [blocks, 3, 3]}})
        path = safetensors(tmp_path / "m.safetensors", state, {"residua": text})
        assert "blocks" in refusal(path)


def test_a_counter_that_is_no_number_counts_from_zero(tmp_path, state):
    torch.save(state | {"bn1.num_batches_tracked": torch.tensor(float("nan"))}, tmp_path / "n.pth")
    assert int(residua.load(tmp_path / "n.pth").bn1.num_batches_tracked) == 0


def test_pixel_statistics_of_an_odd_shape_are_not_taken(tmp_path, state):
    odd = {"mean": torch.zeros(0), "std": torch.zeros(0)}
    torch.save(state | odd, tmp_path / "p.pth")
    assert residua.inspect(tmp_path / "p.pth").network.name == "resnet20"


def test_an_unforeseen_error_in_opening_is_one_line_and_an_interrupt_passes(tmp_path, state, monkeypatch):
    from residua.weights import read

    torch.save(dict(state), tmp_path / "s.pth")
    monkeypatch.setattr(read, "open_checkpoint", failing(ZeroDivisionError("two\nlines")))
    with pytest.raises(WeightsError, match="ZeroDivisionError: two lines") as raised:
        residua.inspect(tmp_path / "s.pth")
    assert str(tmp_path / "s.pth") in str(raised.value)
    for passing in (KeyboardInterrupt, MemoryError):
        monkeypatch.setattr(read, "open_checkpoint", failing(passing()))
        with pytest.raises(passing):
            residua.inspect(tmp_path / "s.pth")


def test_a_mistake_of_ours_is_never_called_damage(tmp_path, state, monkeypatch):
    from residua.cli.app import main
    from residua.weights import read

    torch.save(dict(state), tmp_path / "s.pth")
    for step in ("unwrap", "match"):
        monkeypatch.setattr(read, step, failing(IndexError("ours")))
        with pytest.raises(IndexError, match="ours"):
            residua.inspect(tmp_path / "s.pth")
    assert main(["inspect", str(tmp_path / "s.pth")]) == 70


def failing(error):
    """Return a function that raises `error` whatever it is given."""

    def fails(*_, **__):
        raise error

    return fails


def test_a_spec_that_is_neither_name_nor_spec_is_refused(tmp_path, state):
    torch.save(dict(state), tmp_path / "s.pth")
    with pytest.raises(WeightsError, match="spec=5"):
        residua.load(tmp_path / "s.pth", spec=5)


def test_float64_loads_as_float32_unless_asked(tmp_path, state):
    wide = {name: tensor.double() if "running" in name else tensor for name, tensor in state.items()}
    torch.save(wide, tmp_path / "w.pth")
    model = residua.load(tmp_path / "w.pth")
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32, torch.int64}
    assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 10)
    asked = residua.load(tmp_path / "w.pth", dtype=torch.float64)
    assert asked.bn1.running_mean.dtype == asked.conv1.weight.dtype == torch.float64
    torch.save(wide | {"bn1.running_mean": torch.full((16,), 1e300, dtype=torch.float64)}, tmp_path / "w.pth")
    assert "too large for float32" in refusal(tmp_path / "w.pth")


def test_a_refused_file_is_read_once(tmp_path, state, monkeypatch):
    from residua.weights import read
    from residua.weights.files import opened

    paths = []

    def counting(path):
        paths.append(path)
        return opened.Opened(path, "test", {})

    monkeypatch.setattr(read, "open_checkpoint", counting)
    monkeypatch.setattr("residua.weights.files.open.open_file", counting)
    torch.save(dict(state), tmp_path / "s.pth")
    assert "no tensors" in refusal(tmp_path / "s.pth")
    assert len(paths) == 1
