"""What does `residua study` print and write, and what does it refuse before it starts?"""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree

import pytest

from residua.cli.app import main
from residua.errors import ResiduaError
from residua.study import signal
from residua.study.plan import Part, Plan
from residua.zoo import ZOO


def test_cost_writes_the_published_numbers_a_page_and_its_figures(tmp_path, capsys):
    words = ["study", "cost", "--networks", "resnet8", "--networks", "resnet20", "--out", str(tmp_path), "--json"]
    assert main(words) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert (rows[1]["network"], rows[1]["params"], rows[1]["macs"]) == ("resnet20", 269_722, 40_551_040)
    assert all(row["milliseconds_per_image"] > 0 and row["top1"] is None for row in rows)
    assert "together about" in captured.err
    with (tmp_path / "cost.csv").open(encoding="utf-8") as stream:
        assert [row["macs"] for row in csv.DictReader(stream)] == [str(row["macs"]) for row in rows]
    page = (tmp_path / "cost.html").read_text(encoding="utf-8")
    assert "What this does not show" in page
    assert "8.75 %" in page
    for name in ("cost-time", "cost-memory"):
        texts = [each.text or "" for each in ElementTree.parse(tmp_path / f"{name}.svg").iter()]
        assert not any("mathdefault" in text for text in texts)
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_signal_has_a_row_a_network_and_seed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(signal, "PER_STAGE", (1, 2))
    assert main(["study", "signal", "--seeds", "2", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("of 6 blocks") == len(signal.VARIANTS)
    with (tmp_path / "signal.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * 2 * len(signal.VARIANTS)
    assert {row["layers"] for row in rows} == {"8", "14"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["signal", "--seeds", "1", "--minutes", "0.0001"], "more than the 0.0001 allowed; give --minutes"),
        (["cost", "--networks", "resnet21"], "did you mean"),
        (["signal", "--networks", "resnet8"], "has its own networks"),
        (["depht"], "depht"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(tmp_path, capsys, words, said):
    assert main(["study", *words, "--out", str(tmp_path / "new"), "--quiet"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("images", "minutes"), [(2, 1), (10**8, 10**3)])
def test_the_minutes_that_are_named_are_enough(images, minutes):
    plan = Plan([Part("one", ZOO["resnet8"].spec, 16, images)], 1e12)
    with pytest.raises(ResiduaError) as raised:
        plan.require_fit(plan.seconds / 61, "")
    assert 1 <= int(str(raised.value).rpartition(" ")[2]) <= minutes
    plan.require_fit(float(str(raised.value).rpartition(" ")[2]), "")


def test_an_interrupted_study_says_what_is_kept(tmp_path, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("residua.study.signal.pass_through", stopped)
    assert main(["study", "signal", "--seeds", "1", "--minutes", "999", "--out", str(tmp_path)]) == 3
    assert "the same command begins anew: none of it is kept" in capsys.readouterr().err
