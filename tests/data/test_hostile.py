"""Is a data file that lies about its own sizes refused in one line, before it costs time or memory?"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from residua import reading
from residua.cli.app import main
from residua.data import open_dataset
from residua.data.groups import named
from residua.data.pixels.bounds import FORMATS, MOST_BYTES, ROOM, STRIP, allow_pixels, require_few_scans, strips
from residua.data.pixels.depth import scaled
from residua.data.pixels.headers import read_header
from residua.data.pixels.image import decode
from residua.data.pixels.quick_check import probe
from residua.data.sources.idx import read_idx
from residua.data.sources.shards import open_shards
from residua.data.sources.source import ArraySource
from residua.errors import DataError, ResiduaWarning
from residua.preprocessing import DEPTHS
from residua.reading import LEAST_ROOM, read_regular


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def header(name: str, kind: bytes = b"0", size: bytes = b"", edits: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    """Return a tar header of 512 bytes whose fields say what no archiver writes; the checksum is right."""
    raw = bytearray(tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT))
    raw[156:157] = kind
    for at, value in ((124, size), *edits):
        raw[at : at + len(value)] = value
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def octal(number: int) -> bytes:
    return b"%011o\0" % number


def pax(record: bytes) -> bytes:
    return (
        header("p", b"x", octal(len(record))) + record.ljust(512, b"\0") + header("9.cls", size=octal(512)) + bytes(512)
    )


NEGATIVE = b"\xff" * 10 + (65536 - 512).to_bytes(2, "big")
SPARSE = ((386, octal(2**31)), (398, octal(0)), (482, b"\0"), (483, octal(2**31)))
MAP = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n25 GNU.sparse.name=9.cls\n34 GNU.sparse.realsize=2147483648\n"


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (header("n.png", size=NEGATIVE), "a member of -512 bytes"),
        (header("n", b"x", NEGATIVE), "a member of -512 bytes"),
        (pax(b"13 size=-512\n"), "a member of -512 bytes"),
        (header("n", b"L", octal(2**30)), "a record of 1,073,741,824 bytes"),
        (header("n", b"x", octal(2**30)), "a record of 1,073,741,824 bytes"),
        (pax(b"29 size=99999999999999999999\n"), "at most 16,777,216 are read as a label"),
        (pax(b"99999999999999999999 path=x\n"), "cannot be read as a tar shard"),
        (pax(MAP), "a sparse member"),
        (header("9.cls", b"S", octal(0), SPARSE), "a sparse member"),
        (header("9.cls", size=octal(2**33 - 1)), "at most 16,777,216 are read as a label"),
        (header("9.png", size=octal(2**33 - 1)), "unexpected end of data"),
        (header("1.cls", size=octal(4096)), "unexpected end of data"),
        (pax(b"16 path=a\n.json\n"), r"a\\n.json is not JSON"),
    ],
)
def test_a_tar_whose_headers_lie_is_refused(tmp_path: Path, tail: bytes, words: str) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in (("0.png", png()), ("0.cls", b"a")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        end = archive.offset
    (tmp_path / "a.tar").write_bytes(held.getvalue()[:end] + tail + bytes(1024))
    with pytest.raises(DataError, match=f"a.tar.*{words}"):
        open_shards(tmp_path / "a.tar")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\x08\3" + struct.pack(">III", 2**31, 2**31, 4), "announces 18446744073709551616 bytes, 0 are there"),
        (b"\0\0\x08\xff" + struct.pack(">I", 1) * 255 + b"\0", "255 dimensions"),
        (b"\0\0\x08\0\0", "0 dimensions"),
        (gzip.compress(bytes(LEAST_ROOM + 10), 9, mtime=0), "unpacks to more than"),
        (gzip.compress(b"\0\0\x08\1\0\0\0\1\1", mtime=0)[:-6], "damaged or truncated"),
    ],
)
def test_an_idx_file_whose_header_lies_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_idx(tmp_path / "a")


def test_all_that_a_table_unpacks_to_has_one_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(reading, "LEAST_ROOM", 4000)
    monkeypatch.setattr(reading, "MOST_GROWTH", 1)
    cells = [{"bytes": bytes(3000), "path": None}] * 100
    parquet.write_table(pyarrow.table({"image": cells, "label": [0, 1] * 50}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a.parquet unpacks to more than"):
        open_dataset(tmp_path / "a.parquet")


def test_a_jpeg_whose_segments_lead_past_its_end_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    bad = tmp_path / "a" / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0\xff\xf0" + bytes(40) + b"\xff\xd9")
    assert "damaged" in (probe(bad) or "")
    for name in ("1.png", "2.png"):
        (tmp_path / "a" / name).write_bytes(png())
    with pytest.raises(DataError, match="bad.jpg"):
        open_dataset(tmp_path)
    assert len(open_dataset(tmp_path, skip_bad=True).train) == 2


def test_more_bytes_than_expected_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(bytes(11))
    assert read_regular(tmp_path / "labels.txt", 11) == bytes(11)
    with pytest.raises(DataError, match=r"labels.txt has 11 bytes; at most 10 were expected"):
        read_regular(tmp_path / "labels.txt", 10, DataError)


def progressive(scans: int) -> bytes:
    """Return a JPEG that repeats one of its scans, and whose metadata hold a preview with markers of its own."""
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    first, second = data.index(b"\xff\xda"), data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    preview = b"\xff\xe1" + (2 + 400).to_bytes(2, "big") + b"\xff\xda" * 200
    return data[:2] + preview + data[2:second] + data[first:second] * (scans - data.count(b"\xff\xda")) + data[second:]


def test_a_jpeg_of_endless_scans_is_refused_and_previews_are_no_scans() -> None:
    require_few_scans(progressive(60), "a.jpg")
    assert decode(progressive(0), "a.jpg").shape == (8, 8, 3)  # as the encoder wrote it
    with pytest.raises(DataError, match="a.jpg has more than 64 scans"):
        decode(progressive(80), "a.jpg")


@pytest.mark.parametrize("name", ["EPS", "PCX", "ICO", "SGI"])
def test_only_the_formats_that_the_page_names_are_opened(name: str) -> None:
    out = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(out, name)
    with pytest.raises(DataError, match="a.jpg is not an image"):
        decode(out.getvalue(), "a.jpg")
    assert name not in FORMATS


def claims(width: int, height: int, depth: int, colour: int) -> bytes:
    """Return a PNG whose header claims a size, and that has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("error")  # Pillow's own, of pictures that it takes for bombs too, included
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (claims(9500, 9500, 8, 2), "9500 × 9500 pixels; more than 89,000,000"),
        (claims(1, 2**31 - 1, 1, 0), "more than 89,000,000"),
        (claims(9400, 9400, 16, 2), "MiB to decode; more than 896"),  # eleven bytes a pixel
    ],
)
def test_a_bomb_is_told_by_its_header(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=f"a.png is .*{words}.*allow it by --max-pixels"):
        decode(data, "a.png")


