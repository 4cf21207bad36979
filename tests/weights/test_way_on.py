"""Does a checkpoint of anybody's lead on to use: its images prepared, its classes named, by what the user says?"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import residua
from residua.cli.app import main
from residua.errors import DataError, WeightsError
from residua.preprocessing import PRESETS, normalise
from residua.weights.image_options import ImageOptions
from residua.weights.preparation import prepare, read_classes
from residua.weights.pretrained import imagenet_classes
from tests.weights.conftest import lively

MEAN, STD = PRESETS["imagenet"]
CIFAR = residua.ZOO["resnet8"].spec
IMAGENET = residua.ZOO["resnet18"].spec


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """A checkpoint of somebody else's, ten classes, 3×3 stem."""
    path = tmp_path_factory.mktemp("foreign") / "theirs.pth"
    torch.save(lively("resnet8").state_dict(), path)
    return path


@pytest.fixture
def picture(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def top(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])["top"]


def test_without_a_preprocessing_the_way_is_named_and_exists(foreign, picture, tmp_path, capsys):
    assert main(["predict", str(foreign), str(picture)]) == 2
    assert "`residua convert FILE NEW.safetensors --preprocessing NAME`" in capsys.readouterr().err
    out = tmp_path / "ours.safetensors"
    assert main(["convert", str(foreign), str(out), "--preprocessing", "imagenet"]) == 0
    assert "assumed: size 32" in capsys.readouterr().err
    assert main(["predict", str(out), str(picture), "--json"]) == 0


def test_what_predict_is_given_is_what_convert_writes_down(foreign, picture, tmp_path, capsys):
    """inspect --write, convert and predict, given the same, are of one mind to the digit."""
    given = ["--preprocessing", "imagenet", "--size", "40", "--crop", "none", "--classes", "a,b,c,d,e,f,g,h,i,j"]
    assert main(["predict", str(foreign), str(picture), "--json", *given]) == 0
    at_once = top(capsys)
    assert main(["convert", str(foreign), str(tmp_path / "c.safetensors"), *given]) == 0
    assert main(["inspect", str(foreign), "--write", str(tmp_path / "i.safetensors"), *given]) == 0
    for name in ("c", "i"):
        model = residua.load(tmp_path / f"{name}.safetensors")
        assert model.meta.preprocessing == {
            "size": 40, "resize": 40, "crop": "none", "interpolation": "bilinear", "mean": list(MEAN),
            "std": list(STD), "channels": 3, "bits": 16, "fit": "stretch",
        }  # fmt: skip
        capsys.readouterr()
        assert main(["predict", str(tmp_path / f"{name}.safetensors"), str(picture), "--json"]) == 0
        assert top(capsys) == at_once
    assert {guess["label"] for guess in at_once} < set("abcdefghij")


