"""Power loss, after ALICE (Pillai et al., OSDI 2014): what a program asked of the disk, and every state that it may leave.

`strace` records the file operations of a real run. The model of the disk is stricter than the usual journalling file
systems: data written since the last fsync of its file may be there, be missing, be torn or be zeroes; the entries of a folder made
since the last fsync of the folder are there up to some one of them, whatever is there of other folders.
Modes are taken as kept. A rename within a folder is one step; between folders it is two, the new name and the old.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = (
    "openat,open,creat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat,"
    "link,linkat,chmod,fchmodat,ftruncate,mkdir,mkdirat,sendfile,copy_file_range,writev,pwritev,lseek"
)
NOT_MODELLED = ("link", "linkat", "copy_file_range", "writev", "pwritev", "open", "creat")
_LINE = re.compile(r"\d+\s+(\w+)\((.*)\)\s+= (-?\d+)(?:<.*>)?")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(\d+)<")
# Data of a file that was not flushed: as written, not there, the last writing torn, zeroes.
WHOLE, LOST, TORN, ZEROES = "whole", "lost", "torn", "zeroes"


Names = dict[str, int | str]
# path -> (bytes, mode) of a file, or (target, 0) of a link.
Contents = dict[str, tuple[bytes | str, int]]
# path -> what it names from now on, None for nothing; all paths in one folder.
Step = dict[str, int | str | None]


@dataclass
class Inode:
    """`kept`: the bytes that are on the disk for certain; `content`: those that the program sees; `mode` None: as created."""

    content: bytes = b""
    kept: bytes = b""
    last: tuple[int, int] = (0, 0)
    mode: int | None = None

    def after(self, fate: str) -> bytes:
        if fate == WHOLE or self.content == self.kept:
            return self.content
        if fate == LOST:
            return self.kept
        if fate == ZEROES:
            return bytes(len(self.content))
        start, end = self.last
        return self.content[: start + (end - start) // 2] + bytes(len(self.content) - start - (end - start) // 2)


@dataclass
class Disk:
    """`names`: path -> number of an inode, or the target of a link. `steps`: changes of one folder each, in their order."""

    root: Path
    inodes: list[Inode] = field(default_factory=list)
    names: Names = field(default_factory=dict)
    kept_names: Names = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, root: Path) -> Disk:
        """What is there now, all of it on the disk."""
        disk = cls(root)
        for folder, _, files in os.walk(root):
            disk.folders.add(folder)
            for path in (Path(folder) / name for name in files):
                if path.is_symlink():
                    disk.names[str(path)] = os.readlink(path)
                    continue
                content = path.read_bytes()
                disk.names[str(path)] = len(disk.inodes)
                disk.inodes.append(Inode(content, content, mode=path.stat().st_mode & 0o777))
        disk.kept_names = dict(disk.names)
        return disk

    def step(self, changes: Step) -> None:
        self.steps.append(changes)
        self.names = _applied(self.names, [changes])

    def flush(self, path: str) -> None:
        """fsync of a file or of a folder."""
        if path in self.folders:
            mine, self.steps = self._parted(path)
            self.kept_names = _applied(self.kept_names, mine)
        elif isinstance(number := self.names.get(path), int):
            inode = self.inodes[number]
            inode.kept = inode.content

    def _parted(self, folder: str) -> tuple[list[Step], list[Step]]:
        """The open steps of a folder, and those of others."""
        mine = [step for step in self.steps if _folder_of(step) == folder]
        return mine, [step for step in self.steps if _folder_of(step) != folder]

    def states(self) -> Iterator[tuple[Names, str]]:
        """Every legal pair of names and fate of the data, were the power to go now."""
        all_names = _applied(self.kept_names, self.steps)
        choices = [all_names, self.kept_names]
        for folder in sorted({_folder_of(step) for step in self.steps}):
            mine, others = self._parted(folder)
            for length in range(len(mine)):
                choices.append(_applied(self.kept_names, [*others, *mine[:length]]))
                choices.append(_applied(self.kept_names, mine[:length]))
        for names in choices:
            for fate in (WHOLE, LOST, TORN, ZEROES):
                yield names, fate

    def frozen(self, names: Names, fate: str) -> tuple[Contents, str]:
        """A state by itself, apart from what comes later, and what tells it from others."""
        contents: Contents = {}
        for path, what in names.items():
            if isinstance(what, str):
                contents[path] = (what, 0)
            else:
                contents[path] = (self.inodes[what].after(fate), self.inodes[what].mode or 0o644)
        digest = hashlib.sha256()
        for path, (content, mode) in sorted(contents.items()):
            told = content.encode() if isinstance(content, str) else hashlib.sha256(content).digest()
            digest.update(path.encode() + b"\0" + told + bytes([mode % 251]))
        return contents, digest.hexdigest()


def write_out(root: Path, folders: frozenset[str], contents: Contents, target: Path) -> None:
    """A state as files below `target`."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in sorted(folders):
        (target / os.path.relpath(folder, root)).mkdir(parents=True, exist_ok=True)
    for path, (content, mode) in contents.items():
        place = target / os.path.relpath(path, root)
        if isinstance(content, str):
            place.symlink_to(content)
        else:
            place.write_bytes(content)
            place.chmod(mode)


