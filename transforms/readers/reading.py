"""Which reading each medium has in the child."""

from __future__ import annotations

from pathlib import Path

from transforms.readers.html import read_html
from transforms.readers.limits import Limits
from transforms.readers.parquet import read_parquet
from transforms.readers.table import Sheet
from transforms.readers.xls import read_xls
from transforms.readers.xlsx import read_xlsx
from transforms.readers.xml import XmlRecords, read_xml


def _xlsx(path: Path, name: str, limits: dict, options: dict) -> list[Sheet]:
    return read_xlsx(path, name, Limits(**limits))


def _xls(path: Path, name: str, limits: dict, options: dict) -> list[Sheet]:
    return read_xls(path, name, Limits(**limits))


def _html(path: Path, name: str, limits: dict, options: dict) -> list[Sheet]:
    return read_html(path, name, Limits(**limits), options["encoding"])


def _parquet(path: Path, name: str, limits: dict, options: dict) -> list[Sheet]:
    return read_parquet(path, name, Limits(**limits), options["list_separator"])


def _xml(path: Path, name: str, limits: dict, options: dict) -> list[Sheet]:
    return read_xml(path, name, Limits(**limits), tuple(XmlRecords(**each) for each in options["xml_records"]))


READ = {"xlsx": _xlsx, "xls": _xls, "html": _html, "parquet": _parquet, "xml": _xml}
