"""Notifications against a webhook of our own: delivered or not, the run goes on and the address stays unsaid."""

from __future__ import annotations

import json
import socket
import time

import pytest

from flows.notify import LONGEST, Notice, notify
from flows.service_settings import STYLES, Notify
from tests.flows.conftest import CANARY

NOTICE = Notice("failed", "workspace 甲", "inbox: no files", {"run_id": "r1"})


@pytest.mark.parametrize("style", STYLES)
def test_every_style_carries_the_text(hook, style: str) -> None:
    assert notify(Notify("HOOK", style), NOTICE).is_delivered
    ((path, body),) = hook.received
    assert path == f"/{CANARY}"
    told = json.dumps(body, ensure_ascii=False)
    assert "workspace 甲" in told and "inbox: no files" in told and "刷新失败" in told


def test_a_busy_webhook_is_tried_once_more_and_a_refusing_one_is_not(hook) -> None:
    hook.statuses = [503]
    assert notify(Notify("HOOK"), NOTICE, pause=0).is_delivered and len(hook.received) == 2
    hook.received.clear()
    hook.statuses = [403, 200]
    assert notify(Notify("HOOK"), NOTICE, pause=0).problem == "the webhook answered 403"
    assert len(hook.received) == 1


def test_a_redirect_is_not_followed(hook) -> None:
    hook.statuses = [302]
    assert notify(Notify("HOOK"), NOTICE, pause=0).problem == "the webhook answered 302"


@pytest.mark.parametrize(
    "address", ["", "file:///etc/passwd", f"http://127.0.0.1:1/{CANARY}", f"http://[{CANARY}", f"https://\x00{CANARY}/"]
)
def test_an_address_that_leads_nowhere_is_told_without_itself(monkeypatch, address: str) -> None:
    monkeypatch.setattr("os.environ", {"HOOK": address})
    delivery = notify(Notify("HOOK"), NOTICE, seconds=0.3, pause=0)
    assert not delivery.is_delivered and CANARY not in delivery.problem


def test_a_webhook_that_never_answers_costs_no_more_than_its_time(monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{silent.getsockname()[1]}/{CANARY}")
        began = time.monotonic()
        delivery = notify(Notify("HOOK"), NOTICE, seconds=0.3, pause=0)
        assert delivery.problem == "no answer: ReadTimeout" and time.monotonic() - began < 3


def test_a_long_text_is_cut(hook) -> None:
    notify(Notify("HOOK", "slack"), Notice("failed", "w", "长" * 9000, {}))
    assert len(hook.received[0][1]["text"]) == LONGEST
