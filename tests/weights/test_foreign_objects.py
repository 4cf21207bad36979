"""Are weights read whatever stands beside them, with nothing imported, and what would act refused by its name?"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import decimal
import enum
import functools
import logging
import os
import pathlib
import pickle
import re
import subprocess
import sys
import types
import uuid
import warnings
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest
import torch
from torch import nn

import residua
from residua.errors import WeightsError
from residua.pickles.acting import acts

from .conftest import lively

LAYOUTS = [{}, {"_use_new_zipfile_serialization": False}]


class Mode(enum.Enum):
    A = 1


@dataclasses.dataclass(frozen=True)
class Config:
    lr: float = 0.1

    class Kind(enum.Enum):
        B = 2


class Easy(dict):
    """A dictionary whose items are attributes too, as EasyDict and Lightning's AttributeDict are."""

    def __init__(self, **items):
        super().__init__(items)
        self.__dict__.update(items)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, [2]


class Listed(list):
    pass


class Given:
    """Built again from keyword arguments alone."""

    def __getnewargs_ex__(self):
        return (1,), {"b": 2}

    def __new__(cls, *_, **__):
        return super().__new__(cls)


Point = namedtuple("Point", "x y")
BESIDE = {
    "path": lambda: argparse.Namespace(data=pathlib.PurePosixPath("/d")),
    "date": lambda: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "enum": lambda: Mode.A,
    "nested enum": lambda: {"mode": Config.Kind.B},
    "dataclass": Config,
    "easydict": lambda: Easy(a=1, b=Easy(c=2)),
    "slots": Slotted,
    "list": lambda: Listed([1, Mode.A]),
    "named tuple": lambda: Point(1, 2),
    "partial": lambda: functools.partial(nn.BatchNorm2d, eps=1e-3),
    "class as a key": lambda: {Config: {"best": 0.9}, Mode.A: 2, (Mode.A, 3): 4},
    "uuid": lambda: uuid.UUID(int=7),
    "decimal": lambda: decimal.Decimal("1.5"),
    "regex": lambda: re.compile("a+"),
    "logger": lambda: logging.getLogger("train"),
    "containers": lambda: [deque([1]), Counter("ab"), defaultdict(list, a=[1]), range(3), slice(1), 1j],
    "numpy": lambda: {"rng": np.random.RandomState(0), "gen": np.random.default_rng(0), "masked": np.ma.array([1.0])},
    "objects": lambda: np.array([Mode.A, "b"], dtype=object),
    "torch": lambda: {
        "d": torch.device("cpu"),
        "t": torch.float16,
        "f": nn.functional.relu,
        "c": torch.zeros(2).cfloat(),
    },
    "namespace": lambda: types.SimpleNamespace(a=Mode.A),
    "exception": lambda: ValueError("diverged"),
}


@pytest.fixture(scope="module")
def small():
    return lively("resnet8")


@pytest.mark.parametrize("options", LAYOUTS, ids=["zip", "legacy"])
@pytest.mark.parametrize("beside", BESIDE)
def test_weights_are_read_whatever_stands_beside_them(tmp_path, small, beside, options):
    torch.save({"model": small.state_dict(), "extra": BESIDE[beside]()}, tmp_path / "a.pth", **options)
    model = residua.load(tmp_path / "a.pth")
    assert model.spec == small.spec
    assert torch.equal(model.fc.weight, small.fc.weight)


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_spells_foreign_objects_in_its_own_way(tmp_path, small, protocol):
    state = {name: tensor.numpy() for name, tensor in small.state_dict().items()}
    beside = [make() for name, make in BESIDE.items() if name not in ("torch", "slots")]
    beside += [Slotted()] if protocol > 1 else []
    beside += [Given()] if protocol > 3 else []  # before, a call of a partial object: refused
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"model": state, "extra": beside}, protocol))
    assert residua.load(tmp_path / "a.pkl").spec == small.spec


