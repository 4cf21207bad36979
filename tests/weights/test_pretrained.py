"""Do weights that are named come here whole, checked, with their licence, and are refused in one line otherwise?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save

import residua
from residua.cli.app import main
from residua.errors import WeightsError
from residua.weights import pretrained
from residua.weights.files import hub_cache
from tests.children import started
from tests.weights.conftest import lively
from tests.weights.hub_server import COMMIT, Hub, serving

NAME = "resnet18.a1_in1k"
FILE = f"timm/{NAME}/model.safetensors"


@pytest.fixture(scope="module")
def network():
    return lively("resnet18")


@pytest.fixture(scope="module")
def content(network):
    return save(network.state_dict())  # torchvision's and timm's names are ours


@pytest.fixture
def hub(monkeypatch, tmp_path, content):
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with serving(Hub(files={FILE: content})) as started:
        monkeypatch.setenv("HF_ENDPOINT", started.url)
        yield started


def left(tmp_path):
    """Return all files below the caches."""
    return [path for folder in ("hf", "torch") for path in (tmp_path / folder).rglob("*") if not path.is_dir()]


def test_a_name_gives_the_published_network_its_classes_and_its_images(hub, network, tmp_path, capfd):
    model = residua.load(NAME)
    out = capfd.readouterr()
    assert out.out == ""
    assert out.err == f"fetching {NAME} from {hub.url}/timm/{NAME}; licence apache-2.0\n"
    assert model.spec == residua.ZOO["resnet18"].spec
    images = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(model(images), network(images))
    assert len(model.meta.classes) == 1000
    assert model.meta.classes[207] == "golden retriever"
    assert (model.meta.preprocessing["size"], model.meta.preprocessing["resize"]) == (224, 235)
    known = model.meta.provenance["pretrained"]
    assert (known["name"], known["license"], known["non_commercial"]) == (NAME, "apache-2.0", False)
    assert len(known["sha256"]) == 64
    asked = len(hub.asked)
    residua.load(NAME)
    assert len(hub.asked) == asked
    assert capfd.readouterr().err == ""  # said once


def test_the_cache_is_that_of_the_hubs_own_client(hub, content, tmp_path):
    residua.load(NAME)
    client = pytest.importorskip("huggingface_hub")
    found = client.try_to_load_from_cache(f"timm/{NAME}", "model.safetensors", cache_dir=hub_cache.cache())
    assert Path(found).read_bytes() == content
    assert COMMIT in str(found)
    assert Path(found).resolve().parent.name == "blobs"


def test_a_cache_that_the_hubs_client_made_is_used_offline(hub, content, monkeypatch):
    folder = hub_cache.cache() / f"models--timm--{NAME}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "snapshots" / COMMIT / "model.safetensors").write_bytes(content)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert residua.load(NAME).spec == residua.ZOO["resnet18"].spec
    assert hub.asked == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 401}, "HTTP 401: the server wants to know who asks, or has nothing of that name"),
        ({"status": 404}, "HTTP 404: the server has nothing of that name"),
        ({"status": 429, "headers": {"Retry-After": "30"}}, "HTTP 429: too many requests from here; it asks to come "
         "again in 30 s"),
        ({"status": 503}, "HTTP 503: the server is in trouble"),
        ({"cut": 3_000_000}, "cut off after 3000000 of"),
        ({"lie": "0" * 64}, "announced was 0000"),
        ({"status": 302, "headers": {"Location": "/again"}}, "HTTP 302"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "HTTP 302"),
    ],
    ids=["401", "404", "429", "503", "truncated", "wrong hash", "a circle", "to a file"],
)  # fmt: skip
def test_what_does_not_come_right_is_one_line_and_leaves_nothing(hub, tmp_path, capsys, change, said):
    for name, value in change.items():
        setattr(hub, name, value)
    assert main(["inspect", NAME]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("fetching")
    assert said in lines[1]
    assert NAME in lines[1]
    assert left(tmp_path) == []
    assert list((tmp_path / "hf").rglob("models--*")) == []


def test_nobody_there_and_forbidden_are_one_line(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["inspect", NAME]) == 2
    assert capsys.readouterr().err.splitlines()[1].endswith("no connection (Connection refused)")
    monkeypatch.setenv("HF_HUB_OFFLINE", "yes")
    assert main(["predict", NAME, str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("HF_ENDPOINT", "no address")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert main(["convert", NAME, str(tmp_path / "a.safetensors")]) == 2
    assert left(tmp_path) == []


def test_a_cache_that_cannot_be_written_and_a_name_too_long_are_one_line(hub, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    assert main(["inspect", NAME]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main(["inspect", "resnet50." + "a" * 5000]) == 2
    assert main(["inspect", "resnet50.a1\0_in1k"]) == 2


def test_a_token_goes_to_the_hub_and_not_where_it_redirects(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    residua.load(NAME)
    assert [headers.get("Authorization") for _, headers in hub.asked] == ["Bearer secret", None]


def test_a_mirror_that_announces_nothing_is_taken_as_it_is(hub):
    hub.quiet = True
    assert residua.load(NAME).meta.provenance["pretrained"]["sha256"]


def test_the_second_file_is_asked_for_where_there_is_no_first(hub, network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "x.bin")
    hub.files = {f"timm/{NAME}/pytorch_model.bin": (tmp_path / "x.bin").read_bytes()}
    assert residua.load(NAME).meta.preprocessing["resize"] == 235


def test_a_file_of_another_network_is_refused(hub):
    hub.files = {FILE: save(lively("resnet26d").state_dict())}
    with pytest.raises(WeightsError, match="does not hold resnet18"):
        residua.load(NAME)


def test_an_interrupt_amid_a_download_is_3_and_leaves_nothing(hub, tmp_path):
    hub.slow = 0.2
    code = "import sys; from residua.cli.app import main; sys.exit(main(sys.argv[1:]))"
    with started([sys.executable, "-c", code, "inspect", NAME], stderr=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "hf").rglob("part")) and time.monotonic() < deadline:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 3
    assert said.splitlines()[1:] == ["residua: interrupted"]
    assert left(tmp_path) == []


def test_two_at_once_fetch_it_once(hub, tmp_path):
    hub.slow = 0.02
    code = f"import residua.weights.pretrained as p; p.fetch(p.named({NAME!r}))"
    command = [sys.executable, "-c", code]
    with started(command, stderr=subprocess.DEVNULL) as first, started(command, stderr=subprocess.DEVNULL) as second:
        assert [child.wait(timeout=120) for child in (first, second)] == [0, 0]
    assert len([path for path, _ in hub.asked if path.startswith("/cdn/")]) == 1


def test_torchvisions_own_file_is_checked_by_its_name_and_kept_where_torch_does(hub, network, tmp_path, monkeypatch):
    row = pretrained.table()["resnet18.IMAGENET1K_V1"]
    torch.save(network.half().state_dict(), tmp_path / "x.pth")  # as wide_resnet50_2's is
    network.float()
    hub.files["models/x/resnet18-f37072fd.pth"] = (tmp_path / "x.pth").read_bytes()
    hub.quiet = True
    moved = dataclasses.replace(row, url=f"{hub.url}/models/x/resnet18-f37072fd.pth")
    monkeypatch.setattr(pretrained, "table", lambda: {row.name: moved})
    with pytest.raises(WeightsError, match="announced was f37072fd"):
        residua.load(row.name)
    assert left(tmp_path) == []
    kept = tmp_path / "torch" / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes((tmp_path / "x.pth").read_bytes())
    with pytest.raises(WeightsError, match="has changed since it was fetched"):
        residua.load(row.name)
    digits = hashlib.sha256(kept.read_bytes()).hexdigest()[:8]
    kept.rename(kept.with_name(f"resnet18-{digits}.pth"))
    moved = dataclasses.replace(row, url=f"{hub.url}/models/x/resnet18-{digits}.pth")
    model = residua.load(row.name)
    assert model.conv1.weight.dtype == torch.float32
    assert model.meta.preprocessing["interpolation"] == "bilinear"
    assert model.meta.preprocessing["resize"] == 256


def test_every_verb_takes_the_name(hub, tmp_path, capsys):
    picture = tmp_path / "picture.png"
    Image.new("RGB", (300, 260), "orange").save(picture)
    assert main(["predict", NAME, str(picture), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {guess["label"] for guess in answer["top"]} <= set(pretrained.imagenet_classes())
    assert main(["inspect", NAME]) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert f"{NAME}, licence apache-2.0" in report
    assert "tench, goldfish, great white shark, tiger shark, hammerhead and 995 more" in report
    assert main(["inspect", NAME, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["network"] == {"name": "resnet18", "exact": True, "difference": "", "title": "resnet18"}
    assert report["candidates"] == []
    assert main(["convert", NAME, str(tmp_path / "own.safetensors")]) == 0
    own = residua.load(tmp_path / "own.safetensors").meta
    assert own.classes == pretrained.imagenet_classes()
    assert own.preprocessing["resize"] == 235
    assert own.provenance["pretrained"]["license"] == "apache-2.0"
    capsys.readouterr()
    assert main(["summary", f"{NAME}@288", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["input_size"] == [3, 288, 288]


def test_training_starts_from_a_name_and_keeps_its_licence(hub, tmp_path, capsys):
    hub.files = {"timm/resnet18.fb_ssl_yfcc100m_ft_in1k/model.safetensors": next(iter(hub.files.values()))}
    folder = tmp_path / "images"
    for number in range(12):
        (folder / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 40), (20 * number, 0, 0)).save(folder / "ab"[number % 2] / f"{number}.png")
    run = tmp_path / "run"
    words = ["train", "resnet18.fb_ssl_yfcc100m_ft_in1k", "--data", str(folder), "--out", str(run)]
    assert main([*words, "--epochs", "1", "--head-epochs", "0", "--size", "32", "--batch", "8"]) == 0
    said = capsys.readouterr().err
    assert "cc-by-nc-4.0: NO commercial use" in said
    assert "photographs of flowers" not in said
    known = residua.load(run).meta
    assert known.classes == ("a", "b")
    assert known.provenance["pretrained"]["non_commercial"] is True
    assert known.preprocessing["interpolation"] == "bilinear"
    words = ["train", "resnet8", "--data", str(folder), "--out", str(tmp_path / "new"), "--epochs", "1"]
    assert main([*words, "--size", "32", "--batch", "8"]) == 0
    said = capsys.readouterr().err
    assert f"residua train resnet18.a1_in1k --data {folder}" in said


def test_microsofts_images_are_prepared_as_its_own_file_says(hub, network, tmp_path):
    from residua.weights.conversion import write

    write(network, tmp_path / "x.safetensors", "huggingface")
    processor = {
        "feature_extractor_type": "ConvNextFeatureExtractor",
        "size": 224,
        "crop_pct": 0.875,
        "resample": 3,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }
    hub.files = {
        "microsoft/resnet-18/model.safetensors": (tmp_path / "x.safetensors").read_bytes(),
        "microsoft/resnet-18/preprocessor_config.json": json.dumps(processor).encode(),
    }
    model = residua.load("resnet18.microsoft")
    assert (model.meta.preprocessing["resize"], model.meta.preprocessing["interpolation"]) == (256, "bicubic")
    hub.asked.clear()
    residua.load("resnet18.microsoft")
    assert hub.asked == []
    del hub.files["microsoft/resnet-18/preprocessor_config.json"]
    for path in sorted((tmp_path / "hf").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    assert residua.load("resnet18.microsoft").meta.preprocessing is None
    assert len(residua.load("resnet18.microsoft").meta.classes) == 1000


def test_a_cached_file_that_has_changed_is_not_used(hub):
    """The provenance that travels on has the SHA-256 of the bytes that were read."""
    residua.load(NAME)
    blob = hub_cache.cached(f"timm/{NAME}", "model.safetensors").resolve()
    raw = bytearray(blob.read_bytes())
    raw[-1] ^= 1
    blob.write_bytes(raw)
    with pytest.raises(WeightsError, match="has changed since it was fetched"):
        residua.load(NAME)