def _applied(names: Names, steps: list[Step]) -> Names:
    changed: dict[str, int | str | None] = dict(names)
    for step in steps:
        changed |= step
    return {path: what for path, what in changed.items() if what is not None}


def _folder_of(step: Step) -> str:
    return os.path.dirname(next(iter(step)))


def traced(command: list[str], root: Path, environment: dict[str, str], folder: Path) -> list[tuple[str, str, int]]:
    """The file operations of a command as (call, arguments, result), those that failed left out. Raises on its failure."""
    trace = folder / "strace.txt"
    # -y tells the paths of descriptors; -xx tells every text as hexadecimal, so that nothing in it is taken for the trace's own.
    options = ["-f", "-y", "-xx", "-s", "50000000", "-o", str(trace), "-e", f"trace={CALLS}"]
    subprocess.run(["strace", *options, *command], env=environment, check=True, capture_output=True)
    found = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        parsed = _LINE.match(line)
        # Where threads interleave, strace writes a call in two lines; none of ours does that while it writes.
        if "unfinished" in line and any(
            each in line for each in (f"{name}(" for name in ("write", "pwrite64", "rename"))
        ):
            raise ValueError(f"a call in two parts: {line[:200]}")
        if parsed and int(parsed[3]) >= 0:
            found.append((parsed[1], parsed[2], int(parsed[3])))
    return found


