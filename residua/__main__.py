"""`python -m residua` is `residua`."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command, and return its exit code."""
    try:
        from residua.cli.app import main

        return main()
    except KeyboardInterrupt:  # amid the import
        print("residua: interrupted", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(run())
