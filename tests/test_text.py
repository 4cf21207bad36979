"""Are near names, shortened lists and one-line messages made as every message of residua shows them?"""

from pathlib import Path

from residua.text import and_more, nearest, one_line

PACKAGE = Path(__file__).parents[1] / "residua"


def test_the_nearest_names_come_first():
    assert nearest("resnet5O", ["resnet18", "resnet50"]) == ["resnet50"]
    assert nearest("resnet", {"resnet18": 1, "resnet50": 2, "vgg": 3}, most=3, cutoff=0.5) == ["resnet50", "resnet18"]
    assert nearest("transformer", ["resnet18"]) == []


def test_a_long_list_is_cut_and_counted():
    assert and_more([]) == ""
    assert and_more(["a", "b"]) == "a, b"
    assert and_more(list("abcde")) == "a, b, c, d, e"
    assert and_more(list("abcdefgh")) == "a, b, c, d, e and 3 more"
    assert and_more(list("abc"), shown=2) == "a, b and 1 more"


def test_a_message_of_many_lines_becomes_one():
    assert one_line(ValueError("a\n  b\tc ")) == "a b c"
    assert one_line("abcdef", 4) == "a…ef"


def test_nobody_has_a_copy():
    others = [path for path in PACKAGE.rglob("*.py") if path.name not in ("text.py", "errors.py")]
    copies = ("get_close_matches", ".ratio()", ".split())", ") - 5} more")
    offenders = [f"{path.name}: {copy}" for path in others for copy in copies if copy in path.read_text()]
    assert not offenders
