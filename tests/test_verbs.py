"""One word, five places: has every verb its function, its chapter, its page, its tests and its row in the README?"""

from __future__ import annotations

import re

from residua.cli.app import VERBS
from tests.docs import ROOT

CHAPTER = {  # of a verb that is not called as its chapter is
    "list": "zoo",
    "inspect": "weights",
    "convert": "weights",
    "evaluate": "train",
    "bench": "ship",
    "export": "ship",
    "predict": "ship",
}


def test_every_verb_is_one_word_in_five_places():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = []
    for verb in VERBS:
        word = CHAPTER.get(verb, verb)
        places = {
            f"residua/cli/{verb}.py": (ROOT / "residua" / "cli" / f"{verb}.py").is_file(),
            f"residua/{word}": any(
                (ROOT / "residua" / name).exists() for name in (f"{word}/__init__.py", f"{word}.py")
            ),
            f"docs/{word}.md": (ROOT / "docs" / f"{word}.md").is_file(),
            f"tests/{word}": any((ROOT / "tests" / word).glob("test_*.py")),
            "a row of the README": re.search(rf"^\| `residua {verb}` \|.*\]\(docs/{word}\.md\) \|$", readme, re.M),
        }
        missing += [f"{verb}: {place}" for place, there in places.items() if not there]
    assert missing == []


def test_every_page_of_a_chapter_names_its_verbs():
    missing = []
    for verb in VERBS:
        page = ROOT / "docs" / f"{CHAPTER.get(verb, verb)}.md"
        if not page.is_file() or f"residua {verb}" not in page.read_text(encoding="utf-8"):
            missing.append(verb)
    assert missing == []
