"""What the browser workflows share: the lab, a real Chromium behind its proxy, and what is looked at on every page. Every page is
photographed into target/browser/pages."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import ssl
import struct
import subprocess
import time
import urllib.request

from playwright.sync_api import sync_playwright

STATE = os.path.join(os.environ["LAB_STATE"], "state")
PROGRAM = os.environ["PROGRAM"]
PAGES = pathlib.Path(__file__).resolve().parents[2] / "target/browser/pages"
WIDTHS = (360, 1280)

lab = json.load(open(os.path.join(STATE, "lab.json")))
failures = 0


def check(what, holds, found=""):
    global failures
    print(f"ok - {what}" if holds else f"not ok - {what}\n    {str(found)[:600]}", flush=True)
    failures += not holds


def code_of(secret, step):
    """What an authenticator application shows at that time step (RFC 6238)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[19] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


class Codes:
    """Codes of an authenticator application. Each step is taken once, so that a later one may have to be waited for."""

    def __init__(self, secret, last=None):
        # The current one may have been used by a test before this one.
        self.secret, self.last = secret, int(time.time()) // 30 if last is None else last

    def next(self):
        while True:
            step = max(self.last + 1, int(time.time()) // 30)
            if step <= int(time.time()) // 30 + 1:
                break
            time.sleep(1)
        self.last = step
        return code_of(self.secret, step)


def opener():
    """Requests that need no browser."""
    tls = ssl.create_default_context(cafile=lab["ca"])
    return urllib.request.build_opener(urllib.request.ProxyHandler({"https": lab["proxy"]}), urllib.request.HTTPSHandler(context=tls))


def telephone(*arguments):
    return subprocess.run([PROGRAM, "lab", "approve", "--state", STATE, *arguments], capture_output=True, text=True, timeout=60)


class Visit:
    """A browser of its own, with nothing remembered. `name` and the language begin the names of its photographs."""

    def __init__(self, browser, name, language, script=True):
        self.name, self.language, self.script = name, language, script
        self.context = browser.new_context(locale=language, java_script_enabled=script, ignore_https_errors=True, viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.shots = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def field(self, name):
        return self.page.locator(f'input[name="{name}"]')

    def press(self, key):
        self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def focused(self):
        return self.page.evaluate("document.activeElement.name || document.activeElement.id || document.activeElement.tagName")

    def tab_to(self, name):
        """Presses Tab until that control has the focus."""
        for _ in range(40):
            if self.focused() == name:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")

    def enter(self):
        """Presses Enter, and waits for the page that comes of it."""
        with self.page.expect_navigation():
            self.press("Enter")

    def where(self, what):
        return f"{self.name}, {self.language}{'' if self.script else ', without JavaScript'}: {what}"

    def inspect(self, what):
        """Width, labels and language of the page as it is, with a photograph for each width."""
        self.shots += 1
        # Evaluated from outside the page, which needs no JavaScript in it.
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            name = f"{self.name}-{self.language}-{'script' if self.script else 'plain'}-{self.shots:02}-{what.replace(' ', '-')}-{width}.png"
            self.page.screenshot(path=PAGES / name, full_page=True)
            seen = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            check(self.where(f"{what}: nothing sticks out at {width} pixels"), seen[0] <= seen[1], seen)
        if what != "hand over":  # That page begins as clients compare it, without a language.
            check(self.where(f"{what}: in its language"), self.page.locator("html").get_attribute("lang") == self.language, self.page.content())
        mute = self.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]):not([type=submit])')].filter(i => !i.labels.length).map(i => i.name)")
        check(self.where(f"{what}: every field has a label"), mute == [], mute)

    def alert(self, what):
        shown = self.page.locator('[role="alert"]:visible')
        shown.first.wait_for()
        check(self.where(f"{what} is announced"), shown.count() == 1 and shown.inner_text().strip() != "", shown.all_inner_texts())


def journeys(names, steps, elsewhere={}):
    """Runs each step, a function and its arguments beside the browser. Photographs whose names begin with `names` are taken anew.
    The browser finds the hosts of `elsewhere` at the addresses there, everything else through the lab's proxy."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for old in PAGES.iterdir():
        if old.name.startswith(names):
            old.unlink()
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work for root.
        sandbox = os.geteuid() != 0
        proxy = {"server": lab["proxy"], "bypass": ",".join(elsewhere)}
        rules = ",".join(f"MAP {host} {address}" for host, address in elsewhere.items())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), proxy=proxy, chromium_sandbox=sandbox, args=[f"--host-resolver-rules={rules}"])
        for step, *arguments in steps:
            try:
                step(browser, *arguments)
            except Exception as error:  # A journey that cannot go on is one failure; the others still count.
                named = " ".join(getattr(a, "name", str(a)) for a in arguments)
                check(f"{step.__name__} {named}", False, f"{type(error).__name__}: {error}")
        browser.close()
    raise SystemExit(failures > 0)
