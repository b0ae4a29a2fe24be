"""Makes malformed files: workbooks from their bare XML, archives that lie, dirty delimited text."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HEADER = ("公开(公告)号", "标题", "申请号")

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def workbook(
    path: Path,
    sheets: dict[str, str],
    shared: tuple[str, ...] = (),
    formats: tuple[tuple[int, str | None], ...] = ((0, None),),
    book_properties: str = "",
    hidden: tuple[str, ...] = (),
    before_sheet: str = "",
    after_data: str = "",
) -> Path:
    """A workbook whose sheets are the given `<row>` elements. `shared`: XML within `<si>`. `formats`: number and code of each style."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            _RELATIONS.format(f'<Relationship Id="r1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        entries = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="s{number}"'
            + (' state="hidden"' if name in hidden else "") + "/>"
            for number, name in enumerate(sheets, start=1)
        )  # fmt: skip
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}">{book_properties}<sheets>{entries}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="s{number}" Type="{_KIND}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in range(1, len(sheets) + 1)
        )
        links += f'<Relationship Id="t" Type="{_KIND}/sharedStrings" Target="sharedStrings.xml"/>'
        links += f'<Relationship Id="y" Type="{_KIND}/styles" Target="styles.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(links))
        strings = "".join(f"<si>{each}</si>" for each in shared)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{strings}</sst>')
        codes = "".join(
            f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>'
            for number, code in formats
            if code is not None
        )
        styles = "".join(f'<xf numFmtId="{number}"/>' for number, _ in formats)
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
            f"<cellXfs>{styles}</cellXfs></styleSheet>",
        )
        for number, rows in enumerate(sheets.values(), start=1):
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'{before_sheet}<worksheet xmlns="{_MAIN}"><dimension ref="A1"/><sheetData>{rows}</sheetData>{after_data}</worksheet>',
            )
    return path


def inline(*cells: str) -> str:
    """A row of texts written into their cells, without any place given."""
    return (
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(each)}</t></is></c>' for each in cells)
        + "</row>"
    )


def row(*cells: str, number: int | None = None) -> str:
    """A row of cells given as XML."""
    place = f' r="{number}"' if number else ""
    return f"<row{place}>{''.join(cells)}</row>"


def overlapping_zip(path: Path, members: int = 50) -> Path:
    """A zip whose directory lists one member's bytes many times: 1 MB of zeros, `members` times over."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 1_000_000)
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[directory:end]
    entries = b"".join(
        entry[:46] + f"{chr(97 + n // 26)}{chr(97 + n % 26)}csv".encode() + entry[51:] for n in range(members)
    )
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, members, members, len(entries), directory, 0)
    path.write_bytes(data[:directory] + entries + tail)
    return path


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
