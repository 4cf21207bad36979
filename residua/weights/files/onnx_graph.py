"""Which weights does an ONNX graph hold, in the order in which it computes with them?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residua.errors import WeightsError
from residua.extras import require
from residua.pickles.stored import STORED_AS, Array, Stored, contiguous, map_file, of_array
from residua.text import one_line
from residua.weights.files.names import split_names
from residua.weights.files.opened import Declared, Opened
from residua.weights.files.program.of_onnx import Graph
from residua.weights.files.program.shown import PROGRAM

NORM_INPUTS = ("weight", "bias", "running_mean", "running_var")
ONNX_DTYPES = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16", 7: "int64", 6: "int32"}
LARGEST_FILE = 2**31  # bytes; protobuf allows no more


def open_onnx(path: Path) -> Opened:
    """Return the weights of an ONNX file: names kept where they say their roles, else made from the nodes.

    The graph also shows ε, and what it computes.
    Raises WeightsError when it is damaged, or its data lie outside its folder.
    """
    onnx = require("onnx")
    if path.stat().st_size > LARGEST_FILE:
        raise WeightsError(f"{path} is larger than 2 GB, which no ONNX file can be")
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except Exception as error:
        raise WeightsError(f"{path} is not a whole ONNX file ({one_line(error, 80)})") from None
    if not graph.node or not graph.initializer:
        raise WeightsError(f"{path} is not an ONNX network: it has no nodes or no weights")
    try:
        constants = dict(_constants(graph, path))
        used = list(_layers(graph, constants))
    except WeightsError:
        raise
    except Exception as error:
        raise WeightsError(f"{path} is a damaged ONNX file ({one_line(error, 80)})") from None
    named = {name: tensor for _, _, name, tensor in used}
    parts = split_names(named)
    kept = len(named) == len(used) and all(parts[name].role == role for _, role, name, _ in used)
    found = named if kept else {f"{node}.{role}": tensor for node, role, _, tensor in used}
    paths = {int(node[4:]): parts[name].path if kept else node for node, role, name, _ in used if role == "weight"}
    program = Graph(graph, constants, paths, frozenset(name for _, _, name, _ in used)).program()
    declared = _declared(graph) | _shortcuts(graph, constants) | {PROGRAM: Declared(program, "the graph")}
    return Opened(path, "ONNX", found, declared=declared)


def _constants(graph: Any, path: Path) -> Iterator[tuple[str, Stored]]:
    """Yield (name, tensor) of every initialiser and constant node, under every name it is passed on by."""
    known: dict[str, Stored] = {}
    for proto in graph.initializer:
        if proto.data_type in ONNX_DTYPES:
            known[proto.name] = _tensor(proto, path)
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            if node.attribute[0].t.data_type in ONNX_DTYPES:
                known[node.output[0]] = _tensor(node.attribute[0].t, path)
        elif node.op_type == "Identity" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]]
    yield from known.items()


def _tensor(proto: Any, path: Path) -> Stored:
    from onnx import numpy_helper

    if proto.data_location == 1:
        return _external(proto, path)
    size = math.prod(proto.dims)
    if size > LARGEST_FILE or min(proto.dims, default=0) < 0:
        raise WeightsError(f"{path}: {proto.name} declares {size:,} elements, which the file cannot hold")
    return of_array(np.asarray(numpy_helper.to_array(proto)).astype(np.float32, copy=False))


def _external(proto: Any, path: Path) -> Stored:
    """Return a tensor whose bytes lie in a file beside the graph, held to what the graph says of them.

    Raises WeightsError for a file elsewhere, a link, a hard one too (it can be a file of another folder), and numbers
    that do not fit the file or the tensor.
    """
    about = {entry.key: entry.value for entry in proto.external_data}
    beside = path.parent / about.get("location", "")
    if beside.parent.resolve() != path.parent.resolve() or beside.is_symlink() or not beside.is_file():
        raise WeightsError(f"{path} keeps its weights in {about.get('location')!r}, which is not a file beside it")
    if beside.stat().st_nlink > 1:
        raise WeightsError(
            f"{path} keeps its weights in {beside.name!r}, which is a hard link; make a copy of that file"
        )
    dtype, size = ONNX_DTYPES[proto.data_type], beside.stat().st_size
    needed = math.prod(proto.dims) * np.dtype(STORED_AS[dtype]).itemsize
    try:
        start, length = int(about.get("offset", 0)), int(about.get("length", needed))
    except ValueError:
        start, length = -1, -1
    if min(proto.dims, default=0) < 0 or start < 0 or length != needed or start + length > size:
        raise WeightsError(
            f"{path} is damaged: {one_line(proto.name, 80)} of shape {tuple(proto.dims)} needs {needed} bytes, and the "
            f"graph says offset {about.get('offset', 0)}, length {about.get('length', needed)} in the {size} bytes of "
            f"{beside.name}"
        )
    return contiguous(map_file(beside)[start : start + length], dtype, list(proto.dims))


def _layers(graph: Any, constants: dict[str, Stored]) -> Iterator[tuple[str, str, str, Stored]]:
    """Yield (layer, torch's role, name in the file, tensor) for the weights of every convolution, norm and matrix."""
    adds = {node.input[index]: node for node in graph.node if node.op_type == "Add" for index in (0, 1)}
    for number, node in enumerate(graph.node):
        layer = f"node{number:05d}"
        weights = [(name, constants[name]) for name in node.input[1:] if name in constants]
        if node.op_type == "Conv" and weights:
            yield from _named(layer, ("weight", "bias"), weights)
        elif node.op_type == "BatchNormalization" and len(weights) == 4:
            yield from _named(layer, NORM_INPUTS, weights)
        elif node.op_type == "Gemm" and weights:
            turned = not any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            weights[0] = (weights[0][0], _turned(weights[0][1]) if turned else weights[0][1])
            yield from _named(layer, ("weight", "bias"), weights)
        elif node.op_type == "MatMul" and weights:
            follower = adds.get(node.output[0])
            biases = [(name, constants[name]) for name in (follower.input if follower else ()) if name in constants]
            yield from _named(layer, ("weight", "bias"), [(weights[0][0], _turned(weights[0][1])), *biases])


def _named(layer: str, roles: tuple[str, ...], weights: list[tuple[str, Stored]]) -> Iterator[Any]:
    for role, (name, tensor) in zip(roles, weights, strict=False):
        yield layer, role, name, tensor


def _turned(tensor: Stored) -> Stored:
    def turn(array: Array) -> Array:
        return np.ascontiguousarray(array.T)

    return tensor.mapped(tensor.shape[::-1], turn)


def _shortcuts(graph: Any, constants: dict[str, Stored]) -> dict[str, Declared]:
    """Return what the graph shows of shortcuts without weights: that there are none, or where zero channels stand."""
    declared: dict[str, Declared] = {}
    if not any(node.op_type == "Add" and not set(node.input) & set(constants) for node in graph.node):
        declared["shortcut"] = Declared("none", "the graph, in which nothing is added,")
    for node in graph.node:
        pads = constants.get(node.input[1]) if node.op_type == "Pad" and len(node.input) > 1 else None
        if pads is None or pads.shape != (8,):
            continue
        before, after = (int(count) for count in pads.array()[[1, 5]])  # channels of (N, C, H, W), before and after
        if after > 0:
            declared["shortcut_pad"] = Declared("both" if before else "end", "the graph's padding")
    return declared


def _declared(graph: Any) -> dict[str, Declared]:
    """Return ε, where the graph has one alone."""
    eps = set()
    for node in graph.node:
        values = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type == "BatchNormalization":
            eps.add(round(values["epsilon"].f, 9) if "epsilon" in values else 1e-5)
    return {"norm_eps": Declared(eps.pop(), "the graph")} if len(eps) == 1 else {}