class Replay:
    """Carries recorded operations out on the model, one at a time."""

    def __init__(self, disk: Disk, is_flushing: bool = True) -> None:
        # Without flushing the model shows that the flushes are what keeps the promise.
        self.disk, self.is_flushing = disk, is_flushing
        self._opened: dict[int, list] = {}

    def carry_out(self, call: str, arguments: str, result: int) -> bool:
        """Whether the operation changed something below the root."""
        texts = [bytes.fromhex(found.replace("\\x", "")) for found in _TEXT.findall(arguments)]
        if call == "openat":
            return self._open(texts[0].decode(), arguments, result)
        if call in ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "sendfile", "lseek"):
            opened = self._opened.get(int(_DESCRIPTOR.match(arguments)[1]))
            if opened is None or not self._is_of(arguments, opened[0]):
                return False
            return getattr(self, f"_{call}")(opened, arguments, texts, result)
        paths = [text.decode() for text in texts]
        if not any(path.startswith(str(self.disk.root)) for path in paths):
            return False
        if call in NOT_MODELLED:
            raise ValueError(f"the model does not know {call}({arguments[:200]})")
        return getattr(self, f"_{call}", self._other)(paths, arguments)

    def _is_of(self, arguments: str, path: str) -> bool:
        """Whether the descriptor is still that of the file: the number is given out again when it is closed."""
        told = re.match(r"\d+<((?:\\x[0-9a-f]{2})+)>", arguments)
        found = bytes.fromhex(told[1].replace("\\x", "")).decode() if told else ""
        return found == path or isinstance(self.disk.names.get(found), int)

    def _open(self, path: str, arguments: str, descriptor: int) -> bool:
        self._opened.pop(descriptor, None)
        if not path.startswith(str(self.disk.root)):
            return False
        if path in self.disk.folders:
            self._opened[descriptor] = [path, None, 0]
            return False
        is_new = "O_CREAT" in arguments and path not in self.disk.names
        if is_new:
            self.disk.inodes.append(Inode())
            self.disk.step({path: len(self.disk.inodes) - 1})
        number = self.disk.names[path]
        if isinstance(number, str):
            return False
        if "O_TRUNC" in arguments:
            self.disk.inodes[number].content = b""
        self._opened[descriptor] = [path, number, 0]
        return is_new or "O_TRUNC" in arguments

    def _put(self, number: int, at: int, data: bytes) -> bool:
        inode = self.disk.inodes[number]
        padded = inode.content.ljust(at, b"\0")
        inode.content = padded[:at] + data + padded[at + len(data) :]
        inode.last = (at, at + len(data))
        return bool(data)

    def _write(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        data = texts[-1][:result]
        changed = self._put(opened[1], opened[2], data)
        opened[2] += result
        return changed

    def _pwrite64(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        return self._put(opened[1], int(arguments.rsplit(", ", 1)[1]), texts[-1][:result])

    def _lseek(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        opened[2] = result
        return False

    def _sendfile(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        source = self._opened[int(_DESCRIPTOR.findall(arguments)[1])]
        start = int(re.search(r"\[(\d+)\]", arguments)[1])
        changed = self._put(opened[1], opened[2], self.disk.inodes[source[1]].content[start : start + result])
        opened[2] += result
        return changed

    def _ftruncate(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        inode, length = self.disk.inodes[opened[1]], int(arguments.rsplit(", ", 1)[1])
        inode.content = inode.content[:length].ljust(length, b"\0")
        return True

    def _fsync(self, opened: list, arguments: str, texts: list[bytes], result: int) -> bool:
        if self.is_flushing:
            path, number, _ = opened
            if number is None:
                self.disk.flush(path)
            else:
                self.disk.inodes[number].kept = self.disk.inodes[number].content
        return True

    _fdatasync = _fsync

    def _rename(self, paths: list[str], arguments: str) -> bool:
        source, target = paths[-2:]
        moved = self.disk.names[source]
        if os.path.dirname(source) == os.path.dirname(target):
            self.disk.step({target: moved, source: None})
        else:
            self.disk.step({target: moved})
            self.disk.step({source: None})
        return True

    _renameat = _renameat2 = _rename

    def _unlink(self, paths: list[str], arguments: str) -> bool:
        self.disk.step({paths[-1]: None})
        return True

    _unlinkat = _unlink

    def _symlink(self, paths: list[str], arguments: str) -> bool:
        self.disk.step({paths[1]: paths[0]})
        return True

    _symlinkat = _symlink

    def _chmod(self, paths: list[str], arguments: str) -> bool:
        number = self.disk.names.get(paths[-1])
        if isinstance(number, int):
            self.disk.inodes[number].mode = int(re.search(r"0[0-7]{3}", arguments.rsplit(",", 1)[1])[0], 8)
        return False

    _fchmodat = _chmod

    def _mkdir(self, paths: list[str], arguments: str) -> bool:
        self.disk.folders.add(paths[-1])
        return False

    _mkdirat = _mkdir

    def _other(self, paths: list[str], arguments: str) -> bool:
        raise ValueError(f"the model does not know {arguments[:200]}")
