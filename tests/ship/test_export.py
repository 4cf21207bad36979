"""Does an artifact answer as its network does, and does what would not never come into being?"""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import residua
from residua.cli.app import main
from residua.preprocessing import preset
from residua.scores import MAX_DROP
from residua.ship import canaries
from residua.ship.artifact import open_artifact
from residua.ship.engine import OnnxRuntime, OpenVino, open_engine
from residua.ship.export import graph, quantise, steps
from residua.ship.export.steps import Images, NotTheSameError, Order
from residua.ship.export.verify import Question, Verification, reference_logits, verify
from tests.children import started
from tests.ship.conftest import Shipped

SIDE = 32
PREPARED = preset("cifar10", SIDE)


@pytest.fixture(scope="module")
def network() -> residua.nn.ResNet:
    """A network with statistics of its own in every norm, so that folding one away wrongly is seen."""
    torch.manual_seed(0)
    made = residua.build("resnet8", num_classes=7).eval()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)  # with a zero in it a residual counts for nothing
    return made


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return canaries.textures(19, SIDE, 3)


@pytest.fixture(scope="module")
def openvino_model(network):
    return graph.as_openvino(graph.Graph(network, PREPARED).eval(), SIDE, 3)


def test_logits_classes_and_maps_are_the_networks_own(network, pictures, openvino_model):
    found = OpenVino(openvino_model, "fp32").run(pictures)
    logits = reference_logits(network, pictures, PREPARED)
    assert np.abs(found.logits - logits).max() < 1e-4
    assert (found.classes == np.argsort(-logits, axis=1)[:, :5]).all()
    # the mean of a class's map is its logit, less the bias: the classifier is linear and comes after the mean
    bias = network.fc.bias.detach().numpy()[found.classes]
    assert np.take_along_axis(logits, found.classes, 1) == pytest.approx(found.maps.mean((2, 3)) + bias, abs=1e-3)


def test_norms_are_folded_into_the_convolutions_before_them(openvino_model):
    maps = [op.get_type_name() for op in openvino_model.get_ops() if op.get_output_partial_shape(0).rank == 4]
    assert not [kind for kind in maps if "Norm" in kind]
    assert maps.count("Multiply") == 1  # that of the normalisation of pixels


def test_any_number_of_images_at_once_gives_the_same(pictures, openvino_model):
    engine = OpenVino(openvino_model, "fp32")
    one_by_one = np.concatenate([engine.run(picture[None]).logits for picture in pictures])
    streamed = np.concatenate(
        [answers.logits for answers in engine.stream([pictures[:8], pictures[8:16], pictures[16:]])]
    )
    assert np.abs(one_by_one - streamed).max() < 1e-4


@pytest.mark.slow
def test_onnx_runtime_gives_the_same(network, pictures, tmp_path):
    graph.write_onnx(graph.Graph(network, PREPARED).eval(), SIDE, 3, tmp_path / "model.onnx")
    found = OnnxRuntime(tmp_path / "model.onnx", "fp32").run(pictures)
    assert np.abs(found.logits - reference_logits(network, pictures, PREPARED)).max() < 1e-4


@pytest.mark.slow
def test_a_run_becomes_an_artifact_that_says_how_well_it_was_verified(shipped: Shipped, int8: Path):
    for folder, precision in ((shipped.fp32, "fp32"), (int8, "int8")):
        manifest = open_artifact(folder).manifest
        found = manifest.verified
        assert (manifest.precision, manifest.classes) == (precision, tuple("0123456789"))
        assert found["samples"] == 360
        assert found["images"] == "held-out images of digits"
        assert abs(found["accuracy_before"] - found["accuracy_after"]) <= 0.02
        assert "cannot be told apart from a loss of 0.50% with 360 images" in found["verdict"]
    assert (int8 / "model.bin").stat().st_size < 0.4 * (shipped.fp32 / "model.bin").stat().st_size
    assert "360 held-out images of digits" in (shipped.fp32 / "README.md").read_text()


@pytest.mark.slow
def test_the_command_prints_one_document(shipped: Shipped, tmp_path, capsys):
    words = [
        "export",
        str(shipped.run),
        "--to",
        "openvino",
        "--precision",
        "bf16",
        "--json",
        "--out",
        str(tmp_path / "a"),
    ]
    assert main(words) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["precision"] == "bf16"
    assert {"max_abs_difference", "top1_agreement", "accuracy_before", "accuracy_after", "samples"} <= set(
        printed["verified"]
    )
    assert printed["bytes"] == sum(
        path.stat().st_size for path in (tmp_path / "a").iterdir() if path.name != "manifest.json"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--precision", "int8"], "no calibration images: give images like those"),
        (["--canaries", "8"], "no canaries: give images like those"),
        (["--canaries", "3"], "8 to 16, not '3'"),
        (["--canaries", "many"], "8 to 16, not 'many'"),
    ],
)
def test_what_is_missing_is_asked_for(words, said, shipped: Shipped, tmp_path, capsys):
    network = residua.load(shipped.run)
    prepared, network.meta = network.meta.preprocessing, None  # which says what it was trained on
    residua.save(network, tmp_path / "bare.safetensors", preprocessing=prepared)
    given = ["export", str(tmp_path / "bare.safetensors"), "--to", "openvino", "--out", str(tmp_path / "made"), *words]
    assert main(given) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_fewer_images_than_canaries_were_asked_for_is_refused(shipped: Shipped, tmp_path, capsys):
    words = ["export", str(shipped.run), "--to", "openvino", "--canaries", "9", "--samples", "8"]
    assert main([*words, "--out", str(tmp_path / "made")]) == 2
    assert "no 9 canaries: only 8 held-out images of digits are looked at" in capsys.readouterr().err


