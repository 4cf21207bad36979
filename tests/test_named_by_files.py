"""Is what a file names of this machine printed before it is opened, and what it names of the network never fetched?"""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import residua
from residua.cli.app import main
from residua.metadata import Meta, to_json
from residua.preprocessing import Preprocessing

SPEC = residua.ResNetSpec(depths=(1, 1), widths=(4, 8), stem_width=4, num_classes=2)
PIXELS = Preprocessing.plain(8, 3).to_dict()


@pytest.fixture(autouse=True)
def nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a verb asks for an address."""

    def ask(*words: object, **_: object) -> None:
        raise AssertionError(f"{words} was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", ask)


def checkpoint(path: Path, **config: object) -> Path:
    """Write a network that says it was trained with these settings."""
    torch.manual_seed(0)
    state = {name: tensor.contiguous() for name, tensor in residua.build(SPEC).state_dict().items()}
    meta = Meta(("a", "b"), PIXELS, {"config": {"val_fraction": 0.1, "seed": 0, **config}})
    save_file(state, path, {"residua": to_json(SPEC, meta, path)})
    return path


@pytest.mark.parametrize("named", ["hf:somebody/images", "hf:../../etc/passwd"])
def test_a_hub_data_set_that_a_file_names_is_not_fetched_and_the_way_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    assert main(["evaluate", str(checkpoint(tmp_path / "a.safetensors", data=named))]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[0].startswith(f"images: {named}, as ")
    assert f"--data {named}" in said[1]


@pytest.mark.parametrize("named", ["https://127.0.0.1/a.tar", "file:///etc/passwd", "\\\\host\\share", "/dev/zero"])
def test_an_address_or_a_device_that_a_file_names_is_not_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    assert main(["evaluate", str(checkpoint(tmp_path / "a.safetensors", data=named))]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[0].startswith("images: ")


def test_a_folder_that_a_file_names_is_printed_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from residua.train.measure import images

    def opened(*_: object, **__: object) -> None:
        assert f"images: {tmp_path}" in capsys.readouterr().err
        raise KeyboardInterrupt

    monkeypatch.setattr(images, "open_dataset", opened)
    assert main(["evaluate", str(checkpoint(tmp_path / "a.safetensors", data=str(tmp_path)))]) == 3


def test_checkpoints_in_a_file_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text('data = "digits"\n')
    (tmp_path / "checkpoints").touch()
    assert main(["train", "--resume", str(tmp_path)]) == 2
    assert "checkpoints is no folder; a run keeps" in capsys.readouterr().err


def test_checkpoints_that_lead_out_of_their_run_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text('data = "digits"\n')
    (tmp_path / "run" / "checkpoints").symlink_to(tmp_path / "elsewhere")
    assert main(["train", "--resume", str(tmp_path / "run")]) == 2
    assert "checkpoints is a link; a run keeps its checkpoints in itself" in capsys.readouterr().err
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "document",
    [
        "[" * 100_000,
        json.dumps({"id2label": {"0": 5, "-1": None, "9" * 400: "z"}, "num_labels": -5}),
        json.dumps({"image_size": 10**30, "pretrained_cfg": {"mean": "x", "std": [0, 0, 0], "crop_pct": -3}}),
        "9" * 5000,
    ],
    ids=["nested", "labels", "pixels", "digits"],
)
def test_a_config_that_cannot_be_true_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: str
) -> None:
    state = {name: tensor.contiguous() for name, tensor in residua.build(SPEC).state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(document)
    assert main(["inspect", str(tmp_path / "model.safetensors"), "--json"]) in (0, 2)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    if shown.out:
        found = json.loads(shown.out)
        assert (found["num_classes"], found["spec"]["widths"]) == (2, [4, 8])
