"""Does `residua train` behave as a command: exit codes, JSON lines alone on stdout, Ctrl-C, resuming?"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from residua.cli.app import main
from tests.children import started

QUICK = ["--epochs", "1", "--quiet"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command") / "run"
    assert main(["train", "--epochs", "2", "--quiet", "--out", str(folder)]) == 0
    return folder


def test_json_prints_a_line_an_epoch_and_nothing_else(tmp_path, capsys):
    assert main(["train", "--epochs", "2", "--json", "--out", str(tmp_path / "run")]) == 0
    came = capsys.readouterr()
    *lines, result = [json.loads(line) for line in came.out.splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    keys = {"epoch", "step", "samples", "loss", "top1", "val_top1", "lr", "images_per_second", "data_wait"}
    assert all(keys <= set(line) for line in lines)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert result == {"run": str(tmp_path / "run")} | {name: metrics[name] for name in result if name != "run"}
    assert {"split", "top1", "samples", "train_seconds"} <= set(result)
    first, last = [line for line in came.err.splitlines() if line.startswith("epoch ")]
    assert re.search(r"  \d+:\d\d:\d\d left$", first)
    assert "left" not in last


def test_evaluating_a_run_gives_what_its_metrics_say(run, capsys):
    assert main(["evaluate", str(run), "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    metrics = json.loads((run / "metrics.json").read_text())
    assert {key: metrics[key] for key in document} == document


def test_ctrl_c_saves_ends_with_three_and_says_how_to_go_on(tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "residua", "train", "--epochs", "200", "--out", str(folder)]
    with started(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}) as process:
        deadline = time.monotonic() + 120
        while not (folder / "log.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 3
    assert f"residua train --resume {folder}" in stderr
    assert "Traceback" not in stderr
    assert list((folder / "checkpoints").glob("step-*"))


def test_sigterm_before_the_first_step_ends_with_three_and_leaves_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("residua.train.setup.assembly.prepare", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["train", "--out", str(tmp_path / "run")]) == 3
    assert capsys.readouterr().err == "residua: interrupted\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["numpy._core.multiarray", "numpy.lib"])
def test_a_signal_amid_the_imports_is_not_lost_in_them(tmp_path, module):
    script = f"""
import os, signal, sys
class Strike:
    def find_spec(self, name, *_):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGTERM)
sys.meta_path.insert(0, Strike())
from residua.cli.app import main
sys.exit(main(["train", "--epochs", "1", "--quiet", "--out", {str(tmp_path / "run")!r}]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (3, "residua: interrupted\n")


def test_resuming_a_finished_run_changes_nothing(run):
    before = (run / "model.safetensors").read_bytes(), (run / "log.jsonl").read_bytes()
    assert main(["train", "--resume", str(run), "--quiet"]) == 0
    assert ((run / "model.safetensors").read_bytes(), (run / "log.jsonl").read_bytes()) == before


def test_the_report_is_one_page_without_anything_from_elsewhere(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    top1 = json.loads((run / "metrics.json").read_text())["top1"]
    assert f"{top1:.2%}" in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page)
    assert page.count("<script") == 1  # which sorts tables
    for heading in ("Curves", "Confusion", "Worst mistakes", "Network", "Run it again"):
        assert heading in page


def test_the_old_name_of_tta_is_taken_and_its_measure_stands_under_both(tmp_path, capsys):
    assert main(["train", *QUICK[:2], "--views", "flip", "--out", str(tmp_path / "run")]) == 0
    assert "with tta flip: top-1" in capsys.readouterr().err
    assert 'tta = "flip"' in (tmp_path / "run" / "config.toml").read_text()
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["tta"] == metrics["views"]
    assert set(metrics["tta"]["flip"]) == {"top1", "loss"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resnet51"], "did you mean"),
        (["--epochs", "0"], "--epochs 0"),
        (["--epoch", "1"], "--epoch"),
        (["--recipe", "digit"], "did you mean 'digits'"),
        (["--data", "nowhere"], "nowhere"),
        (["--resume", "nowhere"], "not a run folder"),
        (["resnet18"], "too small"),
        (["resnet9", "--whiten"], "unknown network 'resnet9'"),
        (["--reading", "cache"], "the images of digits are in memory"),
        (["--tta", "one", "--views", "flip"], "views='flip' came beside tta='one'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *words, *QUICK[2:]]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_takes_no_other_settings(run, capsys):
    assert main(["train", "--resume", str(run), "--lr", "0.5", "--quiet"]) == 2
    assert "leave out --lr" in capsys.readouterr().err
    assert main(["train", "--resume", str(run), "--no-channels-last", "--quiet"]) == 2
    assert "leave out --no-channels-last" in capsys.readouterr().err


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of two classes without a test split, and a network trained on it."""
    folder = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    for label, level in (("dark", 60), ("light", 190)):
        (folder / "set" / label).mkdir(parents=True)
        for number in range(20):
            pixels = np.clip(generator.normal(level, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "set" / label / f"{number}.png")
    (folder / "set" / "dark" / "broken.png").write_bytes(b"no image")
    words = ["--data", str(folder / "set"), "--skip-bad", "--val-fraction", "0.3", "--epochs", "2", "--batch", "8"]
    assert main(["train", "resnet8", *words, "--quiet", "--out", str(folder / "run")]) == 0
    return folder


def test_evaluating_a_folder_without_a_test_split_gives_the_held_out_images_of_training(pictures, capsys):
    for words in ([], ["--data", str(pictures / "set"), "--skip-bad"], ["--split", "val"]):
        assert main(["evaluate", str(pictures / "run"), *words, "--json", "--quiet"]) == 0
        document = json.loads(capsys.readouterr().out)
        metrics = json.loads((pictures / "run" / "metrics.json").read_text())
        assert metrics["split"] == "val"
        assert {key: metrics[key] for key in document} == document
    assert main(["evaluate", str(pictures / "run"), "--split", "train", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 40 - metrics["samples"]
    assert main(["evaluate", str(pictures / "run"), "--split", "test", "--quiet"]) == 2


def test_a_seed_too_large_is_an_option_error(capsys):
    assert main(["train", "--seed", "99999999999999999999"]) == 2
    assert "--seed" in capsys.readouterr().err
