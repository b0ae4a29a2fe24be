"""Who does the partitions of a refresh: this process, or the workers of a Dask cluster (`runner` in workspace.toml).

A partition goes from paths to paths: the work is a function of a module, its arguments and what it returns are paths and small
facts, and what it makes it writes beside its place and renames. So it may be done twice, or half and then again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from flows import fingerprint
from flows.label_store import classifier_key
from flows.workspace import Settings, Workspace
from schemas.errors import ClusterError

Work = Callable[..., Any]
CONNECT_SECONDS = 10
# How long a refresh goes on waiting while the cluster has no worker at all.
WITHOUT_WORKERS_SECONDS = 120
_LOOK_SECONDS = 5
_PACKAGES = ("schemas", "transforms", "flows")


class Runner(Protocol):
    def in_order(self, work: Work, arguments: Iterable[tuple]) -> Iterator[Any]:
        """What the work returns for each of the arguments, in their order. Raises what it raises."""
        ...


class Threads:
    """Partitions one after the other; while one is done in a thread, the arguments of the next are put together.

    No more than one at a time: reading holds the interpreter, the classifier takes two cores for one part, and each part in
    memory costs its texts (docs/scale.md has the figures).
    """

    def in_order(self, work: Work, arguments: Iterable[tuple]) -> Iterator[Any]:
        if isinstance(arguments, Sequence):
            yield from (work(*each) for each in arguments)
            return
        with ThreadPoolExecutor(1, "patnav-partition") as worker:
            running = None
            for each in arguments:
                done = [running.result()] if running else []
                running = worker.submit(work, *each)
                yield from done
            if running:
                yield running.result()


class Cluster:
    """Partitions on the workers of a Dask cluster, which see the workspace under the same path. Connects when first asked.

    Dask gives a partition whose worker died to another one. Where Prefect runs the refresh and the workers can reach its
    server, partitions are tasks of prefect-dask; else they are Dask's alone, and Prefect shows the steps that they belong to.
    """

    def __init__(self, address: str, workspace: Workspace, resources: ExitStack) -> None:
        self._address, self._workspace, self._resources = address, workspace, resources
        self._client, self._prefect = None, None

    def in_order(self, work: Work, arguments: Iterable[tuple]) -> Iterator[Any]:
        futures = [self._submitted(work, each) for each in arguments]
        try:
            for future in futures:
                self._wait(getattr(future, "wrapped_future", future))
                yield self._told(future)
        finally:
            self._client and self._client.cancel([getattr(each, "wrapped_future", each) for each in futures])

    def _submitted(self, work: Work, arguments: tuple) -> Any:
        if self._client is None:
            self._connect()
        given = {"work": work, "arguments": arguments, "code": code_key(), "seal": self._seal}
        if self._prefect is not None:
            with _bare_context():
                return self._prefect.submit(_as_prefect_task(work), given)
        return self._client.submit(at_worker, **given, pure=False, key=f"{work.__name__}-{uuid.uuid4()}")

    def _connect(self) -> None:
        try:
            from distributed import Client
            from prefect_dask import DaskTaskRunner
        except ImportError as error:
            raise ClusterError(
                str(self._workspace.settings_file),
                f"runner = 'dask:{self._address}', but {error.name} is not installed 未安装集群组件",
                "the packages of the extra [cluster]",
                'pip install "patnav[cluster]"',
            ) from error
        # What goes wrong is raised, and told once.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._seal = self._resources.enter_context(_sealed(self._workspace))
        try:
            # Dask's own limit of time ends with the connection: what accepts one and says nothing would be waited for without end.
            with ThreadPoolExecutor(1) as asking:
                asking.submit(asyncio.run, asyncio.wait_for(_identity(self._address), CONNECT_SECONDS)).result()
            self._client = self._resources.enter_context(
                Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False, name="patnav")
            )
        except Exception as error:  # whatever it is that answers there
            raise ClusterError(
                self._address,
                f"no Dask scheduler answers within {CONNECT_SECONDS} s 连不上 Dask 调度器 ({type(error).__name__}: {error})",
                "a running scheduler",
                'start it: dask scheduler; or set runner = "threads" in workspace.toml 或改回单机',
            ) from error
        self._require_workers()
        if is_shown_by_prefect(self._address):
            self._prefect = self._resources.enter_context(DaskTaskRunner(address=self._address))

    def _require_workers(self) -> None:
        """That there are some, of our code, who see the workspace."""
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise self._no_workers(CONNECT_SECONDS) from error
        try:
            found = self._client.run(problem_here, code_key(), self._seal)
        except Exception as error:  # whatever a worker of another installation may raise
            raise ClusterError(
                self._address,
                f"a worker cannot answer 有工作进程无法应答: {type(error).__name__}: {error}",
                "patnav installed on every worker",
                "install the same version there, with the same lock",
            ) from error
        for worker, problem in found.items():
            if problem:
                raise _refused(worker, problem)

    def _wait(self, future: Any) -> None:
        """Until it is done, however; raises ClusterError when nobody is left to do it."""
        waited = 0
        while not future.done():
            try:
                future.exception(timeout=_LOOK_SECONDS)
            except TimeoutError:
                waited = 0 if self._client.scheduler_info(n_workers=-1)["workers"] else waited + _LOOK_SECONDS
                if waited >= WITHOUT_WORKERS_SECONDS:
                    raise self._no_workers(waited) from None
            except (OSError, CancelledError) as error:
                raise self._lost(error) from error

    def _told(self, future: Any) -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            raise ClusterError(
                self._address,
                f"every worker that took one partition died 接手同一分区的工作进程相继退出: {error}",
                "workers with room for a part (docs/scale.md)",
                "look into their logs; refresh again: what was done is kept 已完成的部分会保留",
            ) from error
        except CancelledError as error:
            raise self._lost(error) from error

    def _no_workers(self, seconds: int) -> ClusterError:
        return ClusterError(
            self._address,
            f"no worker for {seconds} s 调度器没有工作进程",
            "at least one worker",
            f"start some: dask worker {self._address}; then refresh again: what was done is kept 已完成的部分会保留",
        )

    def _lost(self, error: BaseException) -> ClusterError:
        return ClusterError(
            self._address,
            f"the scheduler is gone 调度器已断开 ({type(error).__name__})",
            "a scheduler that stays",
            "start it again and refresh again: what was done is kept 已完成的部分会保留",
        )


@contextmanager
def runner_of(settings: Settings, workspace: Workspace) -> Iterator[Runner]:
    """What the workspace's settings name. A cluster is not asked before there is something to do."""
    with ExitStack() as resources:
        if settings.cluster is None:
            yield Threads()
        else:
            yield Cluster(settings.cluster, workspace, resources)


