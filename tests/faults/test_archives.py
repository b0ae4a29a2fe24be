"""Archives and bombs: each ends within its limits with an error that names it, and the other files of the inbox are loaded."""

from __future__ import annotations

import gzip
import io
import os
import resource
import signal
import stat
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from flows.land import forget_others, land_file, take_in
from flows.workspace import create
from schemas.errors import ArchiveError, ReadingDiedError, ReadingLimitError, StorageError, UnreadableFileError
from tests.faults.malformed import inline, overlapping_zip, row, workbook, zip_of
from transforms.readers.containers import open_container
from transforms.readers.limited import _death
from transforms.readers.limits import Limits
from transforms.readers.xlsx import read_xlsx
from transforms.tabular import read_table

CSV = "公开(公告)号,受理局,标题,申请日\nCN109000001A,中国,一种量子芯片,2020-01-02\n".encode()
SMALL = Limits(unpacked=3_000_000, archive_unpacked=5_000_000, ratio=100, ratio_counts_above=1_000_000, members=20)


def members(path: Path, limits: Limits = SMALL) -> dict[str, bytes | str]:
    """Name of each member -> its bytes, or what is wrong with it."""
    folder = path.parent / "unpacked"
    folder.mkdir(exist_ok=True)
    return {
        member.name.partition("!")[2]: member.path.read_bytes() if member.path else str(member.fault)
        for member in open_container(path, path.name, folder, limits)
    }


def test_members_are_files_of_their_own_whatever_their_names_say(tmp_path: Path) -> None:
    names = ["a.csv", "../../etc/b.csv", "/c.csv", "d\\..\\e.csv", "目录/量子.csv", "x\x1b[2J.csv"]
    path = zip_of(tmp_path / "t.zip", {name: name.encode() for name in names} | {"__MACOSX/._a.csv": b"x", "f/": b""})
    found = members(path)
    assert list(found) == ["a.csv", "etc/b.csv", "c.csv", "d/e.csv", "目录/量子.csv", "x?[2J.csv"]
    assert list(found.values()) == [name.encode() for name in names]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.zip", "unpacked"]
    assert all(each.name.isdigit() for each in (tmp_path / "unpacked").iterdir())


def test_chinese_names_of_old_programs_are_legible(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "t.zip", {"AAAA.csv": b"x"})
    path.write_bytes(path.read_bytes().replace(b"AAAA", "量子".encode("gbk")))
    assert list(members(path)) == ["量子.csv"]


def test_what_is_wrong_with_one_member_is_said_of_that_one(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.csv", "x")
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.csv", CSV)
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("inner.csv.gz", gzip.compress(CSV))
        archive.writestr(link, "/etc/hostname")
        archive.writestr("bomb.csv", b"0" * 2_000_000)
        archive.writestr("stored.csv", CSV * 3, zipfile.ZIP_STORED)
        archive.writestr("last.csv", CSV)
    data = path.read_bytes()
    path.write_bytes(data.replace(CSV * 3, CSV + CSV.replace(b"0001A", b"0009A") + CSV))
    found = members(path)
    assert found["good.csv"] == found["last.csv"] == CSV
    assert "an archive within an archive" in found["inner.zip"]
    assert "an archive within an archive" in found["inner.csv.gz"]
    assert "a link" in found["link.csv"]
    assert "100 times its size" in found["bomb.csv"]
    assert "a damaged member (Bad CRC-32" in found["stored.csv"]


def test_a_password_is_named(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "t.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    assert "a password" in members(path)["a.csv"]


def test_all_members_together_have_a_limit(tmp_path: Path) -> None:
    noise = [bytes(range(256)) * 10_000 for _ in range(3)]
    path = zip_of(tmp_path / "t.zip", {f"{n}.csv": data for n, data in enumerate(noise)})
    found = members(path, Limits(archive_unpacked=6_000_000, ratio=10**6))
    assert [isinstance(each, bytes) for each in found.values()] == [True, True, False]
    assert "6000000 bytes once unpacked" in found["2.csv"]


@pytest.mark.parametrize("count", [0, 21])
def test_too_many_members_and_none(tmp_path: Path, count: int) -> None:
    path = zip_of(tmp_path / "t.zip", {f"{n}.csv": CSV for n in range(count)})
    with pytest.raises(UnreadableFileError, match="21 members" if count else "empty archive"):
        members(path)


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = overlapping_zip(tmp_path / "t.zip", members=15)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == 15  # the library sees nothing wrong with it
    with pytest.raises(ArchiveError, match="overlap"):
        members(path)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (gzip.compress(CSV), None),
        (gzip.compress(CSV[:40]) + gzip.compress(CSV[40:]), None),
        (gzip.compress(CSV)[:-9], "damaged member"),
        (gzip.compress(CSV)[:-8] + b"\x00" * 8, "damaged member"),
        (gzip.compress(CSV) + b"tail", "damaged member"),
        (gzip.compress(gzip.compress(CSV)), "an archive within an archive"),
        (gzip.compress(b"0" * 2_000_000), "100 times its size"),
    ],
)
def test_gzip_is_whole_or_refused(tmp_path: Path, data: bytes, found: str | None) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(data)
    (content,) = members(path).values()
    assert content == CSV if found is None else found in content


