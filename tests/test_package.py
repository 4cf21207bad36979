"""Is what is installed called, typed and versioned as the project says, and does a built package work by itself?"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import residua

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [*PROJECT["dependencies"], *(row for extra in EXTRAS.values() for row in extra)]


def distribution(requirement: str) -> str:
    """Return the distribution that `requirement` names, as an index writes it."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_nothing_requires_the_name_that_belongs_to_somebody_else():
    assert PROJECT["name"] == "residua-torch"
    names = {distribution(requirement) for requirement in REQUIREMENTS}
    assert "residua" not in names
    assert "residua-torch" in names  # `all` and `dev` name the project's own extras


def test_every_package_that_is_imported_is_required():
    """At any place, lazily too; `extras.require` is for the optional ones."""
    called = {"PIL": "pillow", "sklearn": "scikit-learn"}
    required = {distribution(requirement) for requirement in REQUIREMENTS if requirement not in EXTRAS["dev"]}
    missing = []
    for path in sorted((ROOT / "residua").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"residua"}:
                if called.get(name, name).replace("_", "-") not in required:
                    missing.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert missing == []


def test_every_direct_requirement_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {distribution(pin) for pin in pins if not pin.startswith("#")}
    assert {distribution(requirement) for requirement in REQUIREMENTS} - pinned == {"residua-torch"}


def test_the_lower_bounds_are_those_that_were_tried():
    """`make test-lowest` installs what constraints-lowest.txt pins; the optional tools of tests may be newer."""
    rows = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = {distribution(row): row.partition("==")[2] for row in rows if not row.startswith("#")}
    extras = (rows for extra, rows in EXTRAS.items() if extra not in ("dev", "fuzz", "docs"))
    ours = [*PROJECT["dependencies"], *(row for rows in extras for row in rows)]
    bounds = {distribution(row): row.partition(">=")[2] for row in ours if ">=" in row}
    assert {name: numbers(tried[name]) for name in bounds} == {name: numbers(bound) for name, bound in bounds.items()}


def numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version: a bound of 2.7 was tried with 2.7.0, one of 11.2 with 11.2.1."""
    return tuple(int(number) for number in (version + ".0").split(".")[:2])


def test_types_are_there_for_who_imports_it():
    assert (Path(residua.__file__).parent / "py.typed").is_file()


def test_the_changelog_ends_at_the_version_of_the_code():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (?:\d{4}-\d\d-\d\d|unreleased)$", text, re.MULTILINE)
    assert len(versions) == text.count("\n## "), "a version's heading is `## [1.2.3] - 2026-01-31`"
    assert versions[0] == residua.__version__
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= kinds


def test_the_citation_names_the_version_of_the_code():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", text, re.MULTILINE) == [residua.__version__]


def run(*words: object, cwd: Path) -> str:
    """Run a command, show what it printed where it fails, and return its standard output."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Return the folder with the wheel and the source distribution, built as docs/releasing.md builds them."""
    pytest.importorskip("hatchling", reason="hatchling builds the packages")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Return an environment with nothing in it, and a folder that is not the project's."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "venv", with_pip=True)
    (folder / "work").mkdir()
    return folder


@pytest.mark.slow
def test_the_packages_hold_the_code_and_its_texts(dist):
    (wheel,) = dist.glob("residua_torch-*.whl")
    (source,) = dist.glob("residua_torch-*.tar.gz")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if not name.split("/")[0].endswith(".dist-info")}
    package = ROOT / "residua"
    wanted = {f"residua/{path.relative_to(package)}" for path in package.rglob("*") if path.is_file()}
    for language, folder in (("en", ROOT / "docs" / "learn"), ("zh", ROOT / "docs" / "zh" / "learn")):
        wanted |= {f"residua/learn/pages/{language}/{path.name}" for path in folder.iterdir()}
    assert in_wheel == {name for name in wanted if not name.endswith(".pyc")}
    with tarfile.open(source) as archive:
        in_source = {name.partition("/")[2] for name in archive.getnames()}
    code = {name for name in in_wheel if "/pages/" not in name}
    assert code | {"README.md", "LICENSE", "tests/test_package.py", "docs/learn/01-residual-block.md"} <= in_source


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_a_built_package_works_in_an_empty_environment(dist, empty, kind):
    """Both are installed with the base requirements alone, away from the project's folder."""
    binaries, work = empty / "venv" / "bin", empty / "work"
    (package,) = dist.glob(f"residua_torch-*.{kind}")
    pip = (binaries / "python", "-m", "pip", "--quiet")
    run(*pip, "uninstall", "--yes", "residua-torch", cwd=work)
    run(*pip, "install", "--constraint", ROOT / "constraints.txt", package, cwd=work)
    assert run(binaries / "residua", "--version", cwd=work) == f"{residua.__version__}\n"
    where = run(binaries / "python", "-c", "import residua; print(residua.__file__)", cwd=work)
    assert str(empty) in where
    assert "11,689,512" in run(binaries / "residua", "list", "resnet18", cwd=work)
    assert "R104" in run(binaries / "residua", "check", "--rules", cwd=work)
    assert run(binaries / "residua", "learn", "1", "--lang", "zh", cwd=work).startswith("# 1 · 残差块\n")
    out = work / f"run-{kind}"
    run(binaries / "residua", "train", "--out", out, "--epochs", "1", cwd=work)
    assert run(binaries / "residua", "evaluate", out, "--json", cwd=work).startswith("{")
    assert run(binaries / "residua", "inspect", out / "model.safetensors", cwd=work)
    assert not (out / "report.html").exists()  # its packages are an extra
