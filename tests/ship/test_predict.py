"""Does predicting give each file its answer, in order, whatever kind of file it is?"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import residua
from residua import build
from residua.cli.app import main
from residua.errors import TargetError
from residua.metadata import Meta
from residua.nn.device import choose_placement
from residua.ship.images import find_files
from residua.ship.predictor import Predictor
from residua.weights.files.native import load_native, save

PREPARED = {"size": 32, "resize": 32, "crop": "center", "interpolation": "bilinear", "mean": [0.4, 0.5, 0.6],
            "std": [0.2, 0.25, 0.3], "channels": 3}  # fmt: skip


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    model = build("resnet8", num_classes=3)
    save(tmp_path / "model.safetensors", model, model.spec, Meta(("cat", "dog", "emu"), PREPARED))
    return tmp_path / "model.safetensors"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures äö"
    (folder / "inner").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    colour = Image.fromarray(pixels)
    colour.save(folder / "a.png")
    colour.convert("L").save(folder / "b.png")
    colour.convert("CMYK").save(folder / "c.jpg")
    Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(folder / "d.png")
    colour.convert("RGBA").save(folder / "inner" / "e.png")
    (folder / "f.jpg").write_bytes((folder / "c.jpg").read_bytes()[:300])
    return folder


def test_each_file_gets_its_answer_in_order_and_a_broken_one_costs_no_other(checkpoint, pictures):
    predictor = Predictor(checkpoint)
    files = find_files([str(pictures)]) * 3
    found = list(predictor.predict(files, top=2, batch=4))
    assert [prediction.file for prediction in found] == files
    for prediction in found:
        broken = prediction.file.endswith("f.jpg")
        assert (prediction.error is not None) == broken
        assert len(prediction.top) == (0 if broken else 2)
    for first, again in zip(found[0].top, found[6].top, strict=True):  # in another batch
        assert (again.label, again.score) == (first.label, pytest.approx(first.score, abs=1e-6))


def test_scores_are_the_softmax_of_the_network_on_the_prepared_pixels(checkpoint, pictures):
    """Resize and normalise written out by hand, with Pillow and torch."""
    model = load_native(checkpoint)
    image = Image.open(pictures / "a.png").resize((40, 32), Image.Resampling.BILINEAR).crop((4, 0, 36, 32))
    x = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
    x = (x - torch.tensor(PREPARED["mean"]).view(3, 1, 1)) / torch.tensor(PREPARED["std"]).view(3, 1, 1)
    with torch.inference_mode():
        expected = model(x[None]).softmax(1)[0]
    prediction = Predictor(model, device=choose_placement(precision="fp32"))(pictures / "a.png", top=3)
    for guess in prediction.top:
        assert guess.label == ("cat", "dog", "emu")[guess.index]
        assert guess.score == pytest.approx(expected[guess.index].item(), abs=1e-5)


def test_the_command_prints_json_lines_and_ends_with_two_when_a_file_was_bad(checkpoint, pictures, capsys):
    code = main(["predict", str(checkpoint), str(pictures), "--json", "--top", "1"])
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert [set(line) for line in lines] == [{"file", "top", "error"}] * 6
    assert sum(line["error"] is not None for line in lines) == 1
    assert set(lines[0]["top"][0]) == {"label", "index", "score"}
    assert "1 of 6 files have no answer" in err


def test_what_names_nothing_is_told(checkpoint, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TargetError, match="folder without images"):
        find_files([str(tmp_path / "empty")])
    with pytest.raises(TargetError, match="matches no image"):
        find_files([str(tmp_path / "*.png")])
    assert main(["predict", str(tmp_path / "nowhere"), "x.png"]) == 2
    assert main(["predict", str(checkpoint), str(tmp_path / "missing.png")]) == 2


def test_a_checkpoint_without_preprocessing_is_not_guessed_at(tmp_path):
    model = build("resnet8")
    save(tmp_path / "bare.safetensors", model, model.spec, Meta())
    with pytest.raises(TargetError, match="does not say how its images were prepared"):
        Predictor(tmp_path / "bare.safetensors")


def test_an_artifact_answers_as_the_run_it_was_made_of_and_imports_no_torch(shipped, own_cache, tmp_path, capsys):
    test = residua.open_dataset("digits").test
    for number in range(11):
        Image.fromarray(test.read(np.array([number]))[0, ..., 0]).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    words = ["predict", str(tmp_path), "--json", "--quiet"]
    code = (
        f"import sys; from residua.cli.app import main; code = main({[words[0], str(shipped.fp32), *words[1:]]!r}); "
        "assert not {'torch', 'openvino.tools.ovc'} & set(sys.modules); "
        "import openvino.tools.ovc; sys.exit(code)"  # which OpenVINO went without, and is not lost
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip().splitlines()) == (2, [])
    assert main([words[0], str(shipped.run), *words[1:], "--precision", "fp32"]) == 2
    for ours, theirs in zip(done.stdout.splitlines(), capsys.readouterr().out.splitlines(), strict=True):
        one, other = json.loads(ours), json.loads(theirs)
        assert (one["file"], one["error"]) == (other["file"], other["error"])
        for mine, its in zip(one["top"], other["top"], strict=True):
            assert (mine["label"], mine["score"]) == (its["label"], pytest.approx(its["score"], abs=1e-4))


def test_an_artifact_is_measured_on_the_images_that_its_run_held_out(shipped, int8, own_cache, tmp_path, capsys):
    def measured(target, *words):
        assert main(["evaluate", str(target), "--json", "--quiet", *words]) == 0
        return json.loads(capsys.readouterr().out)

    of_run, of_artifact = measured(shipped.run, "--precision", "fp32"), measured(shipped.fp32)
    assert of_artifact["top1"] == of_run["top1"]
    assert of_artifact["loss"] == pytest.approx(of_run["loss"], abs=1e-5)
    assert of_artifact["confusion"] == of_run["confusion"]
    in_eight_bits = measured(int8, "--out", str(tmp_path / "rows.csv"))
    assert in_eight_bits["samples"] == of_run["samples"] == len((tmp_path / "rows.csv").read_text().splitlines()) - 1
    assert in_eight_bits["loss"] != of_artifact["loss"]
    assert in_eight_bits["top1"] == pytest.approx(of_run["top1"], abs=0.02)


def test_what_an_artifact_has_fixed_cannot_be_asked_for(shipped, own_cache, capsys):
    for words, said in (
        (["--preprocessing", "imagenet"], "how its images are prepared was fixed when it was exported"),
        (["--device", "cuda"], "runs on the processor: leave --device out"),
        (["--precision", "int8"], "computes in fp32; --precision int8 needs another export"),
    ):
        for verb in (["predict", str(shipped.fp32), __file__], ["evaluate", str(shipped.fp32)]):
            assert main([*verb, *words]) == 2
            assert said in capsys.readouterr().err
