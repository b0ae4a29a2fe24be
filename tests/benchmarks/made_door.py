"""A door of made rows, as large as one likes: written by DuckDB from row numbers alone, so that it needs no memory.

Every value follows from the row's number and the seed. What is like the real thing: offices, years and owners are skewed,
half of the filings stand alone in their family, a third has been published twice, two in five have no label at all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.branches import branch_table
from schemas.reference import chain_node_table, enterprise_tables, office_table, policy_table, region_table
from schemas.tables import TABLES, WAREHOUSE_TABLES
from transforms.enterprises import with_seats
from warehouse.build import create_structure

_REFERENCE = {
    "core.branch": branch_table,
    "core.region": region_table,
    "core.office": office_table,
    "core.policy": policy_table,
    "core.chain_node": chain_node_table,
    "core.enterprise": lambda: with_seats(enterprise_tables()[0]),
    "core.enterprise_stage": lambda: enterprise_tables()[1],
}
_MACROS = """
    CREATE MACRO u(row_number, salt) AS hash(row_number, salt, getvariable('seed')) / 18446744073709551616.0;
    CREATE MACRO pick(list_of, share) AS list_of[1 + CAST(floor(share * len(list_of)) AS INTEGER)];
    CREATE MACRO id(letter, number) AS letter || lpad(CAST(number AS VARCHAR), 9, '0');
    CREATE MACRO number_of(office, nth, kind) AS office || '20' || lpad(CAST(nth AS VARCHAR), 9, '0') || kind
"""
_BASE = """
    CREATE TABLE branch_place AS SELECT branch, row_number() OVER (ORDER BY branch) - 1 AS place FROM core.branch;
    CREATE TABLE city_place AS
        SELECT placed.*, row_number() OVER (ORDER BY hash(city_code)) - 1 AS place
        FROM (SELECT
            city.region_code AS city_code,
            city.parent_code AS province_code,
            province.short_name AS province,
            city.short_name AS city,
            list_slice(list_sort(list(district.region_code)), 1, 8) AS districts
        FROM core.region AS city
        INNER JOIN core.region AS province ON province.region_code = city.parent_code
        INNER JOIN core.region AS district ON district.parent_code = city.region_code
        WHERE city.region_level = 'city' AND city.region_status = 'current' AND district.region_status = 'current'
        GROUP BY ALL) AS placed;
    CREATE VIEW filing AS
        WITH drawn AS (
            SELECT
                range AS nth,
                pick(['CN', 'CN', 'CN', 'CN', 'CN', 'CN', 'US', 'US', 'JP', 'KR', 'EP', 'WO'], u(range, 1)) AS office,
                u(range, 2) AS of_type,
                CASE WHEN u(range, 3) > 0.02 THEN 2025 - CAST(floor(20 * pow(u(range, 4), 1.8)) AS INTEGER) END AS year,
                CAST(floor(365 * u(range, 5)) AS INTEGER) AS day,
                -- The next one is of the same family for every second of them.
                range // 2 * 2 + CASE WHEN u(range // 2, 6) < 0.5 THEN 0 ELSE range % 2 END AS family,
                pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 0], u(range, 7)) AS owners,
                pick([0, 0, 1, 1, 1, 1, 2, 2, 2, 1], u(range, 8)) + CASE WHEN u(range, 9) < 0.1 THEN 1 ELSE 0 END AS labels,
                CAST(floor(pow(u(range, 10), 2.5) * (SELECT count(*) FROM city_place)) AS BIGINT) AS city_place
            FROM range(CAST(getvariable('filings') AS BIGINT))
        ),
        dated AS (
            SELECT drawn.*, least(make_date(year, 1, 1) + day, DATE '2025-05-31') AS filing_date FROM drawn
        )
        SELECT
            dated.*,
            id('A', nth) AS application_id,
            id('F', family) AS family_id,
            CASE
                WHEN office = 'CN' AND of_type > 0.92 THEN 'design'
                WHEN office = 'CN' AND of_type > 0.7 THEN 'utility_model'
                ELSE 'invention'
            END AS patent_type,
            CASE WHEN u(nth, 11) < 0.35 AND filing_date < DATE '2022-06-01' THEN filing_date + 900 END AS grant_date,
            least(filing_date + 300 + CAST(floor(260 * u(nth, 12)) AS INTEGER), DATE '2025-06-30') AS publication_date
        FROM dated;
    CREATE VIEW publication AS
        SELECT filing.*, number_of(office, nth, 'A') AS publication_number, 'A' AS kind, publication_date AS published,
               nth + 1 AS row_number
        FROM filing
        UNION ALL
        SELECT filing.*, number_of(office, nth, 'B'), 'B', grant_date, nth + 1 + CAST(getvariable('filings') AS BIGINT)
        FROM filing WHERE grant_date IS NOT NULL;
    CREATE VIEW owner AS
        SELECT
            application_id,
            CAST(turn AS INTEGER) AS position,
            -- Owners of one filing differ by the remainder of their number.
            CAST(floor(pow(u(nth, 20 + turn), 3) * getvariable('owners')) AS BIGINT) * 3 + turn - 1 AS owner_number,
            1.0 / owners AS fraction
        FROM filing, range(1, 4) AS turns(turn)
        WHERE turn <= owners;
    CREATE VIEW label AS
        SELECT
            application_id,
            CAST(floor(pow(u(nth, 30), 1.7) * branches) + 5 * (turn - 1) AS BIGINT) % branches AS place,
            turn,
            nth
        FROM filing, range(1, 4) AS turns(turn), (SELECT count(*) AS branches FROM branch_place)
        WHERE turn <= labels
