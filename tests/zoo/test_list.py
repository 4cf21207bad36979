"""Does `residua list` show the zoo with its costs, without torch?"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from residua.cli.app import main
from residua.settings import parse_changes
from residua.spec import ResNetSpec
from residua.zoo import ZOO


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["list", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_every_network_of_the_zoo_is_listed_with_its_cost(capsys):
    rows = json.loads(run(capsys, "--json")[1])
    assert [row["name"] for row in rows] == list(ZOO)
    row = next(row for row in rows if row["name"] == "resnet50")
    assert set(row) == {"name", "family", "paper", "params", "macs", "input_size"}
    assert (row["params"], row["macs"], row["input_size"]) == (25_557_032, 4_089_184_256, [3, 224, 224])


def test_a_glob_chooses(capsys):
    names = [row["name"] for row in json.loads(run(capsys, "wrn_*", "--json")[1])]
    assert names == ["wrn_16_8", "wrn_22_8", "wrn_28_10", "wrn_40_4", "wrn_40_10"]
    code, out, err = run(capsys, "resnet18_d2l")
    assert code == 0
    assert out.splitlines()[1].split()[:5] == ["resnet18_d2l", "tutorial", "11,178,378", "1,734,890,496", "1×224×224"]
    assert "1 networks" in err


@pytest.mark.parametrize(("glob", "message"), [("resnet51", "did you mean"), ("zebra*", "no network's name matches")])
def test_a_name_that_is_not_there_is_one_line_and_exit_2(capsys, glob, message):
    code, out, err = run(capsys, glob)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_listing_imports_no_torch():
    code = (
        "import sys; from residua.cli.app import main; assert main(['list', '--json']) == 0; "
        "sys.exit(3 if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == len(ZOO)


def test_every_field_of_a_network_is_listed_with_what_set_takes(capsys):
    assert main(["list", "--fields", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["field"] for row in rows] == list(ResNetSpec.model_fields)
    for row in rows:
        value = row["default"] if isinstance(row["default"], str) else json.dumps(row["default"])
        assert parse_changes((f"{row['field']}={value}",)) == {row["field"]: getattr(ResNetSpec(), row["field"])}
    assert main(["list", "--fields", "norm*"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("norm=batch  (batch, group)\n    batch norm, or ")
    assert "norm_eps" in out
    assert "shortcut" not in out
    assert main(["list", "--fields", "normm"]) == 2
    assert "did you mean 'norm'?" in capsys.readouterr().err
