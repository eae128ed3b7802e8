#!/usr/bin/env python3
"""A real Chromium at the three sign-in pages, through the lab's proxy: with the keyboard alone, in three languages, narrow and wide,
with and without a second factor, with and without JavaScript. Every page is photographed into target/browser/pages."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time
import urllib.request

from playwright.sync_api import sync_playwright

STATE = os.path.join(os.environ["LAB_STATE"], "state")
PROGRAM = os.environ["PROGRAM"]
PAGES = pathlib.Path(__file__).resolve().parents[2] / "target/browser/pages"
GRID = "https://storagegrid.example.com"
PASSWORD = "my-password"
PLAIN, CAREFUL = "my-sso-username@my-domain", "mfa-user@my-domain"
WIDTHS = (360, 1280)
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

lab = json.load(open(os.path.join(STATE, "lab.json")))
totp = next(user["totp"] for user in lab["users"] if user["user"] == CAREFUL)
failures = 0


def check(what, holds, found=""):
    global failures
    print(f"ok - {what}" if holds else f"not ok - {what}\n    {str(found)[:600]}", flush=True)
    failures += not holds


class Door:
    """One sign-in page: the account behind it, and its fields."""

    def __init__(self, name, account, user, password, code, staged=False):
        self.name, self.account, self.user, self.password, self.code, self.staged = name, account, user, password, code, staged


DOORS = [
    Door("adfs", "12345", "UserName", "Password", "VerificationCode"),
    Door("pingfederate", "67890", "pf.username", "pf.pass", "otp"),
    Door("entra", "24680", "loginfmt", "passwd", "otc", staged=True),
]


class Codes:
    """Codes of the authenticator application (RFC 6238). Each step is taken once, so that a later one may have to be waited for."""

    def __init__(self):
        # The current one may have been used by a test before this one.
        self.last = int(time.time()) // 30

    def next(self):
        while True:
            step = max(self.last + 1, int(time.time()) // 30)
            if step <= int(time.time()) // 30 + 1:
                break
            time.sleep(1)
        self.last = step
        mac = hmac.new(base64.b32decode(totp), struct.pack(">Q", step), hashlib.sha1).digest()
        at = mac[19] & 15
        return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


codes = Codes()


def signed_url(account):
    """Step b of StorageGRID's document."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": lab["proxy"]}), urllib.request.HTTPSHandler(context=tls()))
    request = urllib.request.Request(GRID + "/api/v3/authorize-saml", json.dumps({"accountId": account}).encode(), {"Content-Type": "application/json"})
    return json.load(opener.open(request, timeout=20))["data"]


def tls():
    import ssl
    return ssl.create_default_context(cafile=lab["ca"])


def telephone(*arguments):
    return subprocess.run([PROGRAM, "lab", "approve", "--state", STATE, *arguments], capture_output=True, text=True, timeout=60)


class Visit:
    """A browser that has come to a sign-in page."""

    def __init__(self, browser, door, language, script=True):
        self.door, self.language, self.script = door, language, script
        self.context = browser.new_context(locale=language, java_script_enabled=script, ignore_https_errors=True, viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.shots = 0
        self.page.goto(signed_url(door.account))

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
        for _ in range(12):
            if self.focused() == name:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")

    def inspect(self, what):
        """Width, labels and language of the page as it is, with a photograph for each width."""
        self.shots += 1
        where = f"{self.door.name}, {self.language}, {what}"
        # Evaluated from outside the page, which needs no JavaScript in it.
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            name = f"{self.door.name}-{self.language}-{'script' if self.script else 'plain'}-{self.shots:02}-{what.replace(' ', '-')}-{width}.png"
            self.page.screenshot(path=PAGES / name, full_page=True)
            seen = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            check(f"{where}: nothing sticks out at {width} pixels", seen[0] <= seen[1], seen)
        if what != "hand over":  # That page begins as clients compare it, without a language.
            check(f"{where}: in its language", self.page.locator("html").get_attribute("lang") == self.language, self.page.content())
        mute = self.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]):not([type=submit])')].filter(i => !i.labels.length).map(i => i.name)")
        check(f"{where}: every field has a label", mute == [], mute)

    def alert(self, what):
        shown = self.page.locator('[role="alert"]:visible')
        shown.first.wait_for()
        check(f"{self.door.name}, {self.language}: {what} is announced", shown.count() == 1 and shown.inner_text().strip() != "", shown.all_inner_texts())

    def sign_in(self, user, password):
        """User name and password, by keyboard."""
        if self.door.staged and self.script and self.field(self.door.user).is_visible() and not self.field(self.door.password).is_visible():
            self.tab_to(self.door.user)
            self.press("Control+A")
            self.type(user)
            self.press("Enter")
            self.field(self.door.password).wait_for()
        elif self.field(self.door.user).is_visible():
            self.tab_to(self.door.user)
            self.press("Control+A")
            self.type(user)
        self.tab_to(self.door.password)
        self.type(password)
        with self.page.expect_navigation():
            self.press("Enter")

    def type_code(self, code):
        self.tab_to(self.door.code)
        self.type(code)
        with self.page.expect_navigation():
            self.press("Enter")

    def stay_not(self):
        """Entra's "stay signed in?", answered with no."""
        if self.door.staged:
            self.page.locator("#KmsiDescription").wait_for()
            self.inspect("stay")
            self.page.locator("#idBtn_Back").focus()
            self.press("Enter")

    def arrive(self, what):
        """The browser has posted the response, and StorageGRID has answered with a token."""
        if not self.script:
            # Nothing posts the form by itself: a button stands on the page.
            button = self.page.locator('form[name="hiddenform"] [type="submit"], form[name="hiddenform"] button')
            button.wait_for()
            self.inspect("hand over")
            button.focus()
            with self.page.expect_navigation():
                self.press("Enter")
        self.page.wait_for_url(re.compile(r"^https://storagegrid\.example\.com(:443)?/"))
        text = self.page.locator("body").inner_text()
        check(f"{self.door.name}, {self.language}: {what} ends with a token", TOKEN.search(text), text)


