"""How is an input changed so that its reader does not already stop at a checksum or a length?

Each mutator has the form that atheris asks for: bytes, the most bytes that may come back, and a seed.
"""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

Mutator = Callable[[bytes, int, int], bytes]
RAW = 4  # one of so many mutations changes the bytes as they are, whatever the kind
LONGEST = 2**16  # bytes of an input
PNG_HEAD = 8  # bytes before the first chunk
GZIP = b"\x1f\x8b"
BLOCK = 512  # bytes of a tar header


def change(data: bytes, most: int) -> bytes:
    """Return what libFuzzer makes of the bytes."""
    import atheris

    return bytes(atheris.Mutate(data, max(min(most, LONGEST), len(data) + 1)))


def _or_raw(inner: Callable[[bytes, int, random.Random], bytes]) -> Mutator:
    """Return the mutator that is `inner`, but for some raw mutations, and for bytes that are not of its kind."""

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        draw = random.Random(seed)
        if draw.randrange(RAW):
            try:
                return inner(data, most, draw)[:most]
            except Exception:  # not of this kind any more
                pass
        return change(data, most)[:most]

    return mutator


@_or_raw
def png(data: bytes, most: int, draw: random.Random) -> bytes:
    """Change a PNG and make the checksums of its chunks right."""
    changed = bytearray(change(data, most))
    at = PNG_HEAD
    while at + 12 <= len(changed):
        end = at + 8 + int.from_bytes(changed[at : at + 4], "big")
        changed[end : end + 4] = struct.pack(">I", zlib.crc32(changed[at + 4 : end]))[: max(0, len(changed) - end)]
        at = end + 4
    return bytes(changed)


@_or_raw
def tar(data: bytes, most: int, draw: random.Random) -> bytes:
    """Change a tar file and make the checksums of what stands where its headers stood right."""
    heads = [at for at in range(0, len(data), BLOCK) if data[at + 257 : at + 262] == b"ustar"]
    changed = bytearray(data)
    if draw.randrange(2):  # within a header, which keeps its place
        at = draw.choice(heads)
        changed[at : at + BLOCK] = change(bytes(changed[at : at + BLOCK]), BLOCK)[:BLOCK].ljust(BLOCK, b"\0")
    else:
        changed = bytearray(change(data, most))
    for at in heads:
        head = changed[at : at + BLOCK]
        if len(head) == BLOCK:
            head[148:156] = b" " * 8
            changed[at + 148 : at + 156] = b"%06o\0 " % sum(head)
    return bytes(changed)


@_or_raw
def zipped(data: bytes, most: int, draw: random.Random) -> bytes:
    """Change one entry of a zip file, which is packed again: its sizes and checksums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {info.filename: (info.compress_type, archive.read(info)) for info in archive.infolist()}
    weights = [2 if name.endswith((".pkl", ".json", ".toml", ".jsonl", ".csv")) else 1 for name in entries]
    name = draw.choices(list(entries), weights)[0]
    kind, content = entries[name]
    room = most - len(data)
    if content.startswith(GZIP):
        entries[name] = kind, gzip.compress(change(inner := gzip.decompress(content), room + len(inner)), mtime=0)
    else:
        entries[name] = kind, change(content, room + len(content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, (kind, content) in entries.items():
            archive.writestr(zipfile.ZipInfo(each), content, kind)
    return out.getvalue()


bundled = zipped


@_or_raw
def in_header(data: bytes, most: int, draw: random.Random) -> bytes:
    """Change the JSON header of a safetensors file, whose length is made right."""
    length = int.from_bytes(data[:8], "little")
    header = change(data[8 : 8 + length], most - len(data) + length)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]