def test_evaluate_takes_a_foreign_file_with_its_preprocessing(tmp_path, capsys):
    torch.save(lively("resnet8", in_channels=1).state_dict(), tmp_path / "grey.pth")
    words = ["evaluate", str(tmp_path / "grey.pth"), "--data", "digits", "--json"]
    assert main(words) == 2
    assert "--preprocessing" in capsys.readouterr().err
    assert main([*words, "--mean", "0.3", "--std", "0.4", "--size", "8"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] > 0


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A checkpoint that reads digits normalised by half: random features, the classifier by least squares."""
    model = lively("resnet8", in_channels=1)
    source = residua.open_dataset("digits").train
    half = prepare(ImageOptions("half", size=8, resize=8), model.spec).preprocessing
    pixels = torch.from_numpy(normalise(source.read(range(600), half), half)).permute(0, 3, 1, 2)
    with torch.no_grad():
        features = model.embed(pixels).double()
        scale = features.std(0) + 1e-9
        wanted = torch.eye(10, dtype=torch.float64)[torch.as_tensor(np.asarray(source.labels)[:600]).long()]
        own = torch.cat([(features - features.mean(0)) / scale, torch.ones(600, 1, dtype=torch.float64)], 1)
        solved = torch.linalg.solve(own.T @ own + 0.1 * torch.eye(65, dtype=torch.float64), own.T @ wanted)
        weight = (solved[:-1] / scale[:, None]).T
        model.fc.weight.copy_(weight)
        model.fc.bias.copy_(solved[-1] - weight @ features.mean(0))
    path = tmp_path_factory.mktemp("reader") / "grey.pth"
    torch.save(model.state_dict(), path)
    return path


def test_a_probe_at_chance_finds_nothing_and_nothing_is_written(tmp_path, capsys):
    torch.save(lively("resnet8", in_channels=1).state_dict(), tmp_path / "grey.pth")
    out = tmp_path / "c.safetensors"
    assert main(["convert", str(tmp_path / "grey.pth"), str(out), "--probe", "digits", "--samples", "60"]) == 2
    assert "no more than chance (10.00%) may give" in capsys.readouterr().err
    assert not out.exists()


def test_what_the_probe_found_stays_in_the_file(reader, tmp_path, capsys):
    probe = ["--probe", "digits", "--samples", "60"]
    words = ["inspect", str(reader), "--json", *probe, "--write", str(tmp_path / "i.safetensors")]
    assert main(words) == 0
    best = json.loads(capsys.readouterr().out)["probe"][0]
    assert best["top1"] > 0.5
    assert (best["mean"], best["std"]) == ([0.5], [0.5])
    assert main(["convert", str(reader), str(tmp_path / "c.safetensors"), *probe]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert f"{best['top1']:.2%} top-1 on 60 images, normalised as {best['preprocessing']}" in said
    for name in ("i", "c"):
        kept = residua.load(tmp_path / f"{name}.safetensors")
        assert [kept.meta.preprocessing[key] for key in ("mean", "std", "size")] == [best["mean"], best["std"], 8]
        assert residua.inspect(tmp_path / f"{name}.safetensors").title == best["title"]


def test_a_given_preprocessing_is_no_hypothesis_of_the_probe(tmp_path, capsys):
    torch.save(lively("resnet8", in_channels=1).state_dict(), tmp_path / "grey.pth")
    given = ["--mean", "0.25", "--std", "0.5", "--probe", "digits", "--samples", "40", "--json"]
    assert main(["inspect", str(tmp_path / "grey.pth"), *given]) == 0
    rows = json.loads(capsys.readouterr().out)["probe"]
    assert {tuple(row["mean"] + row["std"]) for row in rows} == {(0.25, 0.5)}


@pytest.mark.parametrize(
    ("spec", "options", "expected"),
    [
        (IMAGENET, ImageOptions("imagenet"), (224, 256, "center", "bilinear", 0)),
        (CIFAR, ImageOptions("imagenet"), (32, 32, "center", "bilinear", 1)),
        (CIFAR, ImageOptions("cifar10"), (32, 32, "center", "bilinear", 0)),
        (IMAGENET, ImageOptions("clip"), (224, 224, "center", "bicubic", 0)),
        (IMAGENET, ImageOptions("imagenet", size=160), (160, 183, "center", "bilinear", 0)),
        (IMAGENET, ImageOptions("imagenet", size=160, resize=160), (160, 160, "center", "bilinear", 0)),
        (IMAGENET, ImageOptions("half"), (224, 256, "center", "bilinear", 1)),
        (IMAGENET, ImageOptions("half", size=64, resize=64, crop="none"), (64, 64, "none", "bilinear", 0)),
    ],
    ids=str,
)
def test_sizes_are_the_presets_then_the_stems(spec, options, expected):
    """224 of 256 pixels is torchvision's evaluation, 224 of 224 bicubic is CLIP's, 32 CIFAR's."""
    found = prepare(options, spec)
    value = found.preprocessing
    assert (value.size, value.resize, value.crop, value.interpolation, len(found.assumed)) == expected


def test_a_preset_of_one_number_fits_any_channels():
    grey = prepare(ImageOptions("half"), CIFAR.changed(in_channels=1)).preprocessing
    assert (grey.mean, grey.std, grey.channels) == ((0.5,), (0.5,), 1)


def test_single_flags_lie_over_what_the_file_declares():
    declared = {"mean": [0.1] * 3, "std": [0.2] * 3}
    value = prepare(ImageOptions(size=48, std=(0.3, 0.3, 0.3)), CIFAR, declared).preprocessing
    assert (value.mean, value.std, value.size, value.resize) == ((0.1,) * 3, (0.3,) * 3, 48, 48)


@pytest.mark.parametrize(
    "document",
    [
        {"size": 96, "resize": 110, "mean": [0.1, 0.2, 0.3], "std": [0.4] * 3, "interpolation": "bicubic"},
        {"preprocessing": {"size": 96, "resize": 110, "mean": [0.1, 0.2, 0.3], "std": [0.4] * 3,
                           "interpolation": "bicubic"}},
        {"pretrained_cfg": {"input_size": [3, 96, 96], "crop_pct": 96 / 110, "mean": [0.1, 0.2, 0.3],
                            "std": [0.4] * 3, "interpolation": "bicubic"}},
        {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 96}, "crop_pct": 96 / 110,
         "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4] * 3, "resample": 3},
    ],
    ids=["ours", "metadata", "timm", "transformers"],
)  # fmt: skip
def test_a_json_file_of_ours_timms_or_transformers_is_read(tmp_path, document):
    (tmp_path / "p.json").write_text(json.dumps(document))
    value = prepare(ImageOptions(str(tmp_path / "p.json")), IMAGENET).preprocessing
    assert (value.size, value.resize, value.interpolation) == (96, 110, "bicubic")
    assert (value.mean, value.std) == ((0.1, 0.2, 0.3), (0.4, 0.4, 0.4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ImageOptions("imagnet"), "neither FILE.json nor one of imagenet; cifar10"),
        (ImageOptions("nowhere.json"), "cannot be opened"),
        (ImageOptions(size=32), "--size alone does not say how pixels are normalised: give --mean and --std"),
        (ImageOptions(mean=(0.5,) * 3), "give --std too"),
        (ImageOptions("imagenet", size=300, resize=200), "crop of 300 does not fit into 200"),
        (ImageOptions("grey"), "3 value"),
        (ImageOptions("imagenet", interpolation="cubic"), "interpolation is one of"),
    ],
    ids=str,
)
def test_what_cannot_be_a_preprocessing_is_one_line(options, message):
    with pytest.raises((DataError, WeightsError), match=message):
        prepare(options, CIFAR)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.txt", "cat\ndog\n\nemu\n"),
        ("c.json", '["cat", "dog", "emu"]'),
        ("c.json", '{"1": "dog", "0": "cat", "2": "emu"}'),
        ("c.json", '{"emu": 2, "cat": 0, "dog": 1}'),
        ("c.json", '{"0": ["n01", "cat"], "1": ["n02", "dog"], "2": ["n03", "emu"]}'),
    ],
    ids=["lines", "list", "numbered", "class_to_idx", "keras"],
)
def test_files_of_class_names_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_classes(str(tmp_path / name)) == ("cat", "dog", "emu")


