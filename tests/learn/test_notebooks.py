"""Is each lesson a notebook, as `jupytext --to ipynb docs/learn/*.md` makes it, that runs and prints what is shown?"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.learn.lessons import ENGLISH, NAMES, page_of, parts_of
from tests.learn.test_lessons import here  # noqa: F401  the folder that blocks run in


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_runs_as_a_notebook(name, here):  # noqa: F811
    """What runs in the slow tests alone, the commands, and what reads their files are left out."""
    jupytext = pytest.importorskip("jupytext", reason="jupytext makes the notebooks")
    nbclient = pytest.importorskip("nbclient", reason="nbclient runs them")
    pytest.importorskip("ipykernel", reason="they run in a kernel")
    parts = [part for part in parts_of((ENGLISH / name).read_text(encoding="utf-8")) if not part.slow]
    notebook = jupytext.reads(page_of(parts), fmt="md")
    place = {"metadata": {"path": str(here)}}
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=place).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printed = "".join(out.text for cell in cells for out in cell.outputs if out.output_type == "stream")
    shown = [part for before, part in pairwise(parts) if before.fence == "python" and part.is_output]
    assert len(cells) == sum(part.fence == "python" for part in parts)
    for part in shown:
        ours, printed = printed[: len(part.text)], printed[len(part.text) :]
        assert part.agrees(ours)
    assert printed == ""