"""
# table -> what it is filled from, by column; columns that are left out are null
_ROWS = {
    "core.application": """
        SELECT
            application_id, 'application_number' AS application_id_basis, office, id('2', nth) AS application_number,
            filing_date, CAST(year AS INTEGER) AS filing_year, filing_date AS earliest_priority_date, patent_type,
            pick(['active', 'active', 'pending', 'inactive', 'unknown'], u(nth, 13)) AS legal_status,
            CAST(grant_date AS DATE) AS grant_date, family_id,
            number_of(office, nth, 'A') AS representative_publication_number,
            CASE WHEN grant_date IS NULL THEN 1 ELSE 2 END AS publications,
            '一种装置 ' || nth AS title, 'zh' AS language, CASE WHEN owners > 0 THEN 'applicants' END AS applicant_basis,
            CASE WHEN is_placed THEN city_place.province_code END AS province_code,
            CASE WHEN is_placed THEN city_place.province END AS province,
            CASE WHEN is_placed THEN city_place.city_code END AS city_code,
            CASE WHEN is_placed THEN city_place.city END AS city,
            CASE WHEN is_placed THEN pick(city_place.districts, u(nth, 14)) END AS district_code,
            CASE WHEN is_placed THEN 'single' ELSE 'unknown' END AS place_basis
        FROM (SELECT filing.*, office = 'CN' AND u(nth, 15) < 0.9 AS is_placed FROM filing) AS placed
        INNER JOIN city_place ON city_place.place = placed.city_place""",
    "core.family": """
        SELECT
            family_id,
            CASE WHEN count(*) > 1 THEN 'same_priorities' ELSE 'single_application' END AS family_definition,
            min(application_id) AS representative_application_id, min(filing_date) AS earliest_priority_date,
            count(*) AS applications, list_sort(list(DISTINCT office)) AS offices
        FROM filing GROUP BY family_id""",
    "core.publication": """
        SELECT
            publication_number, office, id('2', nth) AS document_number, kind AS kind_code,
            CASE kind WHEN 'B' THEN 'grant' ELSE 'application' END AS stage, patent_type, application_id,
            '一种装置 ' || nth AS title, filing_date, CAST(year AS INTEGER) AS filing_year,
            CAST(published AS DATE) AS publication_date,
            CASE WHEN u(nth, 16) < 0.3 THEN ['CN' || year || lpad(CAST(family AS VARCHAR), 8, '0')] END AS priority_numbers,
            publication_number AS publication_number_original, 'f1' AS source_file_id, row_number
        FROM publication""",
    "core.publication_text": "SELECT publication_number, '摘要 ' || nth AS abstract FROM publication",
    "core.publication_source": """
        SELECT 'f1' AS source_file_id, row_number, publication_number, true AS is_first FROM publication""",
    "core.applicant": """
        SELECT
            id('O', owner_number) AS applicant_id, '测试申请人 ' || owner_number AS applicant_name,
            id('O', CASE WHEN owner_number % 11 = 0 THEN owner_number % 1000 // 11 * 11 ELSE owner_number END) AS group_id,
            pick(['company', 'company', 'company', 'company', 'university', 'institute', 'person', 'unknown'],
                 u(owner_number, 17)) AS applicant_type,
            pick(['CN', 'CN', 'CN', 'US', 'JP', 'KR', 'DE', NULL], u(owner_number, 18)) AS country
        FROM (
            SELECT DISTINCT owner_number FROM owner
            -- The groups, whether one of them filed or not.
            UNION SELECT range * 11 FROM range(91)
        )""",
    "core.application_applicant": """
        SELECT application_id, position, id('O', owner_number) AS applicant_id, '测试申请人 ' || owner_number AS name_as_filed,
               fraction
        FROM owner""",
    "core.application_symbol": """
        SELECT application_id, scheme.scheme,
               'G06N' || (1 + CAST(floor(u(nth, 40) * 20) AS INTEGER)) || '/0' || (1 + CAST(floor(u(nth, 41) * 9) AS INTEGER))
                   AS symbol,
               CAST(1 AS INTEGER) AS position
        FROM filing, (VALUES ('IPC'), ('CPC')) AS scheme(scheme)""",
    "core.application_branch": """
        SELECT
            label.application_id, branch_place.branch,
            CASE WHEN u(label.nth * 3 + label.turn, 31) < 0.7 THEN 'core' ELSE 'related' END AS level, 1.0 AS score,
            label.turn = 1 AS is_primary,
            [{'kind': 'term', 'value': branch_place.branch, 'field': 'title', 'position': 0}] AS evidence,
            't1' AS taxonomy_version
        FROM label INNER JOIN branch_place ON branch_place.place = label.place""",
    "meta.source_file": """
        SELECT
            'f1' AS source_file_id, 'f1.csv' AS path, repeat('f1', 32) AS sha256, 1 AS bytes, 'lens_csv' AS export,
            'loaded' AS status, rows AS rows_in, rows AS loaded, 0 AS duplicate, 0 AS quarantined, 0 AS blank,
            [] AS unmapped_columns, [] AS header_drift, false AS is_probably_cut_off, [] AS remarks
        FROM (SELECT count(*) AS rows FROM publication)""",
}


def write_made_door(folder: Path, filings: int, seed: int = 1) -> Path:
    """A Parquet file for every table, of so many applications and about as many labels. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, reference in _REFERENCE.items():
        table = TABLES[name]
        reference().select(table.columns).write_parquet(folder / f"{name}.parquet")
    with duckdb.connect() as connection:
        create_structure(connection)
        for name in ("core.branch", "core.region"):
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM '{folder / name}.parquet'")
        # A process that was spawned looks interactive to DuckDB.
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET VARIABLE seed = $seed", {"seed": seed})
        connection.execute("SET VARIABLE filings = $filings", {"filings": filings})
        connection.execute("SET VARIABLE owners = $owners", {"owners": filings // 60 + 10})
        connection.execute(
            "CREATE TABLE core.publication_text (publication_number VARCHAR, abstract VARCHAR, claims VARCHAR)"
        )
        connection.execute(_MACROS)
        connection.execute(_BASE)
        for table in WAREHOUSE_TABLES:
            name = table.full_name
            if name not in _REFERENCE:
                rows = f"UNION ALL BY NAME ({_ROWS[name]})" if name in _ROWS else ""
                declared = ", ".join(
                    f'CAST("{column}" AS {data_type}) AS "{column}"' for column, data_type in _types(connection, name)
                )
                filled = f"SELECT {declared} FROM (SELECT * FROM {name} WHERE false {rows})"
                connection.execute(
                    f"COPY ({filled}) TO '{folder / name}.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 1)"
                )
    return folder


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [row[:2] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
