"""What lies in a workspace to be read and is not: a link to a folder, a pipe, a mistyped name. Nothing else would miss it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.team_files import strangers
from flows.workspace import DROPPINGS, Workspace

_NAME_IT = '换成文件夹，或在 sources.toml 写 kind = "folder" put the folder itself here, or name it in sources.toml with kind = "folder"'


@dataclass(frozen=True)
class LeftOut:
    """`path`: in the workspace. `remedy`: how it comes to be read."""

    path: str
    zh: str
    en: str
    remedy: str

    @property
    def told(self) -> str:
        return f"{self.path}: {self.zh} {self.en}; {self.remedy}"


def left_out(workspace: Workspace) -> tuple[LeftOut, ...]:
    """Everything of the workspace that somebody may have put there to be read, and that no refresh reads."""
    return (*_of_inbox(workspace), *_of_reference(workspace))


def _of_inbox(workspace: Workspace) -> Iterator[LeftOut]:
    for path in sorted(workspace.inbox.rglob("*")):
        if not path.name.startswith(DROPPINGS) and (why := _why_not_read(path)):
            yield LeftOut(path.relative_to(workspace.root).as_posix(), *why)


def _of_reference(workspace: Workspace) -> Iterator[LeftOut]:
    for name, nearest in strangers(workspace.reference):
        yield LeftOut(
            f"{workspace.reference.name}/{name}",
            "不是可识别的文件名，未读取",
            "is a table of a name that nothing reads",
            f"是否应为 did you mean {nearest}? 全部文件名见 all names: docs/team-tables.md",
        )


def _why_not_read(path: Path) -> tuple[str, str, str] | None:
    # Links to folders are not followed: what they lead to may hold the inbox itself, or a whole drive.
    if path.is_dir():
        if path.is_symlink():
            return "是指向文件夹的链接，未读取", "is a link to a folder, which is not followed", _NAME_IT
        if not os.access(path, os.R_OK | os.X_OK):
            return "无权读取此文件夹", "is a folder that may not be read", "取得权限 get the right to"
    elif not path.exists():
        return "链接所指不存在", "is a link to nothing", "改正或删除 mend or delete it"
    elif not path.is_file():
        return "既非文件也非文件夹", "is neither a file nor a folder", "删除 delete it"
    return None
