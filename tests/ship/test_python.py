"""Does Python give an image the answer that the command gives its file, whatever the image comes as?"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

import residua
from residua.cli.app import main
from residua.errors import DataError, TargetError, WeightsError
from residua.nn.device import choose_placement
from residua.preprocessing import Preprocessing

FP32 = choose_placement("cpu", "fp32")
CLASSES = ("cat", "dog", "emu")
PREPARED = Preprocessing(32, 36, mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("python") / "model.safetensors"
    residua.save(residua.build("resnet8", num_classes=3), path, classes=CLASSES, preprocessing=PREPARED)
    return path


@pytest.fixture
def predictor(checkpoint):
    return residua.Predictor(checkpoint, device=FP32)


def scores(prediction):
    return {guess.label: pytest.approx(guess.score, abs=1e-6) for guess in prediction.top}


def test_a_path_a_pillow_image_and_an_array_get_the_answer_of_the_command(predictor, checkpoint, tmp_path, capsys):
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    assert main(["predict", str(checkpoint), str(path), "--device", "cpu", "--precision", "fp32", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    with Image.open(path) as opened:
        answers = predictor([str(path), path, opened, Image.fromarray(PIXELS), PIXELS])
    assert [answer.file for answer in answers] == [str(path)] * 3 + [None] * 2
    assert answers[0].to_json()["top"] == [
        {**guess, "score": pytest.approx(guess["score"], abs=1e-6)} for guess in printed["top"]
    ]
    for answer in answers:
        assert scores(answer) == scores(predictor(path)) == scores(answers[0])
        assert len(answer.top) == 3
    assert predictor([]) == []


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA", "P", "CMYK", "1", "I;16"])
def test_a_pillow_image_of_any_mode_is_read_as_its_file_is(predictor, tmp_path, mode):
    image = Image.fromarray(PIXELS).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(PIXELS[..., 0]))
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    image.save(path)
    assert scores(predictor(image)) == scores(predictor(path))


def test_a_photograph_held_upside_down_is_turned_in_memory_as_on_disk(predictor, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(PIXELS).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as opened:
        held = predictor(opened)
    assert scores(held) == scores(predictor(tmp_path / "turned.png")) == scores(predictor(PIXELS[::-1, ::-1]))


def test_arrays_may_be_grey_or_have_opacity(predictor):
    grey = np.ascontiguousarray(PIXELS[..., 0])
    assert scores(predictor(grey)) == scores(predictor(grey[..., None])) == scores(predictor(np.dstack([grey] * 3)))
    opaque = np.dstack([PIXELS, np.full(grey.shape, 255, np.uint8)])
    assert scores(predictor(opaque)) == scores(predictor(PIXELS))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (PIXELS / 255, r"an array of float64 \(40, 50, 3\) came; an image is a path, a Pillow image, or a uint8 array"),
        (PIXELS.transpose(2, 0, 1), r"uint8 \(3, 40, 50\) came"),
        (PIXELS[None], r"uint8 \(1, 40, 50, 3\) came; .* several images are a list"),
        (PIXELS[:0], r"uint8 \(0, 50, 3\) came"),
        (torch.from_numpy(PIXELS), "Tensor came"),
        (3, "int came"),
        (iter([PIXELS]), "list_iterator came; .* several images are a list"),
        ("nowhere.png", "nowhere.png cannot be opened"),
        (".", "is not a regular file"),
    ],
)
def test_what_is_no_image_is_refused_alone_and_reported_among_others(predictor, image, message):
    with pytest.raises(DataError, match=message) as caught:
        predictor(image)
    assert "\n" not in str(caught.value)
    good, bad = predictor((PIXELS, image))
    assert (good.error, bad.error, bad.top) == (None, str(caught.value), ())


@pytest.fixture
def diverged(tmp_path):
    model = residua.build("resnet8", num_classes=3)
    model.fc.weight.data.fill_(3e38)
    path = tmp_path / "diverged.safetensors"
    residua.save(model, path, classes=CLASSES, preprocessing=PREPARED)
    return path


def test_what_a_network_answers_with_nan_is_no_answer(diverged, tmp_path, capsys):
    for side, name in ((0, "a"), (1, "b")):
        for number in range(2):
            (tmp_path / "pictures" / CLASSES[side]).mkdir(parents=True, exist_ok=True)
            Image.fromarray(PIXELS).save(tmp_path / "pictures" / CLASSES[side] / f"{name}{number}.png")
    predictor = residua.Predictor(diverged, device=FP32)
    with pytest.raises(
        TargetError, match="the image: the network's logits are NaN or infinite: its weights have diverged$"
    ):
        predictor(PIXELS)
    (answer,) = predictor([PIXELS])
    assert (answer.top, "NaN" in answer.error) == ((), True)
    assert main(["predict", str(diverged), str(tmp_path / "pictures"), "--json", "--precision", "fp32"]) == 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["top"], row["error"] is None) for row in rows] == [([], False)] * 4
    with pytest.raises(TargetError, match="for 4 of 4 images the network's logits are NaN"):
        residua.evaluate(diverged, tmp_path / "pictures", device=FP32)
    loader = [(torch.full((2, 3, 32, 32), float("nan")), torch.zeros(2, dtype=torch.int64))]
    with pytest.raises(TargetError, match="for 2 of 2 images"):
        residua.evaluate(residua.build("resnet8", num_classes=3), loader, device=FP32)


@pytest.mark.parametrize("top", [0, -1])
def test_fewer_than_one_class_cannot_be_named(predictor, top):
    for images in (PIXELS, [PIXELS]):
        with pytest.raises(DataError, match=f"top={top} came"):
            predictor(images, top=top)


def test_the_transform_gives_the_tensor_that_the_network_reads(predictor, checkpoint, tmp_path):
    transform = residua.transforms(checkpoint)
    x = transform(Image.fromarray(PIXELS))
    assert (x.shape, x.dtype) == ((3, 32, 32), torch.float32)
    assert torch.equal(x, residua.transforms(residua.load(checkpoint))(PIXELS))
    with torch.inference_mode():
        expected = residua.load(checkpoint)(x[None]).softmax(1)[0]
    for guess in predictor(PIXELS, top=3).top:
        assert guess.label == CLASSES[guess.index]
        assert guess.score == pytest.approx(expected[guess.index].item(), abs=1e-6)


def test_the_callers_network_is_left_as_it_was(checkpoint):
    model = residua.load(checkpoint).train()
    predictor = residua.Predictor(model, device="cpu")
    assert model.training
    assert predictor.model is not model
    assert scores(predictor(PIXELS)) == scores(residua.Predictor(checkpoint, device="cpu")(PIXELS))


def test_a_run_is_a_trained_network(checkpoint, tmp_path):
    from residua.train.run_folder import Run

    residua.save(residua.load(checkpoint), tmp_path / "model.safetensors")
    run = Run(tmp_path)
    assert scores(residua.Predictor(run, device=FP32)(PIXELS)) == scores(
        residua.Predictor(checkpoint, device=FP32)(PIXELS)
    )
    assert residua.load(run).meta.classes == CLASSES
    assert residua.transforms(run) == residua.transforms(checkpoint)


def test_what_is_no_trained_network_is_refused(checkpoint, tmp_path):
    for target, message in (
        (3, "int came; a trained network is what residua.load or residua.fit gives"),
        (torch.nn.Linear(1, 1), "Linear came"),
        (tmp_path / "nowhere", "neither a run folder nor a checkpoint"),
        (residua.build("resnet8"), "does not say how its images were prepared"),
        (residua.nn.with_classes(residua.load(checkpoint), 0), "has no classifier"),
    ):
        with pytest.raises(TargetError, match=message):
            residua.Predictor(target)


def test_a_saved_network_comes_back_with_its_classes_and_its_preprocessing(checkpoint, tmp_path):
    model = residua.load(checkpoint)
    assert (model.meta.classes, model.meta.preprocessing) == (CLASSES, PREPARED.to_dict())
    assert model.spec == residua.ZOO["resnet8"].spec.changed(num_classes=3)
    residua.save(model, tmp_path / "again.safetensors", classes=["a", "b", "c"])
    again = residua.load(tmp_path / "again.safetensors")
    assert (again.meta.classes, again.meta.preprocessing) == (("a", "b", "c"), PREPARED.to_dict())
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())
    bare = residua.build("resnet8")
    residua.save(bare, tmp_path / "bare.safetensors")
    assert (residua.load(tmp_path / "bare.safetensors").meta.classes, bare.meta) == (None, None)


def test_the_way_that_a_refusal_of_a_missing_preprocessing_names_is_a_way(tmp_path):
    residua.save(residua.build("resnet8"), tmp_path / "bare.safetensors")
    with pytest.raises(TargetError) as caught:
        residua.Predictor(tmp_path / "bare.safetensors")
    command = str(caught.value).partition("in Python ")[2].replace("…", "size=32, resize=32")
    model = residua.load(tmp_path / "bare.safetensors")
    exec(command, {"residua": residua, "model": model, "NEW": tmp_path / "new.safetensors"})
    assert residua.Predictor(tmp_path / "new.safetensors").preprocessing.size == 32


def test_what_no_reader_could_use_is_not_saved(tmp_path):
    model = residua.build("resnet8", num_classes=3)
    path = tmp_path / "model.safetensors"
    for changes, message in (
        ({"classes": ("cat", "dog")}, "2 classes came, and the network has 3"),
        ({"preprocessing": Preprocessing(32, 32, mean=(0.5,), std=(0.5,), channels=1)}, "gives 1 channels"),
        ({"classes": "cat"}, "classes='cat' came; a list of names"),
        ({"classes": 3}, "classes=3 came"),
        ({"preprocessing": "imagenet"}, "not 'imagenet'"),
    ):
        with pytest.raises(WeightsError, match=message):
            residua.save(model, path, **changes)
    with pytest.raises(DataError, match="std"):
        residua.save(model, path, preprocessing={"size": 32, "resize": 32, "std": [0, 0, 0]})
    with pytest.raises(WeightsError, match=r"name it \.safetensors"):
        residua.save(model, tmp_path / "model.pth")
    with pytest.raises(WeightsError, match=r"conv1.weight is on the meta device"):
        residua.save(residua.build("resnet8").to("meta"), path)
    with pytest.raises(WeightsError, match="not Linear"):
        residua.save(torch.nn.Linear(1, 1), path)
    model.fc = torch.nn.Linear(64, 10)
    with pytest.raises(
        WeightsError, match=r"fc.weight is \(10, 64\) in the model, \(3, 64\) in its spec; .*with_classes"
    ):
        residua.save(model, path)
    assert not path.exists()