def test_two_images_are_too_few_to_calibrate_and_to_verify(tmp_path, capsys):
    pytest.importorskip("nncf", reason="the extra `ship` is not installed")
    for name, level in (("dark", 0), ("bright", 255)):
        (tmp_path / "two" / name).mkdir(parents=True)
        Image.new("RGB", (SIDE, SIDE), (level,) * 3).save(tmp_path / "two" / name / "1.png")
    network = residua.build("resnet8", num_classes=2)
    residua.save(network, tmp_path / "net.safetensors", classes=("bright", "dark"), preprocessing=PREPARED)
    words = ["export", str(tmp_path / "net.safetensors"), "--to", "openvino", "--precision", "int8"]
    assert main([*words, "--data", str(tmp_path / "two"), "--out", str(tmp_path / "made")]) == 2
    assert "no calibration images: " in capsys.readouterr().err


def test_what_cannot_be_is_refused_before_anything_is_done(shipped: Shipped, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    out = str(tmp_path / "made")
    for words, said in (
        (["--to", "openvino", "--out", str(tmp_path / "there")], "exists already; an artifact replaces nothing"),
        (["--to", "openvino", "--out", str(tmp_path / "no" / "made")], "there is no folder"),
        (["--to", "onnx", "--precision", "bf16", "--out", out], "--precision fp32 or int8"),
        (["--to", "openvino", "--max-drop", "0.005", "--out", out], "even without a difference it takes 765"),
    ):
        assert main(["export", str(shipped.run), *words]) == 2
        assert said in capsys.readouterr().err
    assert main(["export", str(shipped.fp32), "--to", "openvino", "--out", out]) == 2
    assert "is an artifact already" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


def broken(kind: str, network, model_of):
    """Return what makes a model of a graph with one thing wrong."""

    class Broken(graph.Graph):
        def forward(self, pixels):
            if kind == "swapped channels":
                pixels = pixels.flip(3)
            if kind == "another crop":
                pixels = pixels.roll(1, 1)
            return super().forward(pixels)

    def made(right, side, channels):
        wrong = Broken(copy.deepcopy(network), PREPARED).eval()
        if kind == "a stride":  # v1.5 taken for its predecessor: the shapes stay
            block = wrong.network.layer2[0]
            block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride
        if kind == "no normalisation":
            wrong.scale, wrong.shift = torch.full_like(wrong.scale, 1 / 255), torch.zeros_like(wrong.shift)
        if kind == "a scale":
            wrong.scale = wrong.scale * 1.02
        return model_of(wrong, side, channels)

    return made


@pytest.mark.parametrize(
    "kind",
    [
        "swapped channels",
        *(
            pytest.param(kind, marks=pytest.mark.slow)
            for kind in ("another crop", "no normalisation", "a scale", "a stride", "a weight")
        ),
    ],
)
def test_an_export_that_went_wrong_fails_and_leaves_nothing(kind, network, pictures, tmp_path, monkeypatch):
    usual = graph.as_openvino
    wrong = broken_weight(usual) if kind == "a weight" else broken(kind, network, usual)
    monkeypatch.setattr(steps, "as_openvino", wrong)
    images = Images(pictures, None, "synthetic", None, pictures[:8])
    with pytest.raises(NotTheSameError, match="was not exported: float32 logits are off by"):
        steps.export(network, PREPARED, Order("n", tmp_path / "made"), images, lambda _: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("to", ["openvino", "onnx"])
def test_a_batch_that_was_traced_as_fixed_fails_and_leaves_nothing(to, network, pictures, tmp_path, monkeypatch):
    export = (torch.onnx if to == "onnx" else torch.export).export

    def fixed(*given, dynamic_shapes, **options):
        return export(*given, **options)

    monkeypatch.setattr(torch.onnx if to == "onnx" else torch.export, "export", fixed)
    images = Images(pictures, None, "synthetic", None, pictures[:8])
    with pytest.raises(NotTheSameError, match="was not exported: .* batch of 8"):
        steps.export(network, PREPARED, Order("n", tmp_path / "made", to), images, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def broken_weight(usual):
    def made(right, side, channels):
        weight = right.network.layer3[0].conv2.weight
        before = weight.detach().clone()
        with torch.no_grad():
            weight[0, :, 1, 1] += 5 * before.std()  # one tap of one filter: a single weight may read a dead channel
        model = usual(right, side, channels)
        with torch.no_grad():
            weight.copy_(before)
        return model

    return made


@pytest.mark.slow
def test_a_loss_that_the_counts_show_fails_with_exit_code_one(shipped: Shipped, tmp_path, monkeypatch, capsys):
    real = quantise.quantised

    def crude(model, pixels):
        return real(model, np.full_like(pixels, 3))  # calibrated on darkness: everything else is cut off

    monkeypatch.setattr(quantise, "quantised", crude)
    monkeypatch.setattr(quantise, "costliest_layers", lambda *_: [])
    words = ["export", str(shipped.run), "--to", "openvino", "--precision", "int8", "--out", str(tmp_path / "made")]
    assert main(words) == 1
    assert "was not exported: accuracy falls from" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_costly_layers_go_back_to_floats_until_the_accuracy_holds(network, pictures):
    model = graph.as_openvino(graph.Graph(network, PREPARED).eval(), SIDE, 3)
    crude = quantise.quantised(model, np.full_like(pictures, 128))
    reference = reference_logits(network, pictures, PREPARED)
    names = quantise.layers(crude)
    assert len(names) >= 7 + 3  # seven convolutions and three sums
    whole = quantise.with_floats(crude, names)
    question = Question(pictures, reference, None, "synthetic", exact=False)
    before, after = (verify(OpenVino(each, "int8"), question).cosine for each in (crude, whole))
    assert after > 0.9999 > before
    ranked = quantise.costliest_layers(crude, pictures, reference)
    assert [name for name, _ in ranked] != names
    assert ranked[0][1] == max(gain for _, gain in ranked) > 0


@pytest.mark.slow
def test_a_killed_export_leaves_no_artifact_and_its_hidden_folder_goes(shipped: Shipped, tmp_path):
    words = [sys.executable, "-m", "residua", "export", str(shipped.run), "--to", "openvino", "--out", "made"]
    for wait in np.linspace(2, 8, 10):
        with started(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
        if (tmp_path / "made").exists():
            open_artifact(tmp_path / "made")  # whole
            shutil.rmtree(tmp_path / "made")
    for left in tmp_path.glob(".made.*"):
        os.utime(left, (0, 0))
    assert main(["export", str(shipped.run), "--to", "openvino", "--quiet", "--out", str(tmp_path / "made")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_the_engine_of_an_artifact_needs_no_torch(shipped: Shipped):
    code = (
        "import sys, numpy as np; from residua.ship.artifact import open_artifact; "
        "from residua.ship.engine import open_engine; "
        f"found = open_engine(open_artifact({str(shipped.fp32)!r})).run(np.zeros((1, 8, 8, 1), np.uint8)); "
        "assert found.logits.shape == (1, 10); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_engine_that_is_another_is_named(shipped: Shipped, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(residua.ResiduaError, match="pip install 'openvino"):
        open_engine(open_artifact(shipped.fp32))


def test_the_help_says_how_much_accuracy_may_fall(capsys):
    assert main(["export", "--help"]) == 0
    assert f"by default {MAX_DROP:g}." in capsys.readouterr().out


def test_all_files_of_an_artifact_are_readable_by_whom_new_files_are(shipped: Shipped, tmp_path):
    (tmp_path / "new").touch()
    assert {path.stat().st_mode for path in shipped.fp32.iterdir()} == {(tmp_path / "new").stat().st_mode}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "digits"], "has random weights: no --data can be measured"),
        (["--mean", "0.5"], "nothing says how images are prepared"),
        (["--max-drop", "0.01"], "there are no images with one label each"),
    ],
)
def test_what_would_be_without_effect_is_refused(words, said, tmp_path, capsys):
    assert main(["export", "resnet8", "--to", "openvino", "--out", str(tmp_path / "made"), *words]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [1, 20, 200])
def test_a_disk_that_is_full_leaves_nothing(kilobytes, shipped: Shipped, tmp_path):
    code = (
        "import resource, signal, sys; from residua.cli.app import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"import residua.ship.export.steps; resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1000},) * 2);"
        f"sys.exit(main(['export', {str(shipped.run)!r}, '--to', 'openvino', '--out', 'made']))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 2, found.stderr
    assert "Traceback" not in found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("exact", "said"),
    [
        (True, "the same numbers to rounding: no accuracy was measured (synthetic images)"),
        (False, "the logits' cosine with the network's is 0.9912 or more: no accuracy was measured (synthetic images)"),
    ],
)
def test_without_labels_no_more_is_said_than_was_compared(exact, said):
    assert Verification(0.5, 0.9, 0.99129, 32, "synthetic images", exact=exact).verdict == said