# ── bombs among good files ───────────────────────────────────────────────────────────────────────────────────────


def test_the_inbox_loads_what_is_good_and_names_what_is_not(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    inbox = workspace.inbox
    (inbox / "plain.csv").write_bytes(CSV)
    (inbox / "packed.csv.gz").write_bytes(gzip.compress(CSV.replace(b"0001A", b"0002A")))
    zip_of(
        inbox / "two.zip", {"a/x.csv": CSV.replace(b"0001A", b"0003A"), "y.csv": b"a,b\n1,2\n", "z.zip": b"PK\x03\x04"}
    )
    overlapping_zip(inbox / "lies.zip")
    (inbox / "cut.zip").write_bytes((inbox / "two.zip").read_bytes()[:60])
    sources = take_in(workspace)
    files = [file for source in sources for file in land_file(workspace, source, "c" * 64, False)]
    landed = {file.source.path: file for file in files}
    assert {path: file.status for path, file in landed.items()} == {
        "cut.zip": "unreadable",
        "lies.zip": "unreadable",
        "packed.csv.gz!packed.csv": "landed",
        "plain.csv": "landed",
        "two.zip!a/x.csv": "landed",
        "two.zip!y.csv": "unknown_export",
        "two.zip!z.zip": "unreadable",
    }
    assert {file.rows["publication_number"].item() for file in landed.values() if file.is_landed} == {
        "CN109000001A", "CN109000002A", "CN109000003A",
    }  # fmt: skip
    assert "overlap" in landed["lies.zip"].reason
    assert len({source.source_file_id for source in sources}) == len(sources)
    assert not list(workspace.raw.glob(".*"))


def test_sheets_of_different_exports_are_files_of_their_own(tmp_path: Path) -> None:
    workspace = create(tmp_path / "w")
    patsnap = inline("公开(公告)号", "受理局", "标题") + inline("CN109000001A", "中国", "一种量子芯片")
    lens = inline(
        "#", "Jurisdiction", "Kind", "Display Key", "Lens ID", "Publication Date", "Publication Year", "Title"
    )
    lens += inline("1", "US", "B2", "US 10000002 B2", "000-000-000-000-001", "2020-01-02", "2020", "A quantum chip")
    sheets = {"智慧芽": patsnap, "notes": inline("to do"), "lens": lens, "more": patsnap.replace("0001A", "0003A")}
    workbook(workspace.inbox / "all.xlsx", sheets)
    for _ in range(2):  # the second time from what was landed before
        (source,) = take_in(workspace)
        first, second = land_file(workspace, source, "c" * 64, False)
        assert (first.source.path, second.source.path) == ("all.xlsx!智慧芽, more", "all.xlsx!lens")
        assert first.rows["publication_number"].to_list() == ["CN109000001A", "CN109000003A"]
        assert second.rows["publication_number"].to_list() == ["US10000002B2"]
        assert set(second.rows["source_file_id"]) == {source.source_file_id + ".2"}
    forget_others(workspace, [first, second])
    assert first.rows.height == 2


HEAD = inline("number", "title")


def bomb_of_zeros(path: Path, megabytes: int = 20) -> Path:
    return workbook(path, {"s": HEAD + " " * (megabytes << 20)})


def bomb_of_cells(path: Path) -> Path:
    """Small when packed: one text of 30 kB, shown by 60,000 cells, each a copy of its own once it is text."""
    cell = '<c t="s"><v>0</v></c>'
    return workbook(path, {"s": HEAD + row(cell, cell) * 30_000}, shared=(f"<t>{'x' * 30_000}</t>",))


@pytest.mark.parametrize(
    ("bomb", "limits", "found"),
    [
        (bomb_of_zeros, Limits(unpacked=5_000_000), "more than 5000000 bytes once unpacked"),
        (bomb_of_zeros, Limits(ratio_counts_above=5_000_000), "more than 300 times its size"),
        (bomb_of_cells, Limits(memory=900_000_000), "memory"),
        (bomb_of_cells, Limits(cpu_seconds=1, memory=10**11), "processor seconds"),
        (bomb_of_cells, Limits(wall_seconds=0.2), "more than 0.2 seconds"),
    ],
)
def test_a_bomb_ends_within_its_limits(tmp_path: Path, bomb, limits: Limits, found: str) -> None:
    path = bomb(tmp_path / "t.xlsx")
    assert path.stat().st_size < 1_000_000
    began = time.monotonic()
    with pytest.raises(ReadingLimitError, match=found):
        read_table(path, path.name, lambda cells: "number" in cells, limits=limits)
    assert time.monotonic() - began < 60


def test_lying_sizes_are_found_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD + inline("CN1A", "a") * 1_000})
    data = bytearray(path.read_bytes())
    place = data.rindex(b"xl/worksheets/sheet1.xml")
    data[place - 46 + 24 : place - 46 + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match="damaged workbook|breaks off"):
        read_xlsx(path, path.name, Limits())


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"number": [f"{n:0>200}" for n in range(20_000)]}).write_parquet(path)
    with pytest.raises(ReadingLimitError, match="once unpacked"):
        read_table(path, path.name, lambda cells: True, limits=Limits(unpacked=1_000_000))


