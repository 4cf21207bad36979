"""What does `residua explain` print and write, and what does it refuse?"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

import residua
from residua.cli.app import main
from residua.preprocessing import Preprocessing

pytest.importorskip("captum", reason="the extra explain is absent")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a folder with a checkpoint of an untrained network, three images, and one that is damaged."""
    folder = tmp_path_factory.mktemp("explained")
    torch.manual_seed(0)
    model = residua.build("resnet8", num_classes=3)
    preprocessing = Preprocessing.plain(16, 3)
    residua.save(model, folder / "small.safetensors", classes=("cat", "dog", "owl"), preprocessing=preprocessing)
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    (folder / "9.png").write_bytes(b"no image")
    return folder


def test_a_page_says_of_every_map_what_it_is_worth_and_a_broken_image_costs_no_other(trained, tmp_path, capsys):
    words = ["explain", str(trained / "small.safetensors"), *(str(trained / f"{name}.png") for name in (0, 9, 1))]
    code = main([*words, "--out", str(tmp_path), "--right", "owl", "--json"])
    captured = capsys.readouterr()
    assert code == 2, captured.err
    assert "9.png" in captured.err
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["file"] for line in lines] == [str(trained / "0.png"), str(trained / "1.png")]
    assert json.loads((tmp_path / "explain" / "explain.json").read_text())["images"] == lines
    page = (tmp_path / "explain.html").read_text(encoding="utf-8")
    for line in lines:
        assert [own["method"] for own in line["maps"]] == ["grad-cam", "integrated-gradients"]
        assert (line["patches"] is None) == (line["answer"] == "owl")
        for own in line["maps"]:
            assert len(own["correlations_with_shuffled_weights"]) == 3
            assert all(doubt in page for doubt in own["doubts"])
    pictures = {path.name for path in (tmp_path / "explain").glob("*.png")}
    assert {"001-grad-cam.png", "002-integrated-gradients.png", "001-maps-layer3.png"} <= pictures
    assert "Images without an answer" in page
    assert "http:" not in page
    assert main([*words, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"residua: {tmp_path / 'explain.html'} exists already; --overwrite replaces it\n"
    assert (tmp_path / "explain.html").read_text(encoding="utf-8") == page


def test_a_name_that_is_no_image_leaves_no_page_in_the_way_of_the_right_one(trained, tmp_path, capsys):
    target = str(trained / "small.safetensors")
    assert (
        main(["explain", target, str(trained / "no.png"), "--methods", "grad-cam", "--out", str(tmp_path / "out")]) == 2
    )
    assert "no.png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_same_command_gives_the_same_numbers(trained, tmp_path, capsys):
    words = ["explain", str(trained / "small.safetensors"), str(trained / "2.png"), "--methods", "grad-cam", "--quiet"]
    answers = []
    for out in ("one", "two"):
        assert main([*words, "--out", str(tmp_path / out)]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert "grad-cam of" in answers[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--of", "dgo"], "did you mean 'dog'"),
        (["--right", "zebra"], "has no class 'zebra'"),
        (["--nearest", "3"], "give --data and --root"),
        (["--data", "digits"], "give --nearest N"),
        (["--methods", "class-activation"], "needs an artifact"),
        (["--methods", "lime"], "lime"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(trained, tmp_path, capsys, words, said):
    target, image = str(trained / "small.safetensors"), str(trained / "0.png")
    assert main(["explain", target, image, *words, "--out", str(tmp_path / "new"), "--quiet"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_more_images_than_a_page_holds_are_refused(trained, capsys):
    images = [str(trained / "0.png")] * 65
    assert main(["explain", str(trained / "small.safetensors"), *images]) == 2
    assert "at most 64" in capsys.readouterr().err
