"""Is an artifact that somebody changed, damaged or made up refused, in one line, and is one that computes wrongly?"""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from residua.cli.app import main
from residua.errors import ShipError
from residua.preprocessing import Preprocessing
from residua.ship import canaries, engine, proof
from residua.ship.artifact import MANIFEST, Artifact, Manifest, _digest, entry_of, open_artifact
from residua.ship.canaries import Verdict
from tests.ship.conftest import Shipped, exported


@pytest.fixture
def copied(shipped: Shipped, tmp_path: Path) -> Path:
    shutil.copytree(shipped.fp32, tmp_path / "copied")
    return tmp_path / "copied"


def sealed(folder: Path, **changes: object) -> Path:
    """Change what a manifest says, and give it the digests that make it whole again, as somebody who forges would."""
    document = json.loads((folder / MANIFEST).read_text()) | changes
    for name in document["files"] if isinstance(document["files"], dict) else ():
        if (folder / name).is_file():
            entry = entry_of(folder / name)
            document["files"][name] = {"bytes": entry.bytes, "sha256": entry.sha256}
    rest = {key: value for key, value in document.items() if key != "sha256"}
    (folder / MANIFEST).write_text(json.dumps(rest | {"sha256": _digest(rest)}))
    return folder


def test_a_changed_byte_of_any_file_is_found(copied: Path):
    for path in sorted(copied.iterdir()):
        before = path.read_bytes()
        at = len(before) // 2
        path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        with pytest.raises(ShipError, match=path.name):
            open_artifact(copied)
        path.write_bytes(before[:-2])
        with pytest.raises(ShipError, match=path.name):
            open_artifact(copied)
        path.write_bytes(before)
    assert open_artifact(copied).manifest.precision == "fp32"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "has format 2, this residua reads 1: upgrade residua"),
        ({"engine": "tensorrt"}, "engine 'tensorrt' is not one of openvino, onnxruntime"),
        ({"precision": "int2"}, "precision 'int2' is not one of fp32, bf16, int8"),
        ({"engine": "onnxruntime", "precision": "bf16"}, "precision 'bf16' is not one of fp32, int8"),
        ({"spec": [1]}, "spec is no JSON object"),
        ({"provenance": "somebody's"}, "provenance is no JSON object"),
        ({"verified": {"accuracy_after": "high"}}, "the accuracy 'high' is no number"),
        ({"classes": []}, "classes is no list of names"),
        ({"classes": [1, 2]}, "a class's name is no string"),
        ({"classes": ["a", "b"]}, "does not fit the artifact"),
        ({"preprocessing": {"size": 100_000, "resize": 100_000}}, "size and resize are pixels, 1 to 4096"),
        (
            {"preprocessing": {"size": 16, "resize": 16, "channels": 1, "mean": [0], "std": [1]}},
            "does not fit the artifact",
        ),
        ({"model": "../model.xml"}, "is not among its files"),
        ({"canaries": {"file": "none"}}, "the canaries are not among its files"),
        ({"files": {"../x": {"bytes": 1, "sha256": ""}}}, "file '../x' is outside"),
        ({"files": 3}, "files is no JSON object"),
        ({"name": None}, "name is no string"),
    ],
)
def test_a_manifest_is_data_not_truth(changes, said, copied: Path):
    with pytest.raises(ShipError) as raised:
        canaries.read(open_artifact(sealed(copied, **changes)))
    assert said in str(raised.value)


def test_what_json_cannot_say_is_refused(copied: Path):
    text = (copied / MANIFEST).read_text()
    (copied / MANIFEST).write_text(text.replace('"max_abs_difference": ', '"max_abs_difference": NaN, "was": '))
    with pytest.raises(ShipError, match="it has NaN or infinity, which are no JSON"):
        open_artifact(copied)