async def _identity(address: str) -> dict:
    from distributed import Security
    from distributed.core import rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as scheduler:
        return await scheduler.identity(n_workers=0)


def code_key() -> str:
    """What a worker must have in common with us: the code of the floors that partitions run, every library, and Python."""
    return fingerprint.key_of(fingerprint.code_hash(_PACKAGES), classifier_key())


def at_worker(work: Work, arguments: tuple, code: str, seal: str) -> Any:
    """The work on a worker, which may have come after the others were asked. Raises ClusterError where it is not one of ours."""
    if problem := problem_here(code, seal):
        raise _refused(socket.gethostname(), problem)
    return work(*arguments)


def problem_here(code: str, seal: str) -> str | None:
    """Why this process cannot work for a refresh of this code that left a file, the seal, in its workspace."""
    if code_key() != code:
        return "another version of patnav, of a library or of Python 版本不一致"
    if not os.path.exists(seal):
        return f"it does not see the workspace 看不到工作区: {Path(seal).parent.parent}"
    return None


def is_shown_by_prefect(scheduler: str) -> bool:
    """Whether Prefect runs us, and has a server that workers beside this scheduler can reach.

    Without one they would each start their own.
    """
    url = os.environ.get("PREFECT_API_URL")
    if "prefect" not in sys.modules or not url:
        return False
    from prefect.context import FlowRunContext

    return FlowRunContext.get() is not None and (_is_here(scheduler) or not _is_here(url))


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _as_prefect_task(work: Work) -> Any:
    from prefect import task as prefect_task
    from prefect.cache_policies import NO_CACHE

    return prefect_task(at_worker, name=work.__name__, cache_policy=NO_CACHE, persist_result=False)


@contextmanager
def _bare_context() -> Iterator[None]:
    """Within, Prefect knows of the flow's run and of nothing else: what it knows it sends to the worker with each task, and flow and step
    of a refresh hold its progress and this very client.
    """
    from prefect import Flow
    from prefect.context import FlowRunContext, TaskRunContext

    running = FlowRunContext.get()
    bare = running.model_copy(update={"flow": Flow(at_worker, name=running.flow.name), "parameters": {}})
    step = TaskRunContext.__var__.set(None)
    try:
        with bare:
            yield
    finally:
        TaskRunContext.__var__.reset(step)


@contextmanager
def _sealed(workspace: Workspace) -> Iterator[str]:
    """A file that only those find who see this workspace, and not another one under its path."""
    seal = workspace.root.resolve() / "data" / f".cluster-{uuid.uuid4()}"
    seal.parent.mkdir(exist_ok=True)
    for left in seal.parent.glob(".cluster-*"):
        left.unlink()
    seal.touch()
    try:
        yield str(seal)
    finally:
        seal.unlink()


def _refused(worker: str, problem: str) -> ClusterError:
    return ClusterError(
        f"worker {worker}",
        problem,
        "the same installation and the same shared folder as where the refresh runs",
        "mend or stop that worker; see docs/scale.md",
    )
