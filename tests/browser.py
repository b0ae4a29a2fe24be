"""A headless Chromium that tests speak to over a pipe: no port, no driver, no dependency; one start serves many pages."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
_QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Chromium's pipe: it reads commands from descriptor 3 and writes answers and events to descriptor 4.
_READS, _WRITES = 3, 4
PATIENCE = 60.0


class Browser:
    """Use as a context manager; raises TimeoutError where Chromium does not answer within PATIENCE seconds."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._commands = os.pipe()
        self._answers, from_browser = os.pipe()
        arguments = [CHROMIUM, *_QUIET, f"--user-data-dir={profile}", "about:blank"]
        # The shell puts the pipes where Chromium looks for them, whatever numbers they have here.
        places = f'exec {_READS}<&{to_browser} {_WRITES}>&{from_browser}; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", places, "chromium", *arguments],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self._answers, False)
        self._number, self._unread, self.events = 0, b"", []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._commands)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._answers)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol; what happens meanwhile is kept in `events`."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next_message()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait_for(self, event: str, session: str) -> None:
        """Until the event has happened in this session, now or before."""
        while not any(one.get("method") == event and one.get("sessionId") == session for one in self.events):
            self.events.append(self._next_message())

    def open(self, address: str, width: int = 1280, height: int = 900, is_dark: bool = False) -> Tab:
        """A page, loaded at this width in pixels, with all that it asked for and complained of."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable", session)
        is_phone = width < 600
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        theme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.ask("Emulation.setEmulatedMedia", session, features=[theme])
        self.ask("Page.navigate", session, url=address)
        self.wait_for("Page.loadEventFired", session)
        return Tab(self, session, target)

    def _next_message(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._unread:
            try:
                self._unread += os.read(self._answers, 1 << 20)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError("Chromium does not answer") from None
                time.sleep(0.005)
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)


@dataclass
class Tab:
    browser: Browser
    session: str
    target: str
    _closed: bool = field(default=False, repr=False)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page; raises RuntimeError where it throws."""
        answer = self.browser.ask(
            "Runtime.evaluate", self.session, expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"], ensure_ascii=False))
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """What the console and the log of the page hold, exceptions included."""
        told = []
        for event in self._events():
            if event["method"] in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                told.append(json.dumps(event["params"], ensure_ascii=False))
        return told

    def requests(self) -> list[str]:
        """Every address that the page asked for, itself first."""
        return [
            event["params"]["request"]["url"]
            for event in self._events()
            if event["method"] == "Network.requestWillBeSent"
        ]

    def screenshot(self, path: Path, selector: str = "html") -> Path:
        """A PNG of the first element that fits the selector."""
        script = f"""(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            return [box.x + scrollX, box.y + scrollY, box.width, box.height]; }})()"""
        x, y, width, height = self.run(script)
        clip = {"x": x, "y": y, "width": max(width, 1), "height": max(height, 1), "scale": 1}
        taken = self.browser.ask("Page.captureScreenshot", self.session, clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path

    def pdf(self, path: Path) -> Path:
        """The page as it prints, on A4."""
        printed = self.browser.ask(
            "Page.printToPDF", self.session, printBackground=False, paperWidth=8.27, paperHeight=11.69
        )
        path.write_bytes(base64.b64decode(printed["data"]))
        return path

    def close(self) -> None:
        self.browser.ask("Target.closeTarget", targetId=self.target)

    def _events(self) -> list[dict[str, Any]]:
        return [event for event in self.browser.events if event.get("sessionId") == self.session]