@pytest.mark.parametrize(
    ("engine", "own", "precision", "said"),
    [
        ("openvino", "fp32", "int8", "computes in fp32; --precision int8 needs another export"),
        ("openvino", "int8", "bf16", "computes in int8; --precision bf16 needs another export"),
        ("openvino", "fp32", "fp16", "openvino in none but fp32, bf16, int8: leave --precision out"),
        ("onnxruntime", "fp32", "bf16", "onnxruntime in none but fp32, int8: leave --precision out"),
    ],
)
def test_a_precision_that_the_files_do_not_have_is_never_named(engine, own, precision, said):
    manifest = Manifest("n", engine, "1", own, "model", ("a", "b"), Preprocessing(8, 8), {}, {}, {})
    with pytest.raises(ShipError) as raised:
        proof.proved_engine(Artifact(Path("nowhere"), manifest, "0" * 64), precision)
    assert said in str(raised.value)


def test_what_is_no_artifact_is_said_in_one_line(tmp_path: Path):
    for text, said in (("", "it is no JSON"), ("[1]", "is no manifest of residua"), ("[" * 100_000, "it is no JSON")):
        (tmp_path / MANIFEST).write_text(text)
        with pytest.raises(ShipError) as raised:
            open_artifact(tmp_path)
        assert said in str(raised.value)
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(ShipError, match="cannot be opened"):
        open_artifact(tmp_path)
    with pytest.raises(ShipError, match="is not a folder"):
        open_artifact(tmp_path / "nowhere")


def test_textures_are_the_same_everywhere():
    found = canaries.textures(8, 32, 3)
    assert found.shape == (8, 32, 32, 3)
    assert (int(found.sum()), int(found[3, 5, 7, 1])) == (3_118_150, 108)
    assert min(np.unique(picture).size for picture in found) > 50


def test_canaries_that_are_right_run_once(shipped: Shipped, own_cache: Path, monkeypatch, capsys):
    artifact, said = open_artifact(shipped.fp32), []
    answers = proof.proved_engine(artifact, say=said.append).run(canaries.textures(1, 8, 1))
    assert answers.logits.shape == (1, 10)
    assert [line for line in said if line.startswith("canaries: right on this processor in fp32")] == said[:1]
    monkeypatch.setattr(canaries, "ask_apart", lambda *_: pytest.fail("they were asked again"))
    proof.proved_engine(artifact, say=said.append)
    assert len(list(own_cache.glob("residua/ship/verdicts/*.json"))) == 1


def test_a_damaged_verdict_is_no_verdict(shipped: Shipped, own_cache: Path):
    artifact = open_artifact(shipped.fp32)
    proof.proved_engine(artifact, say=lambda _: None)
    (path,) = own_cache.glob("residua/ship/verdicts/*.json")
    for text in ("", "{}", '{"verdict": {"right": "yes", "distance": 0, "precision": "fp32"}}'):
        path.write_text(text)
        said: list[str] = []
        proof.proved_engine(artifact, say=said.append)
        assert said
    assert json.loads(path.read_text())["verdict"]["right"] is True


