"""Which globals act where a pickle is loaded by a reader that calls them? A file that names one is refused.

Two rules, since a list of all that acts would never be whole. Of Python's own modules only those are let through that
hold values; of everybody else's, all but what is known to run, fetch, open or compile something. After the lists that
picklescan and fickling publish; `torch.storage._load_from_bytes`, which both name, is read by our own machine.
"""

from __future__ import annotations

import sys

BUILTINS = ("builtins", "__builtin__", "exceptions")
# The types that only hold something; `type`, `getattr`, `map` and all other functions are no values.
PLAIN_BUILTINS = frozenset((
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object", "range",
    "set", "slice", "str", "tuple", "unicode", "xrange", "Ellipsis", "NotImplemented",
))  # fmt: skip
# Python's modules that hold values: all of their undotted names, or those given.
OF_VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "_datetime", "_decimal", "_pydatetime", "_pydecimal", "abc", "collections.abc", "datetime", "decimal", "enum",
        "fractions", "ipaddress", "math", "numbers", "typing",
    ), ()),
    "_codecs": ("encode",),
    "_io": ("BytesIO", "StringIO"),
    "argparse": ("Namespace",),
    "array": ("array", "_array_reconstructor"),
    "configparser": ("ConfigParser", "RawConfigParser", "SectionProxy"),
    "contextlib": ("nullcontext",),
    "dataclasses": ("_MISSING_TYPE",),
    "functools": ("partial",),
    "io": ("BytesIO", "StringIO"),
    "itertools": ("count", "cycle", "repeat", "chain"),
    "logging": ("getLogger", "Logger", "RootLogger"),
    "optparse": ("Values",),
    "re": ("_compile", "RegexFlag"),
    "statistics": ("NormalDist",),
    "time": ("struct_time",),
    "types": ("SimpleNamespace", "MappingProxyType", "NoneType"),
    "uuid": ("UUID", "SafeUUID"),
    "zoneinfo": ("ZoneInfo", "ZoneInfo._unpickle"),
    **dict.fromkeys(("collections", "_collections"), (
        "ChainMap", "Counter", "OrderedDict", "UserDict", "UserList", "UserString", "defaultdict", "deque",
    )),
    **dict.fromkeys(("copyreg", "copy_reg"), ("_reconstructor", "__newobj__", "__newobj_ex__")),
    **dict.fromkeys(("pathlib", "pathlib._local"), (
        "Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath", "WindowsPath",
    )),
    **dict.fromkeys(("random", "_random"), ("Random", "SystemRandom")),
}  # fmt: skip
# Modules that another Python has: they are not in the list of this one.
ONCE_PYTHONS = frozenset((
    "asynchat", "asyncore", "cPickle", "cStringIO", "cgi", "cgitb", "commands", "copy_reg", "crypt", "dbhash",
    "distutils", "dummy_thread", "httplib", "imp", "lib2to3", "nntplib", "os2", "pipes", "popen2",
    "smtpd", "telnetlib", "thread", "urllib2", "urlparse", "xdrlib", "_interpreters", "_pyrepl", "_xxsubinterpreters",
))  # fmt: skip
# Of packages that are no part of Python, whole modules and single names that run, fetch, open or compile something.
ACTING = frozenset((
    "Cython", "IPython", "aiohttp", "boto3", "botocore", "celery", "cffi", "cloudpickle", "dask", "dill", "docker",
    "execnet", "fabric", "flask", "fsspec", "gdown", "google.cloud", "h5py.File", "httpx", "huggingface_hub", "invoke",
    "ipykernel", "jinja2", "joblib", "keras.models", "keras.saving", "keras.src.saving", "lightning.pytorch.cli",
    "llvmlite", "mlflow", "multiprocess", "nbconvert", "nltk.app", "numba", "numexpr", "numpy.DataSource",
    "numpy._core.memmap", "numpy.core.memmap", "numpy.ctypeslib", "numpy.distutils", "numpy.f2py",
    "numpy.lib._datasource", "numpy.lib.format", "numpy.lib.npyio", "numpy.memmap", "numpy.testing",
    "pandas.core.computation", "pandas.io", "paramiko", "pexpect", "pip", "pkg_resources", "plumbum", "psutil",
    "ptyprocess", "pyximport", "ray.cloudpickle", "requests", "scapy", "scipy.weave", "selenium", "setuptools",
    "smart_open", "sqlalchemy", "sympy.core.sympify", "sympy.parsing", "sympy.utilities", "tensorflow.io",
    "tensorflow.keras.models", "tensorflow.python.ops", "tensorflow.python.saved_model", "tensorflow.raw_ops",
    "tensorflow.saved_model", "test.support", "theano", "torch._dynamo", "torch._inductor", "torch.classes",
    "torch.distributed.elastic", "torch.distributed.launch", "torch.distributed.rpc", "torch.distributed.run",
    "torch.fx.experimental", "torch.fx.graph_module", "torch.hub", "torch.jit", "torch.multiprocessing", "torch.onnx",
    "torch.ops", "torch.package", "torch.serialization", "torch.testing", "torch.utils._config_module",
    "torch.utils.bottleneck", "torch.utils.collect_env", "torch.utils.cpp_extension", "torch.utils.data.datapipes",
    "torch.utils.model_zoo", "tornado", "twisted", "urllib3", "websockets", "werkzeug", "wget", "win32api",
    "win32com", "xonsh", "zmq",
))  # fmt: skip
# What such functions are called, in whichever module: a global with one of these as its last name acts.
VERBS = frozenset((
    "FileIO", "Popen", "apply", "attrgetter", "breakpoint", "call", "check_call", "check_output", "compile", "delattr",
    "download", "eval", "exec", "execWrapper", "exec_module", "execfile", "execv", "fork", "fromfile", "genfromtxt",
    "get_type_hints", "getattr", "getoutput", "globals", "import_module", "literal_eval", "load", "load_from_url",
    "load_library", "load_model", "load_module", "loads", "loadtxt", "locate", "make_dataclass", "methodcaller",
    "namedtuple", "open", "open_new", "popen", "read_pickle", "reload", "remove", "rmtree", "run_code", "run_module",
    "run_path", "runcode", "runcommand", "runctx", "runsource", "runstring", "save", "savetxt", "setattr", "spawn",
    "startfile", "subimport", "system", "unlink", "urlopen", "urlretrieve", "vars",
))  # fmt: skip


def acts(module: str, name: str) -> bool:
    """Return whether `module.name` does something, rather than hold values, where a reader calls it.

    A name may be dotted, and lead from a harmless module to one that it imports: `torchvision` `datasets.os.system`.
    """
    if module in BUILTINS:
        return name not in PLAIN_BUILTINS and not name.endswith(("Error", "Exception", "Warning", "Interrupt"))
    values = OF_VALUES.get(module)
    if values:
        return name not in values
    if _is_pythons(module) and (values is None or "." in name):
        return True
    *leading, last = name.split(".")
    if last in VERBS or _is_hidden(last) or any(_is_hidden(word) or _is_pythons(word.strip("_")) for word in leading):
        return True
    words = f"{module}.{name}".split(".")
    return any(".".join(words[:length]) in ACTING for length in range(1, len(words) + 1))


def _is_pythons(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in ONCE_PYTHONS


def _is_hidden(word: str) -> bool:
    """Return whether a name is one under which Python keeps what an object is made of: `__globals__`."""
    return len(word) > 4 and word.startswith("__") and word.endswith("__")
