"""`patnav mirror`: a copy of the marts in PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from flows.terminal import HERE, JsonOption, Panel, WorkspaceOption, print_json, published_database

PANEL = Panel.OPERATION


def command(
    address: Annotated[
        str,
        typer.Argument(
            envvar="PATNAV_MIRROR",
            help="postgresql://用户@主机:5432/数据库；密码请置于 PGPASSWORD 或 ~/.pgpass"
            " postgresql://user@host:5432/database, the password in PGPASSWORD or ~/.pgpass",
        ),
    ],
    workspace: WorkspaceOption = HERE,
    prefix: Annotated[str, typer.Option(help="模式名前缀 what the names of the schemas begin with")] = "patnav_",
    reader: Annotated[
        list[str] | None, typer.Option(help="可读取的角色，可重复 a role that may read them; several times for several")
    ] = None,
    wait: Annotated[float, typer.Option(help="最多等待读者多少秒 seconds to wait for readers at most", min=0)] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """复制指标与核心表到 PostgreSQL，一次事务内替换。Metrics and core tables to PostgreSQL, swapped in one transaction.

    读者看到旧版或新版，绝不混合；失败时旧版不变。Readers see the old version or the new one; a failure leaves the old one.
    """
    from warehouse.mirror import mirror

    done = mirror(published_database(workspace), address, prefix, reader or (), wait)
    if as_json:
        print_json(asdict(done))
        return
    print(
        f"{done.server}: 版本 version {done.version_key}, {len(done.rows)} 表 tables, {sum(done.rows.values()):,} 行 rows"
    )
