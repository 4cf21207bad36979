"""`residua completion SHELL`: what does a shell read to complete verbs, options and their choices?

The parser writes the script from the signatures that the help is made of, so that an option stands in one place.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from residua.errors import ResiduaError


@dataclass(frozen=True)
class Shell:
    """Where a shell reads the script, and how the script has it name files where the parser has no words of its own.

    files: a pattern of the parser's script and what replaces it. bash would complete nothing in place of a folder or a
    checkpoint, nor zsh for an argument without an action; fish names files anyway.
    """

    place: str
    files: tuple[str, str] | None = None


SHELLS = {
    "bash": Shell(
        "~/.local/share/bash-completion/completions/residua",
        (r"^complete -F (\w+) residua$", r"complete -o default -F \1 residua"),
    ),
    "zsh": Shell('"${fpath[1]}/_residua"', (r"^( +'[1-9*]:[^: ].*)(?<!:_files)(' \\)$", r"\1:_files\2")),
    "fish": Shell("~/.config/fish/completions/residua.fish"),
}


def script(shell: str, verbs: Mapping[str, tuple[str, str]]) -> str:
    """Return the completion script for `shell`. Raises ResiduaError for a shell that is none of SHELLS.

    verbs: where the function of each lives, and its question.
    """
    import cyclopts

    if shell not in SHELLS:
        places = "; ".join(f"residua completion {name} > {found.place}" for name, found in SHELLS.items())
        came = f"{shell!r} is no shell that residua knows" if shell else "completion needs the name of a shell"
        raise ResiduaError(f"{came}: {places}")
    app = cyclopts.App(
        name="residua", help_format="plaintext", version_flags=[], default_parameter=cyclopts.Parameter(negative=())
    )
    for verb, (location, question) in verbs.items():
        module, _, function = location.partition(":")
        app.command(getattr(importlib.import_module(module), function), name=verb, help=question)
    written = app.generate_completion(shell=cast(Literal["bash", "zsh", "fish"], shell))
    files = SHELLS[shell].files
    return written if files is None else re.sub(*files, written, flags=re.MULTILINE)