def journey(browser, door, language):
    """Wrong and right, with the keyboard alone, every page looked at."""
    with Visit(browser, door, language) as visit:
        first = door.user
        check(f"{door.name}, {language}: typing can begin at once", visit.focused() == first, visit.focused())
        visit.inspect("sign in")
        visit.sign_in(CAREFUL, "not-my-password")
        visit.alert("a wrong password")
        visit.inspect("wrong password")
        check(f"{door.name}, {language}: the password is asked for again", visit.focused() == door.password, visit.focused())
        visit.sign_in(CAREFUL, PASSWORD)
        visit.field(door.code).wait_for()
        check(f"{door.name}, {language}: the code can be typed at once", visit.focused() == door.code, visit.focused())
        visit.inspect("code")
        visit.type_code("000000")
        visit.alert("a wrong code")
        visit.inspect("wrong code")
        if language == "pt-BR":
            visit.type_code(codes.next())
            visit.stay_not()
            visit.arrive("a code")


def plainly(browser, door, script):
    with Visit(browser, door, "en", script) as visit:
        visit.inspect("sign in")
        visit.sign_in(PLAIN, PASSWORD)
        visit.stay_not()
        visit.arrive("a password" if script else "a password, without JavaScript,")


def by_telephone(browser, language, script):
    """Entra's push: the number of the page is typed at the telephone, and the page goes on."""
    door = DOORS[2]
    with Visit(browser, door, language, script) as visit:
        visit.sign_in(CAREFUL, PASSWORD)
        push = visit.page.locator('button[value="PhoneAppNotification"]')
        push.focus()
        with visit.page.expect_navigation():
            visit.press("Enter")
        number = visit.page.locator("#idRichContext_DisplaySign").inner_text()
        visit.inspect("approve")
        shown = telephone()
        check(f"entra, {language}: the telephone shows what waits", f"{CAREFUL} at entra: approve with the number {number}" in shown.stdout, shown)
        answer = telephone("--number", number)
        check(f"entra, {language}: the telephone approves", answer.returncode == 0, answer)
        if not script:
            visit.page.locator("#idSubmit_SAOTCAS_Continue").focus()
            visit.press("Enter")
        visit.stay_not()
        visit.arrive("an approval" if script else "an approval, without JavaScript,")


def denied(browser):
    door = DOORS[2]
    with Visit(browser, door, "es") as visit:
        visit.sign_in(CAREFUL, PASSWORD)
        visit.page.locator('button[value="PhoneAppNotification"]').focus()
        with visit.page.expect_navigation():
            visit.press("Enter")
        refused = telephone("--number", "1")
        check("entra: another number denies", refused.returncode == 6, refused)
        visit.alert("a denial")
        visit.inspect("denied")


def by_message(browser):
    door = DOORS[2]
    with Visit(browser, door, "es") as visit:
        visit.sign_in(CAREFUL, PASSWORD)
        visit.page.locator('button[value="OneWaySMS"]').focus()
        with visit.page.expect_navigation():
            visit.press("Enter")
        visit.inspect("message")
        code = re.search(r"message with the code (\d{6})", telephone().stdout)
        check("entra: the telephone shows the code", code, telephone())
        visit.type_code(code.group(1))
        visit.stay_not()
        visit.arrive("a code that was sent")


shutil.rmtree(PAGES, ignore_errors=True)
PAGES.mkdir(parents=True)
with sync_playwright() as playwright:
    # Chromium's sandbox does not work for root.
    sandbox = os.geteuid() != 0
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), proxy={"server": lab["proxy"]}, chromium_sandbox=sandbox)
    steps = [(journey, door, language) for door in DOORS for language in ("pt-BR", "en", "es")]
    steps += [(plainly, door, script) for door in DOORS for script in (True, False)]
    steps += [(by_telephone, "en", True), (by_telephone, "pt-BR", False), (denied,), (by_message,)]
    for step, *arguments in steps:
        try:
            step(browser, *arguments)
        except Exception as error:  # A journey that cannot go on is one failure; the others still count.
            named = " ".join(getattr(a, "name", str(a)) for a in arguments)
            check(f"{step.__name__} {named}", False, f"{type(error).__name__}: {error}")
    browser.close()
raise SystemExit(failures > 0)
