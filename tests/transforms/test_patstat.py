"""PATSTAT's tables, written here with the documented column names, joined to publications: nothing lost, nothing doubled."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import pytest

from schemas.errors import UnreadableFileError
from transforms.landing import Landing, land
from transforms.patstat import are_tables, table_of

TABLES = {
    "tls201_appln.csv": "appln_id,appln_auth,appln_nr,appln_kind,appln_filing_date,appln_filing_year,appln_nr_epodoc,ipr_type,"
    "earliest_filing_date,granted,docdb_family_id,inpadoc_family_id,docdb_family_size,nb_citing_docdb_fam\n"
    "1,CN,201910000001,A ,2019-01-02,2019,,PI,2018-01-05,Y,77,78,3,5\n"
    "2,US,2019012345,W ,2019-06-01,2019,,PI,9999-12-31,N,79,80,1,0\n",
    "tls202_appln_title.csv": 'appln_id,appln_title_lg,appln_title\n1,zh,一种量子芯片\n2,en,"A cache, improved"\n',
    "tls203_appln_abstr.csv": "appln_id,appln_abstract_lg,appln_abstract\n1,zh,一种芯片。\n",
    "tls206_person.csv": "person_id,person_name,person_ctry_code,psn_name\n"
    '11,"EXAMPLE CO; LTD",CN,\n12,SAMPLE UNIV,CN,\n13,ADA SAMPLE,US,\n',
    "tls207_pers_appln.csv": "person_id,appln_id,applt_seq_nr,invt_seq_nr\n12,1,2,0\n11,1,1,0\n13,1,0,1\n13,2,1,1\n",
    "tls209_appln_ipc.csv": "appln_id,ipc_class_symbol,ipc_class_level,ipc_position\n1,G06N  10/40,A,F\n1,H10N  60/80,A,L\n",
    "tls211_pat_publn.csv": "pat_publn_id,publn_auth,publn_nr,publn_nr_original,publn_kind,appln_id,publn_date,publn_lg\n"
    "101,CN,110000001,,A ,1,2019-07-12,zh\n102,CN,110000001,,B ,1,2021-03-02,zh\n103,WO,2019123456,,A1,2,2019-12-31,en\n"
    "104,EP,,,A1,3,9999-12-31,\n105,EP,3000001,,A1,3,2020-02-05,en\n",
    "tls224_appln_cpc.csv": "appln_id,cpc_class_symbol\n1,G06N  10/40\n",
}
day = datetime.date


def zipped(folder: Path, tables: dict[str, str | bytes], inside: str = "extract/") -> Path:
    path = folder / "patstat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in tables.items():
            archive.writestr(inside + name, content)
    return path


def landed(folder: Path, tables: dict[str, str | bytes]) -> Landing:
    path = zipped(folder, tables)
    return land(path, "test", path.name)


def test_publications_with_what_the_other_tables_say_of_their_filing(tmp_path: Path) -> None:
    landing = landed(tmp_path, TABLES)
    rows = {row["publication_number"]: row for row in landing.accepted.to_dicts()}
    assert landing.export == "patstat"
    assert list(rows) == ["CN110000001A", "CN110000001B", "WO2019123456A1", "EP3000001A1"]
    first = rows["CN110000001A"]
    assert (first["application_number"], first["application_number_original"]) == (
        "CN201910000001",
        "CN 201910000001 A",
    )
    assert (first["filing_date"], first["publication_date"]) == (day(2019, 1, 2), day(2019, 7, 12))
    assert first["earliest_priority_date"] == day(2018, 1, 5)
    assert (first["title"], first["abstract"]) == ("一种量子芯片", "一种芯片。")
    # In the order of their numbers and not of the table, and a sign within a name splits nothing.
    assert (first["applicants"], first["inventors"]) == (["EXAMPLE CO; LTD", "SAMPLE UNIV"], ["ADA SAMPLE"])
    assert (first["ipc_symbols"], first["cpc_symbols"]) == (["G06N10/40", "H10N60/80"], ["G06N10/40"])
    assert (first["vendor_family_id"], first["vendor_family_size"]) == ("77", 3)
    assert rows["CN110000001B"]["applicants"] == first["applicants"]
    pct = rows["WO2019123456A1"]
    assert (pct["application_number"], pct["earliest_priority_date"]) == ("PCTUS2019012345", None)


def test_every_record_of_tls211_is_accounted_for(tmp_path: Path) -> None:
    landing = landed(tmp_path, TABLES)
    assert landing.rejected.select("row_number", "rule").rows() == [(4, "publication_number_missing")]
    assert landing.rows_in == 5 == landing.accepted.height + landing.rejected["row_number"].n_unique() + landing.blank
    assert "tls211: 2 publications whose filing is not in tls201" in landing.remarks


def test_parts_of_a_table_are_one_table(tmp_path: Path) -> None:
    header, *lines = TABLES["tls211_pat_publn.csv"].splitlines(keepends=True)
    parts = {"tls211_part01.csv": header + "".join(lines[:2]), "tls211_part02.csv": header + "".join(lines[2:])}
    rest = {name: content for name, content in TABLES.items() if not name.startswith("tls211")}
    whole, divided = landed(tmp_path, TABLES), landed(tmp_path, rest | parts)
    assert divided.accepted.equals(whole.accepted)
    assert divided.rows_in == whole.rows_in


def test_two_tables_are_enough_and_the_others_are_told_missing(tmp_path: Path) -> None:
    few = {name: TABLES[name] for name in ("tls201_appln.csv", "tls211_pat_publn.csv")}
    landing = landed(tmp_path, few)
    assert landing.accepted.height == 4 and landing.accepted["title"].null_count() == 4
    assert "without tls202, tls203, tls206, tls207, tls209, tls224" in landing.remarks


def test_a_record_of_too_few_fields_is_set_aside_or_told(tmp_path: Path) -> None:
    broken = TABLES | {
        "tls211_pat_publn.csv": TABLES["tls211_pat_publn.csv"] + "106,EP\n",
        "tls206_person.csv": TABLES["tls206_person.csv"] + "14\n",
    }
    landing = landed(tmp_path, broken)
    assert (6, "field_count") in landing.rejected.select("row_number", "rule").rows()
    assert landing.rows_in == 6 == landing.accepted.height + landing.rejected["row_number"].n_unique() + landing.blank
    assert "tls206: 1 records of another number of fields were left out" in landing.remarks


@pytest.mark.parametrize(
    ("table", "content", "told"),
    [
        (
            "tls201_appln.csv",
            TABLES["tls201_appln.csv"] + TABLES["tls201_appln.csv"].splitlines()[1] + "\n",
            "appln_id 1 twice",
        ),
        ("tls206_person.csv", "person_id,name\n1,x\n", "without all columns of tls206"),
    ],
)
def test_tables_that_cannot_be_joined_are_refused(tmp_path: Path, table: str, content: str, told: str) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        landed(tmp_path, TABLES | {table: content})


def test_names_of_tables() -> None:
    names = (
        "a/tls201_part01.csv",
        "TLS211_PAT_PUBLN.TXT",
        "tls206.csv",
        "tls801_country.csv",
        "mytls201.csv",
        "tls201.xlsx",
    )
    assert [table_of(name) for name in names] == ["tls201", "tls211", "tls206", None, None, None]
    assert are_tables(names) and not are_tables(["tls201.csv", "tls202.csv"])
