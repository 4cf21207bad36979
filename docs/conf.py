"""The site that `make docs` builds of the pages as they lie in the repository: both languages, every link checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

project = "residua"
extensions = ["myst_parser"]
root_doc = "README"  # the source is the repository, so that the pages' own links hold
include_patterns = ["*.md", "docs/**", "results/README.md", "results/**/README.md", "results/**/*.md"]
myst_heading_anchors = 3
suppress_warnings = ["toc.not_included"]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", without_folders)


def without_folders(app: Any, name: str, text: list[str]) -> None:
    """Leave of a link to a folder its words: a site has pages and files. A link to nothing stays, and is found."""
    here = Path(app.srcdir, name).parent
    text[0] = re.sub(r"\[([^]]+)\]\(([^):#]+)\)", lambda m: m[1] if (here / m[2]).is_dir() else m[0], text[0])
