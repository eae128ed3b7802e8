#!/usr/bin/env python3
"""A real Chromium at the three sign-in pages, through the lab's proxy: with the keyboard alone, in three languages, narrow and wide,
with and without a second factor, with and without JavaScript."""
import json
import re
import urllib.request

from chromium import Codes, Visit, check, journeys, lab, opener, telephone

GRID = "https://storagegrid.example.com"
PASSWORD = "my-password"
PLAIN, CAREFUL = "my-sso-username@my-domain", "mfa-user@my-domain"
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

totp = next(user["totp"] for user in lab["users"] if user["user"] == CAREFUL)
codes = Codes(totp)


class Door:
    """One sign-in page: the account behind it, and its fields."""

    def __init__(self, name, account, user, password, code, staged=False):
        self.name, self.account, self.user, self.password, self.code, self.staged = name, account, user, password, code, staged


DOORS = [
    Door("adfs", "12345", "UserName", "Password", "VerificationCode"),
    Door("pingfederate", "67890", "pf.username", "pf.pass", "otp"),
    Door("entra", "24680", "loginfmt", "passwd", "otc", staged=True),
]


def signed_url(account):
    """Step b of StorageGRID's document."""
    request = urllib.request.Request(GRID + "/api/v3/authorize-saml", json.dumps({"accountId": account}).encode(), {"Content-Type": "application/json"})
    return json.load(opener().open(request, timeout=20))["data"]


class SignIn(Visit):
    """A browser that has come to a sign-in page."""

    def __init__(self, browser, door, language, script=True):
        super().__init__(browser, door.name, language, script)
        self.door = door
        self.page.goto(signed_url(door.account))

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
    with SignIn(browser, door, language) as visit:
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
    with SignIn(browser, door, "en", script) as visit:
        visit.inspect("sign in")
        visit.sign_in(PLAIN, PASSWORD)
        visit.stay_not()
        visit.arrive("a password" if script else "a password, without JavaScript,")


def by_telephone(browser, language, script):
    """Entra's push: the number of the page is typed at the telephone, and the page goes on."""
    door = DOORS[2]
    with SignIn(browser, door, language, script) as visit:
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
    with SignIn(browser, door, "es") as visit:
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
    with SignIn(browser, door, "es") as visit:
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


steps = [(journey, door, language) for door in DOORS for language in ("pt-BR", "en", "es")]
steps += [(plainly, door, script) for door in DOORS for script in (True, False)]
steps += [(by_telephone, "en", True), (by_telephone, "pt-BR", False), (denied,), (by_message,)]
journeys(tuple(door.name for door in DOORS), steps)