def test_classes_are_named_in_place_or_are_imagenets(tmp_path):
    assert read_classes("cat, dog,emu") == ("cat", "dog", "emu")
    assert read_classes("imagenet") == imagenet_classes()
    (tmp_path / "gap.json").write_text('{"0": "cat", "2": "emu"}')
    for wrong in ("cats", str(tmp_path / "gap.json"), "a,,b"):
        with pytest.raises(DataError):
            read_classes(wrong)


def test_other_names_than_logits_are_refused_and_nothing_is_written(foreign, tmp_path, capsys):
    assert main(["convert", str(foreign), str(tmp_path / "x.safetensors"), "--classes", "a,b"]) == 2
    assert "gives 2 names, and the network has 10 classes" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_another_layout_says_what_it_drops(foreign, tmp_path, capsys):
    given = ["--preprocessing", "cifar10", "--classes", "a,b,c,d,e,f,g,h,i,j"]
    assert main(["convert", str(foreign), str(tmp_path / "x.pth"), "--to", "timm", *given]) == 0
    err = " ".join(capsys.readouterr().err.split())
    assert "does not say the names of its 10 classes, how images are prepared; keep it with the file" in err


NAN_FIRST = """
import sys
sys.modules["torch"] = None  # importing it fails
from residua.cli.app import main
sys.exit(main(["convert", sys.argv[1], sys.argv[2]]))
"""


def test_convert_says_nan_before_it_imports_torch(tmp_path):
    state = lively("resnet8").state_dict()
    state["fc.bias"][3] = float("nan")
    torch.save(state, tmp_path / "n.pth")
    words = [sys.executable, "-c", NAN_FIRST, str(tmp_path / "n.pth"), str(tmp_path / "o.safetensors")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "fc.bias (fc.bias) holds NaN or infinity" in done.stderr


def test_save_refuses_what_load_would_refuse(tmp_path):
    model = lively("resnet8")
    with torch.no_grad():
        model.fc.bias[0] = float("inf")
    with pytest.raises(WeightsError, match=r"fc.bias holds NaN or infinity: the network has diverged"):
        residua.save(model, tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []
    residua.save(model, tmp_path / "x.safetensors", allow_nan=True)
    with pytest.raises(WeightsError, match="holds NaN or infinity"):
        residua.load(tmp_path / "x.safetensors")
    assert residua.load(tmp_path / "x.safetensors", allow_nan=True).fc.bias[0].isinf()
