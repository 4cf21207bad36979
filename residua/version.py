"""Which residua is this, and how is another process of it started?

Not by `python -m`: that puts the current directory before everything else, and a file called random.py or numpy.py
that somebody keeps there would be run in the place of a library.
"""

import sys

__version__ = "0.1.0"
RESIDUA = "from residua.cli.app import main; sys.exit(main())"  # the command itself; its words follow


def command(code: str, *words: str) -> list[str]:
    """Return the command line of a process that imports what this one would, and runs `code`.

    sys is imported there, and `words` are behind sys.argv[0].
    """
    return [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}", *words]