def workbook_of(path: Path, rows: int) -> Path:
    return workbook(path, {"s": HEAD + "".join(inline(f"CN{n}A", f"a title of number {n}") for n in range(rows))})


@pytest.mark.parametrize("room", [0, 2_000])
def test_no_room_for_what_is_read_is_no_fault_of_the_file(tmp_path: Path, child_begins, room: int) -> None:
    path = workbook_of(tmp_path / "t.xlsx", 500)
    child_begins(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    with pytest.raises(StorageError, match=r"TMPDIR.*refused what was read of t\.xlsx.*make room"):
        read_table(path, path.name, lambda cells: "number" in cells)


def test_what_a_file_does_by_itself_is_told_apart_from_what_the_machine_may_have_done(
    tmp_path: Path, child_begins
) -> None:
    path = bomb_of_cells(tmp_path / "t.xlsx")
    for limits, died in ((Limits(cpu_seconds=1, memory=10**11), False), (Limits(wall_seconds=0.2), True)):
        with pytest.raises(ReadingLimitError) as ended:
            read_table(path, path.name, lambda cells: "number" in cells, limits=limits)
        assert isinstance(ended.value, ReadingDiedError) == died
    child_begins(lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(ReadingDiedError, match="refresh again"):
        read_table(path, path.name, lambda cells: "number" in cells)
    for status in (-signal.SIGKILL, -signal.SIGSEGV, 1):
        assert isinstance(_death(status, "t.xlsx", Limits(), ""), ReadingDiedError)


def test_a_child_that_is_killed_is_this_files_error(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"s": HEAD})
    with pytest.raises(UnreadableFileError, match="reading"):
        read_table(path, path.name, lambda cells: True, limits=Limits(memory=30_000_000))