def wrong_weight(folder: Path) -> Path:
    """Turn over the sign bit of one weight of the first layer's scale, and seal the artifact again."""
    weights = bytearray((folder / "model.bin").read_bytes())
    floats = np.frombuffer(bytes(weights[: len(weights) // 4 * 4]), np.float32)
    at = next(i for i, value in enumerate(floats) if 1e-4 < abs(value) < 1e3)
    weights[4 * at + 3] ^= 0x80
    (folder / "model.bin").write_bytes(bytes(weights))
    return sealed(folder)


def test_a_wrong_weight_under_right_checksums_is_told_by_the_canaries(copied: Path, own_cache: Path):
    artifact = open_artifact(wrong_weight(copied))
    with pytest.raises(ShipError, match=r"refused here: its canaries' logits are off by"):
        proof.proved_engine(artifact, say=lambda _: None)


def test_a_wrong_engine_is_told_by_the_canaries(shipped: Shipped, monkeypatch):
    artifact = open_artifact(shipped.fp32)
    assert canaries.ask(artifact, "fp32").right
    monkeypatch.setitem(engine.HINTS, "fp32", "bf16")  # an option that another version takes by itself
    assert not canaries.ask(artifact, "fp32").right
    monkeypatch.setattr(
        engine.OpenVino, "run", lambda *_: engine.Answers(np.full((1, 10), np.nan, np.float32), None, None)
    )
    assert canaries.ask(artifact, "fp32") == Verdict(
        False, None, "fp32", "its canaries' logits are off by inf of their spread, where 0.001 is rounding"
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["synthetic", "8"])
def test_canaries_of_either_kind_tell_a_weight_an_option_and_an_engine(kind, shipped: Shipped, tmp_path, monkeypatch):
    out = tmp_path / "made"
    words = ["export", str(shipped.run), "--to", "openvino", "--canaries", kind, "--quiet", "--out", str(out)]
    assert main(words) == 0
    artifact, usual = open_artifact(out), engine.OpenVino.run
    assert (artifact.manifest.canaries["kind"] == "synthetic") == (kind == "synthetic")
    assert canaries.ask(artifact, "fp32").right
    with monkeypatch.context() as option:
        option.setitem(engine.HINTS, "fp32", "bf16")
        assert not canaries.ask(artifact, "fp32").right
    with monkeypatch.context() as another:  # one that reads rows as columns: finite, plausible, and wrong
        another.setattr(
            engine.OpenVino, "run", lambda self, pixels: usual(self, np.ascontiguousarray(pixels.swapaxes(1, 2)))
        )
        assert not canaries.ask(artifact, "fp32").right
    assert not canaries.ask(open_artifact(wrong_weight(out)), "fp32").right


def test_an_engine_that_dies_kills_nobody_else(shipped: Shipped, own_cache: Path, monkeypatch, tmp_path):
    dying = tmp_path / "dying.py"
    dying.write_text(f"#!/bin/sh\nkill -{int(signal.SIGILL)} $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(dying))
    with pytest.raises(ShipError, match="the engine died of SIGILL on its canaries"):
        proof.proved_engine(open_artifact(shipped.fp32), say=lambda _: None)


@pytest.mark.slow
def test_bf16_that_is_wrong_here_becomes_fp32_unless_it_was_typed(
    shipped: Shipped, own_cache: Path, monkeypatch, tmp_path
):
    artifact, said = open_artifact(exported(shipped.run, "bf16")), []
    usual = canaries.ask_apart

    def wrong(artifact, precision):
        return Verdict(False, 0.5, precision, "it is wrong") if precision == "bf16" else usual(artifact, precision)

    with monkeypatch.context() as older:
        older.setattr("residua.ship.machine.has_bf16", lambda: False)
        proof.proved_engine(artifact, "bf16", say=said.append)
    assert "does not multiply bf16" in said.pop()
    said.clear()
    own_cache.rename(tmp_path / "gone")  # with the verdict
    monkeypatch.setattr(canaries, "ask_apart", wrong)
    assert proof.proved_engine(artifact, say=said.append).run(canaries.textures(1, 8, 1)).logits.shape == (1, 10)
    assert said[0] == "residua: bf16 is wrong on this processor (it is wrong); running in fp32"
    with pytest.raises(ShipError, match="refused here: it is wrong"):
        proof.proved_engine(artifact, "bf16", say=said.append)
    with pytest.raises(ShipError, match="computes in bf16; --precision int8 needs another export"):
        proof.proved_engine(artifact, "int8", say=said.append)


def test_where_nothing_can_be_kept_they_run_at_each_start(shipped: Shipped, tmp_path):
    (tmp_path / "file").touch()
    said: list[str] = []
    proof.proved_engine(open_artifact(shipped.fp32), cache=tmp_path / "file", say=said.append)
    assert "cannot be written: the canaries run at each start" in said[1]
