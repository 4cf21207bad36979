"""`python -m residua` is `residua`."""

from __future__ import annotations

import sys

from residua.cli.app import main

sys.exit(main())
