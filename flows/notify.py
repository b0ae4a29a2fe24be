"""Tell a webhook what happened to a run. Bounded in time and attempts; whatever becomes of it, the run is what it was.

The address is a credential (whoever has it may write into the team's chat): it comes from an environment variable, and
neither it nor a library's message that may quote it is written anywhere.
"""

from __future__ import annotations

import datetime
import os
import time
from dataclasses import dataclass
from typing import Any

import requests

from flows.journal import append, entries
from flows.service_settings import CRASHED, FAILED, PUBLISHED, STALE, Notify
from flows.workspace import Workspace

ATTEMPTS = 2
SECONDS = 5.0
PAUSE_SECONDS = 1.0
# Chat tools cut or refuse longer texts; the journal has all of it.
LONGEST = 1500

TITLES = {
    FAILED: "刷新失败，已发布的版本未动 / the refresh failed; the published version stays",
    CRASHED: "上次刷新中途被终止 / the last refresh was killed half-way",
    STALE: "数据源久未更新 / a source has brought nothing new for too long",
    PUBLISHED: "新版本已发布 / a new version is published",
}


@dataclass(frozen=True)
class Notice:
    """`subject`: one of service_settings.SUBJECTS; `facts`: what a program would read, small and without secrets."""

    subject: str
    workspace: str
    text: str
    facts: dict[str, Any]

    @property
    def message(self) -> str:
        told = f"patnav · {self.workspace}\n{TITLES[self.subject]}\n{self.text}"
        return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"


@dataclass(frozen=True)
class Delivery:
    """`problem`: why it was not delivered, without the address."""

    is_delivered: bool
    problem: str | None = None


def tell(workspace: Workspace, settings: Notify | None, notice: Notice) -> None:
    """Send the notice where the workspace wants its subject told, and note in the journal what became of it."""
    if settings is None or notice.subject not in settings.on:
        return
    delivery = notify(settings, notice)
    append(
        workspace.journal,
        "told",
        subject=notice.subject,
        about=notice.facts.get("about"),
        is_delivered=delivery.is_delivered,
        problem=delivery.problem,
    )


def last_told(workspace: Workspace, subject: str) -> object:
    """What the last delivered notice of a subject was about; None where there was none."""
    told = [entry for entry in entries(workspace.journal) if entry["event"] == "told" and entry["is_delivered"]]
    return next((entry.get("about") for entry in reversed(told) if entry["subject"] == subject), None)


def notify(settings: Notify, notice: Notice, seconds: float = SECONDS, pause: float = PAUSE_SECONDS) -> Delivery:
    """POST the notice to the webhook; never raises. `seconds`: to connect, and again for the answer to begin."""
    url = os.environ.get(settings.url_variable, "").strip()
    if not url:
        return Delivery(False, f"the environment variable {settings.url_variable} is not set")
    if not url.startswith(("https://", "http://")):
        return Delivery(False, f"the address in {settings.url_variable} is not one of http or https")
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(pause)
        delivery, is_final = _post(url, payload(settings.style, notice), seconds)
        if is_final:
            break
    return delivery


def _post(url: str, body: dict[str, Any], seconds: float) -> tuple[Delivery, bool]:
    """How it went, and whether trying again is pointless."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            # A stream, so that an endless answer is not waited for: its status says all that we want.
            with session.post(url, json=body, timeout=seconds, allow_redirects=False, stream=True) as answer:
                status = answer.status_code
        except (requests.RequestException, ValueError, UnicodeError) as error:
            return Delivery(False, f"no answer: {type(error).__name__}"), False
    if 200 <= status < 300:
        return Delivery(True), True
    return Delivery(False, f"the webhook answered {status}"), status < 500 and status != 429


def payload(style: str, notice: Notice) -> dict[str, Any]:
    """The body that the tool behind the webhook understands."""
    text = notice.message
    if style == "slack":
        return {"text": text}
    if style in ("wecom", "dingtalk"):
        return {"msgtype": "text", "text": {"content": text}}
    if style == "feishu":
        return {"msg_type": "text", "content": {"text": text}}
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"subject": notice.subject, "workspace": notice.workspace, "at": now, "text": text, "facts": notice.facts}
