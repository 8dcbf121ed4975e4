"""A headless Chromium, spoken to through a pipe, that tells what a page asked for and complained about."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
# Chromium reads commands from descriptor 3 and answers on 4, whatever numbers the pipes have here.
LAUNCHER = """
import os, sys
ends = [os.dup(int(number)) for number in sys.argv[1:3]]
ends = [os.dup2(end, 20 + place, False) for place, end in enumerate(ends)]
for place, end in enumerate(ends):
    os.dup2(end, 3 + place)
os.execv(sys.argv[3], sys.argv[3:])
"""
WATCHED = {
    "Network.requestWillBeSent": lambda event: event["request"]["url"],
    "Log.entryAdded": lambda event: f"{event['entry']['text']} {event['entry'].get('url', '')}",
    "Runtime.consoleAPICalled": lambda event: str(event["args"]),
    "Runtime.exceptionThrown": lambda event: str(event["exceptionDetails"]),
}


class Browser:
    """A running Chromium with one page; frames in processes of their own are watched as well."""

    def __init__(self, read_end: int, write_end: int) -> None:
        self.read_end, self.write_end = read_end, write_end
        self.buffer = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.watch(self.session)
        self.call("Page.enable", self.session)

    def watch(self, session: str) -> None:
        """Hears of a session's requests, complaints and frames."""
        for domain in ("Network", "Log", "Runtime"):
            self.send(f"{domain}.enable", session)
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        self.send("Target.setAutoAttach", session, **attach)
        self.send("Runtime.runIfWaitingForDebugger", session)

    def send(self, method: str, session: str | None = None, **params: Any) -> int:
        """The number of a command that was sent."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        os.write(
            self.write_end,
            json.dumps({**message, **({"sessionId": session} if session else {})}).encode() + b"\0",
        )
        return self.number

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message, or None after that time."""
        while b"\0" not in self.buffer:
            if not select.select([self.read_end], [], [], seconds)[0]:
                return None
            received = os.read(self.read_end, 2**20)
            if not received:
                raise ConnectionError("Chromium ended. Start it by hand with the same flags to see why.")
            self.buffer += received
        message, self.buffer = self.buffer.split(b"\0", 1)
        parsed: dict[str, Any] = json.loads(message)
        if parsed.get("method") == "Target.attachedToTarget":
            self.watch(parsed["params"]["sessionId"])
        if "method" in parsed:
            self.events.append(parsed)
        return parsed

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """A command's result."""
        number = self.send(method, session, **params)
        while message := self.receive(30):
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
        raise TimeoutError(f"Chromium did not answer {method} within 30 seconds.")

    def page(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command to the page."""
        return self.call(method, self.session, **params)

    def open(self, url: str, *, width: int = 1200, dark: bool = False, settle_seconds: float = 0.5) -> None:
        """Loads a page and waits until it and its frames have been quiet for a while."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.page("Emulation.setEmulatedMedia", features=[scheme])
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.page("Emulation.setDeviceMetricsOverride", **metrics)
        self.events.clear()
        self.page("Page.navigate", url=url)
        deadline = time.monotonic() + 30
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            assert time.monotonic() < deadline, f"{url} did not load within 30 seconds"
            self.receive(1)
        while self.receive(settle_seconds):
            assert time.monotonic() < deadline, f"{url} never came to rest"

    def list_events(self, method: str) -> list[str]:
        """What was heard of one kind since the page was opened: addresses or texts."""
        return [WATCHED[method](event["params"]) for event in self.events if event["method"] == method]

    def list_complaints(self) -> list[str]:
        """Everything that the page's console said."""
        return [text for method in list(WATCHED)[1:] for text in self.list_events(method)]

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page, which the page's own policy does not bind."""
        result = self.page("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")


@contextmanager
def start_browser() -> Iterator[Browser]:
    """A Chromium with an empty profile, ended afterwards."""
    assert CHROMIUM
    to_browser, write_end = os.pipe()
    read_end, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={Path(profile) / 'profile'}", "about:blank"]
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(to_browser), str(from_browser), *command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Browser(read_end, write_end)
        finally:
            os.close(write_end)
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(read_end)