def test_what_is_not_read_is_listed_by_its_class_and_place(tmp_path, small):
    args = argparse.Namespace(data=pathlib.PurePosixPath("/d"), arch="resnet8", act=nn.ReLU)
    torch.save({"model": small.state_dict(), "args": args, "config": Easy(a=Mode.A)}, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    here = __name__
    assert set(report.not_read) == {
        "args.data: pathlib.PurePosixPath",
        "args.act: torch.nn.modules.activation.ReLU",
        f"config: {here}.Easy",
    }
    assert "pathlib.PurePosixPath" in report.as_text()
    assert report.to_json()["not_read"] == list(report.not_read)


def test_an_optimizer_as_an_object_is_no_network(tmp_path, small):
    optimizer = torch.optim.SGD(small.parameters(), 0.1, momentum=0.9)
    torch.save({"model": small.state_dict(), "optim": optimizer}, tmp_path / "a.pth")
    report = residua.inspect(tmp_path / "a.pth")
    assert (report.network.name, report.ignored) == ("resnet8", ("optim",))
    torch.save({"optim": optimizer}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="only an optimizer's state"):
        residua.inspect(tmp_path / "a.pth")


def test_weights_within_a_foreign_object_are_read(tmp_path, small):
    for holder in (Easy(**small.state_dict()), types.SimpleNamespace(net=small.state_dict(), epoch=3)):
        torch.save(holder, tmp_path / "a.pth")
        assert torch.equal(residua.load(tmp_path / "a.pth").fc.weight, small.fc.weight)


def test_nothing_of_the_file_is_imported(tmp_path, small):
    home = types.ModuleType("theirs")
    home.Secret = type("Secret", (), {"__module__": "theirs"})
    sys.modules["theirs"] = home
    try:
        torch.save({"model": small.state_dict(), "extra": home.Secret()}, tmp_path / "a.pth")
    finally:
        del sys.modules["theirs"]
    (tmp_path / "theirs.py").write_text("raise SystemExit('imported')\n")
    code = "import residua; print(residua.inspect('a.pth', decide=False).spec.num_classes)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "10"


@pytest.mark.parametrize("stand_in", [pathlib.PurePosixPath("/w"), np.ma.array(np.zeros(10)), torch.zeros(10).cfloat()])
def test_a_stand_in_where_a_tensor_is_needed_is_refused(tmp_path, small, stand_in):
    torch.save(dict(small.state_dict()) | {"fc.bias": stand_in}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"a tensor is needed for fc\.bias") as refused:
        residua.load(tmp_path / "a.pth")
    assert "\n" not in str(refused.value)


def test_a_sparse_tensor_is_not_read_beside_weights_and_refused_among_them(tmp_path, small):
    sparse, state = torch.eye(3).to_sparse(), dict(small.state_dict())
    torch.save({"state_dict": state, "adjacency": sparse}, tmp_path / "beside.pth")
    assert residua.inspect(tmp_path / "beside.pth").not_read == ("adjacency: torch._utils._rebuild_sparse_tensor",)
    torch.save(state | {"adjacency": sparse}, tmp_path / "among.pth")
    with pytest.raises(WeightsError, match=r"a tensor is needed for adjacency, .*to_dense\(\)"):
        residua.load(tmp_path / "among.pth")


def test_quantised_tensors_are_refused_by_that_reason(tmp_path, small):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that torch will give them up
        packed = torch.quantize_per_tensor(small.fc.weight.detach(), 0.1, 0, torch.qint8)
    for options in LAYOUTS:
        torch.save({**small.state_dict(), "fc.weight": packed, "fc.bias": packed}, tmp_path / "a.pth", **options)
        with pytest.raises(WeightsError, match=r"is quantised: fc\.weight is torch\._utils\._rebuild_qtensor"):
            residua.load(tmp_path / "a.pth")


def test_a_state_dict_dumped_by_pickle_itself_is_read(tmp_path, small):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(OrderedDict(small.state_dict())))
    assert torch.equal(residua.load(tmp_path / "a.pkl").fc.weight, small.fc.weight)


