"""Does any damaged file crash the reader, hang it, or make it run something?"""

from __future__ import annotations

import functools
import os
import subprocess
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import residua
from residua.errors import ResiduaError, ResiduaWarning
from residua.metadata import Meta
from residua.weights import conversion
from residua.weights.files import native
from tests.peers import needs_todays_exports

from .conftest import lively

FORMATS = ("zip.pth", "legacy.pth", "bare.pkl", "own.safetensors", "a.npz", "a.h5", "a.onnx", "a.pt", "a.pt2")
LONGEST = 5.0  # seconds


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return {format: the bytes of a valid file of a small network}."""
    folder = tmp_path_factory.mktemp("whole")
    model = lively(residua.ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=3))
    images = torch.randn(2, 3, 32, 32)
    state = model.state_dict()
    torch.save({"state_dict": state, "epoch": 3}, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    native.save(folder / "own.safetensors", model, model.spec, Meta(("a", "b", "c")))
    conversion.write(model, folder / "bare.pkl", "caffe2")
    conversion.write(model, folder / "a.npz", "caffe2")
    conversion.write(model, folder / "a.h5", "keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (images,), folder / "a.onnx", dynamo=True, external_data=False, verbose=False)
        torch.jit.trace(model, images).save(folder / "a.pt")
        torch.export.save(torch.export.export(model, (images,)), folder / "a.pt2")
    return {name: (folder / name).read_bytes() for name in FORMATS}


def mutated(data, cuts):
    """Return `data` after overwriting, inserting, deleting and truncating as `cuts` say; the head is hit most."""
    content = bytearray(data)
    for kind, place, value in cuts:
        reach = len(content) if place % 3 else min(len(content), 4000)
        at = place % max(reach, 1)
        if kind == 0:
            content[at : at + len(value)] = value
        elif kind == 1:
            content[at:at] = value
        elif kind == 2:
            del content[at : at + max(len(value), 1)]
        else:
            del content[at:]
    return bytes(content)


CUTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**31), st.binary(max_size=12)), min_size=1, max_size=4)


def survive(path, data, cuts):
    """Read a mutated file: a report or one line, in time, with no process started."""
    path.write_bytes(mutated(data, cuts))
    started = time.process_time()
    message = ""
    try:
        report = residua.inspect(path)
        if not report.not_finite and report.params < 10**6:
            residua.load(path)
    except ResiduaError as error:
        message = str(error)
    assert "\n" not in message
    assert time.process_time() - started < LONGEST


def run(name, whole, path, examples):
    """Hold `examples` mutations of format `name` to `survive`."""

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(cuts=CUTS)
    def check(cuts):
        survive(path, whole[name], cuts)

    check()


@pytest.fixture
def no_code(monkeypatch):
    """Fail the test when anything is run."""

    def forbidden(*arguments, **options):
        raise AssertionError("a file made the reader run something")

    for module, name in ((os, "system"), (os, "popen"), (subprocess, "Popen")):
        monkeypatch.setattr(module, name, forbidden)


@pytest.mark.parametrize("name", FORMATS)
def test_mutations(name, whole, tmp_path, no_code):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResiduaWarning)  # the norms of a network of chance fit none
        run(name, whole, tmp_path / name, 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_two_thousand_mutations(name, whole, tmp_path, no_code):
    run(name, whole, tmp_path / name, 2000)


@needs_todays_exports
def test_the_whole_files_are_valid(whole, tmp_path):
    for name, data in whole.items():
        path = Path(tmp_path / name)
        path.write_bytes(data)
        assert residua.load(path).spec.depths == (1, 1), name


def test_the_mutator_mutates(whole):
    data = whole["zip.pth"]
    assert mutated(data, [(0, 1, b"xyz")]) != data
    assert len(mutated(data, [(3, 100, b"")])) == 100
    assert functools.reduce(lambda a, b: a or b, [mutated(data, [(k, 7, b"a")]) != data for k in range(4)])
    assert np.frombuffer(data[:2], np.uint8).tolist() == [0x50, 0x4B]
