"""Files that somebody would upload who means harm, made where they are needed."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ROWS = "".join(
    f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="B{i}"><v>{i % 7}</v></c></row>'
    for i in range(2, 42)
)
HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>visits</t></is></c></row>'
)
TABLE = HEADER + ROWS


def sheet_of(rows: str, *, dimension: str = "A1:B41") -> str:
    """The XML of a sheet."""
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="{dimension}"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def parts_of(
    sheet: str | bytes = "", *, strings: str | bytes | None = None
) -> dict[str, str | bytes]:
    """The parts of a workbook of one sheet with 40 rows, or with the sheet that is given."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_WORD}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_WORD}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Customers" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet or sheet_of(TABLE),
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = strings
    return parts


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """An archive of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return stream.getvalue()


def workbook(sheet: str | bytes = "", *, strings: str | bytes | None = None) -> bytes:
    """A workbook, see :func:`parts_of`."""
    return zipped(parts_of(sheet, strings=strings))


def flat_bomb(megabytes: int = 300) -> bytes:
    """A sheet that expands to a thousand times its size."""
    return workbook(sheet_of(TABLE).encode() + b" " * (megabytes * 10**6))


def lying_bomb(megabytes: int = 300) -> bytes:
    """The same, though it says of every part that it expands to 1,000 bytes."""
    content = bytearray(flat_bomb(megabytes))
    for signature, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = content.find(signature)
        while start >= 0:
            content[start + place : start + place + 4] = struct.pack("<I", 1_000)
            start = content.find(signature, start + 4)
    return bytes(content)


def nested_bomb() -> bytes:
    """Archives in an archive in a workbook."""
    inner = zipped({f"{i}.bin": b"\0" * 10**7 for i in range(5)})
    middle = zipped({f"{i}.zip": inner for i in range(20)})
    return zipped(parts_of() | {f"xl/embeddings/{i}.zip": middle for i in range(20)})


def overlapping_bomb(times: int = 500) -> bytes:
    """Many parts that all are one and the same piece of the file."""
    plain = zipped({"xl/worksheets/sheet1.xml": b" " * 10**6})
    start = plain.index(b"PK\x01\x02")
    end = plain.index(b"PK\x05\x06")
    listed = plain[start:end] * times
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, times, times, len(listed), start, 0)
    return plain[:start] + listed + tail


def many_parts(count: int = 70_000) -> bytes:
    """An archive of very many parts without anything in them."""
    return zipped(parts_of() | {f"xl/{i}": b"" for i in range(count)})


def wrong_checksum() -> bytes:
    """A workbook that is damaged in the midst of its sheet, which is stored as it is."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        for name, content in parts_of().items():
            book.writestr(name, content)
    return stream.getvalue().replace(b"<v>41</v>", b"<v>14</v>")


def encrypted_parts() -> bytes:
    """A workbook whose parts say that they need a password."""
    content = bytearray(workbook())
    for signature, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = content.find(signature)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(signature, start + 4)
    return bytes(content)


def laughing(levels: int = 9) -> bytes:
    """A workbook with a table of texts of which each holds ten of the one before."""
    entities = ['<!ENTITY l0 "lol">'] + [
        f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, levels + 1)
    ]
    strings = (
        f'{_HEAD}<!DOCTYPE sst [{"".join(entities)}]><sst xmlns="{_MAIN}">'
        f"<si><t>id</t></si><si><t>&l{levels};</t></si></sst>"
    )
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    return workbook(sheet_of(header + ROWS), strings=strings)


def asking_for(path: str) -> bytes:
    """A workbook with a text that stands in another file."""
    strings = (
        f'{_HEAD}<!DOCTYPE sst [<!ENTITY own SYSTEM "file://{path}">]><sst xmlns="{_MAIN}">'
        "<si><t>id</t></si><si><t>&own;</t></si></sst>"
    )
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    return workbook(sheet_of(header + ROWS), strings=strings)


def repeated_text(megabytes: int = 10, times: int = 5_000) -> bytes:
    """A workbook in which thousands of cells show the same text, which is very long."""
    text = random.Random(7).randbytes(megabytes * 10**6 // 2).hex()
    strings = f'{_HEAD}<sst xmlns="{_MAIN}"><si><t>{text}</t></si></sst>'
    cells = "".join(
        f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(2, times + 2)
    )
    return workbook(sheet_of(HEADER + cells), strings=strings)


def far_cells(reference: str = "XFD1048576") -> bytes:
    """A workbook with one cell in the last corner of its sheet."""
    row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row>'
    return workbook(sheet_of(HEADER + ROWS + far, dimension=f"A1:{reference}"))


def parquet(rows: int = 200) -> bytes:
    """An ordinary Parquet file."""
    stream = pa.BufferOutputStream()
    table = pa.table({
        "id": pa.array(range(rows)),
        "visits": pa.array([i % 7 for i in range(rows)]),
        "town": pa.array([f"town {i % 3}" for i in range(rows)]),
    })  # fmt: skip
    pq.write_table(table, stream, row_group_size=max(1, rows // 2))
    return stream.getvalue().to_pybytes()


def parquet_with_footer_of(length: int) -> bytes:
    """A Parquet file that says that its footer has this many bytes."""
    plain = parquet()
    return plain[:-8] + struct.pack("<I", length) + b"PAR1"


def constant_parquet(groups: int = 20, rows: int = 1_000_000) -> bytes:
    """A small Parquet file of very many rows, all alike."""
    stream = pa.BufferOutputStream()
    same = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 1_000]))
    with pq.ParquetWriter(stream, pa.schema([("a", same.type), ("b", pa.int64())])) as writer:
        numbers = pa.array([7] * rows, pa.int64())
        for _ in range(groups):
            writer.write_table(pa.table([same, numbers], ["a", "b"]), row_group_size=rows)
    return stream.getvalue().to_pybytes()


def gzip_bomb(megabytes: int = 300) -> bytes:
    """A gzip file that expands to a thousand times its size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"0,0,0,0\n" * 125_000
    packed = [packer.compress(piece) for _ in range(megabytes)]
    return b"".join([*packed, packer.flush()])