class Calls:
    """A pickle of it calls `function`, where a reader lets it."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def evil_places(small, call):
    """Yield files that have `call` at every kind of place."""
    module = lively("resnet8")
    module.layer1[0].conv1.hook = call
    yield {"state_dict": small.state_dict(), "extra": call}
    yield {**small.state_dict(), "bn1.num_batches_tracked": call}
    yield module
    yield [("conv1.weight", small.conv1.weight), ("x", call)]
    yield {"model": small.state_dict(), "args": argparse.Namespace(a=[{"b": (Easy(c=call),)}])}
    yield {"model": small.state_dict(), "o": {"k": np.array([call], dtype=object)}}


@pytest.mark.parametrize("options", LAYOUTS, ids=["zip", "legacy"])
@pytest.mark.parametrize("place", range(6))
def test_a_call_of_the_system_is_refused_wherever_it_stands(tmp_path, small, place, options):
    thing = list(evil_places(small, Calls(os.system, f"touch {tmp_path}/touched")))[place]
    torch.save(thing, tmp_path / "a.pth", **options)
    with pytest.raises(WeightsError, match=r"wants to run posix\.system"):
        residua.load(tmp_path / "a.pth")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("pickled", "named"),
    [
        (b"cos\nsystem\n(X\x02\x00\x00\x00idtR.", "os.system"),
        (b"c__builtin__\ngetattr\n(X\x01\x00\x00\x00aX\x01\x00\x00\x00btR.", "__builtin__.getattr"),
        (b"cbuiltins\ngetattr\n(ctheirs\nNet\nX\x0b\x00\x00\x00__globals__tR.", "theirs.Net.__globals__"),
        (b"cbuiltins\ngetattr\n(ctheirs\nNet\nX\x04\x00\x00\x00loadtR.", "theirs.Net.load"),
        (b"\x80\x04\x8c\x0btorchvision\x8c\x12datasets.os.system\x93.", "torchvision.datasets.os.system"),
        (b"\x80\x04\x8c\x06random\x8c\x0a_os.system\x93.", "random._os.system"),
        (b"cfunctools\npartial\n(cos\nsystem\nX\x02\x00\x00\x00idtR.", "os.system"),
        (b"ctheirs\nMaker\n)R(tR.", "what theirs.Maker gives"),
        (b"ctorch.hub\nload\n.", "torch.hub.load"),
        (b"ctorch.storage\n_load_from_bytes\n(cos\nsystem\ntR.", "os.system"),
        (b"ccopyreg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR.", "subprocess.Popen"),
    ],
)
def test_ways_round_are_refused_by_name(tmp_path, pickled, named):
    (tmp_path / "a.pkl").write_bytes(pickled if pickled[:1] == b"\x80" else b"\x80\x02" + pickled)
    with pytest.raises(WeightsError) as refused:
        residua.inspect(tmp_path / "a.pkl")
    assert f"wants to run {named}," in str(refused.value)


def test_a_torch_file_within_a_pickle_is_held_to_the_same_rules(tmp_path):
    inner = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02N." * 2 + b"\x80\x02cos\nsystem\n."
    outer = b"\x80\x03ctorch.storage\n_load_from_bytes\nC" + bytes([len(inner)]) + inner + b"\x85R."
    (tmp_path / "a.pkl").write_bytes(outer)
    with pytest.raises(WeightsError, match=r"wants to run os\.system"):
        residua.inspect(tmp_path / "a.pkl")


# What picklescan and fickling call dangerous, whole modules by any name in them.
DANGEROUS = [
    "__builtin__.eval", "__builtin__.compile", "__builtin__.apply", "__builtin__.exec", "__builtin__.open",
    "__builtin__.breakpoint", "builtins.eval", "builtins.compile", "builtins.exec", "builtins.open",
    "builtins.breakpoint", "builtins.__import__", "builtins.globals", "cloudpickle.cloudpickle._builtin_type",
    "cloudpickle.cloudpickle._make_function", "cloudpickle.cloudpickle.subimport", "types.CodeType",
    "types.FunctionType", "aiohttp.x", "asyncio.x", "bdb.x", "commands.x", "ctypes.x", "httplib.x", "http.x",
    "logging.FileHandler", "_io.FileIO", "io.FileIO", "io.open", "numpy.f2py.x",
    "numpy.testing._private.utils.runstring", "nt.x", "posix.x", "_operator.attrgetter", "_operator.itemgetter",
    "operator.methodcaller", "operator.attrgetter", "os.x", "requests.api.x", "runpy.x", "shutil.x", "socket.x",
    "ssl.x", "subprocess.x", "sys.x", "code.InteractiveInterpreter.runcode", "cProfile.x", "distutils.file_util.x",
    "doctest.debug_script", "ensurepip._run_pip", "idlelib.autocomplete.AutoComplete.get_entity",
    "idlelib.run.Executive.runcode", "imaplib.IMAP4_stream", "lib2to3.pgen2.grammar.Grammar.loads", "pdb.x",
    "pickle.x", "_pickle.x", "pip.x", "pkgutil.resolve_name", "pty.x", "profile.x", "pydoc.x",
    "test.support.script_helper.x", "timeit.x", "torch._dynamo.guards.GuardBuilder.get",
    "torch._inductor.codecache.compile_file",
    "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression", "torch.load", "torch.compile",
    "torch.hub.load", "torch.jit.unsupported_tensor_ops.execWrapper", "torch.serialization.load", "torch.jit.load",
    "numpy.load", "numpy.distutils.x", "torch.utils._config_module.ConfigModule.load_config",
    "torch.utils.bottleneck.__main__.run_cprofile", "torch.utils.collect_env.run",
    "torch.utils.data.datapipes.utils.decoder.basichandlers", "trace.Trace.run", "urllib.request.x",
    "uuid._get_command_stdout", "venv.x", "webbrowser.x", "_osx_support.x", "_aix_support.x", "_pyrepl.x",
    "multiprocessing.x", "_posixsubprocess.x", "codeop.x", "marshal.x", "_interpreters.x", "_xxsubinterpreters.x",
    "importlib.x", "_frozen_importlib.x", "_imp.x", "imp.x", "zipimport.x", "gc.x", "site.x", "unittest.x",
    "inspect.x", "urllib2.x", "smtplib.x", "ftplib.x", "poplib.x", "telnetlib.x", "nntplib.x", "_ctypes.x", "dill.x",
    "joblib.x", "tempfile.x", "filecmp.x", "pexpect.x", "pipes.x", "socketserver.x", "xmlrpc.x", "signal.x",
    "_signal.x", "threading.x", "_thread.x", "atexit.x", "sqlite3.x", "_sqlite3.x", "fileinput.x", "glob.x",
    "platform.x", "linecache.x", "difflib.x", "compileall.x", "py_compile.x", "mmap.x", "select.x", "selectors.x",
    "logging.handlers.SocketHandler", "syslog.x", "tarfile.x", "zipfile.x", "shelve.x", "IPython.x", "code.interact",
]  # fmt: skip


def test_what_scanners_call_dangerous_is_refused():
    let_through = []
    for named in DANGEROUS:
        module, name = re.fullmatch(r"(.*?)\.([A-Z]\w+\.\w+|\w+)", named).groups()  # a method's name is dotted
        let_through += [] if acts(module, name) else [named]
    assert let_through == []


def test_modules_that_hold_each_other_end(tmp_path):
    """Thirty modules, each of which has the next one twice: 2^30 names."""
    inner = nn.Conv2d(1, 1, 1)
    for _ in range(30):
        outer = nn.Module()
        outer.a = outer.b = inner
        inner = outer
    torch.save(inner, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="without end"):
        residua.inspect(tmp_path / "a.pth")
    inner.a.a.again = inner  # and one that holds itself
    torch.save(inner, tmp_path / "a.pth")
    with pytest.raises(WeightsError):
        residua.inspect(tmp_path / "a.pth")