def test_larger_pictures_are_opened_where_that_is_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a/1.png", "a/2.png", "b/3.png", "b/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png())
    try:
        assert main(["data", str(tmp_path), "--max-pixels", "63"]) == 1
        assert "more than 63 are refused" in capsys.readouterr().out
        main(["data", str(tmp_path), "--max-pixels", "64"])
        assert "are refused" not in capsys.readouterr().out
    finally:
        allow_pixels(None)


def test_what_pillow_says_of_a_picture_is_not_repeated(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tags = b"".join(struct.pack("<HHII", tag, 3, 1, 8) for tag in (256, 257)) + struct.pack("<HHII", 258, 3, 2**28, 8)
    (tmp_path / "a.tif").write_bytes(b"II*\0" + struct.pack("<IH", 8, 3) + tags + bytes(40))
    (tmp_path / "b.tif").write_bytes(b"II*\0" + struct.pack("<IH", 8, 65535) + bytes(100))
    assert main(["data", str(tmp_path)]) in (1, 2)
    assert "Warning" not in capfd.readouterr().err


def test_pages_are_not_counted() -> None:
    out = io.BytesIO()
    page = Image.fromarray(np.zeros((8, 8), np.uint8))
    page.save(out, "TIFF", save_all=True, append_images=[page] * 3)
    with patch.object(TiffImageFile, "n_frames", property(lambda _: pytest.fail("counted"))):
        header = read_header(out.getvalue())
    assert header is not None
    assert header.animated


def test_all_threads_together_stay_within_the_room() -> None:
    most, seen = MOST_BYTES // 3, []

    def work(_: int) -> None:
        with ROOM.take(most):
            seen.append(ROOM.taken)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(64)))
    assert len(seen) == 64
    assert max(seen) <= MOST_BYTES
    assert ROOM.taken == 0
    with ROOM.take(100 * MOST_BYTES):  # alone, whatever it takes
        assert ROOM.taken == MOST_BYTES


@pytest.mark.parametrize("bits", DEPTHS)
def test_deep_levels_are_scaled_and_rounded_and_larger_ones_cut_off_aloud(bits: int) -> None:
    levels = np.arange(2**16, dtype=np.uint16).reshape(-1, 16)
    top = 2**bits - 1
    expected = np.floor(np.minimum(levels.astype(np.float64), top) * 255 / top + 0.5)
    inside = levels <= top
    np.testing.assert_array_equal(scaled(levels[inside], bits), expected[inside])
    if not inside.all():
        with pytest.warns(ResiduaWarning, match="they are cut off"):
            np.testing.assert_array_equal(scaled(levels, bits), expected)


@pytest.mark.parametrize("size", [(3, 2), (STRIP + 5, 1), (STRIP // 2, 3), (1, STRIP + 5)])
def test_parts_cover_a_picture_once_and_none_is_longer_than_a_strip(size: tuple[int, int]) -> None:
    image = Image.fromarray(np.arange(size[0] * size[1], dtype=np.uint32).astype(np.uint8).reshape(size[::-1]))
    whole = np.full(size[::-1], 255, np.uint8)
    for place, part in strips(image):
        assert part.width * part.height <= STRIP
        whole[place] = np.asarray(part)
    np.testing.assert_array_equal(whole, np.asarray(image))


def test_an_expression_that_tries_every_way_to_part_a_name_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "SECONDS", 0.2)
    source = ArraySource(np.zeros((2, 4, 4, 3), np.uint8), [0, 1], ("a", "b"), "a" * 60)
    with pytest.raises(DataError, match="takes too long on names as a"):
        named.group_names(source, "(a+)+$")
    assert named.group_names(source, "(a)") == ["a", "a"]
