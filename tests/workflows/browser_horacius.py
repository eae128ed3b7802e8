#!/usr/bin/env python3
"""A real Chromium at the pages of HORACIUS, through the lab's proxy: with the keyboard alone, in three languages, narrow and wide, with
and without JavaScript. Sign-in, start page, account, letters, devices, a partner, applications, and how each of them ends."""
import base64
import email
import email.policy
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from chromium import STATE, Codes, Visit, check, journeys, lab, opener

ORIGIN = "https://comercial.sso.example.com"
GRID = "https://storagegrid.example.com"
DANTE = "https://dante.intranet.example.com:9090"
USER, ADDRESS = "comercial@e-trust.com.br", "comercial@desenvolvimento.e-trust.com.br"
JWT, OAUTH, SAML = "30251233", "087d672d-1363-4baa-9207-cd2f16304e31", "613d4646-7516-4ab1-894b-454765bee088"
PARTNERS = "my-sso-username@my-domain"
LANGUAGES = [("pt-BR", True), ("en", False), ("es", True)]
# Changed by the journeys below, one after another.
password = "my-password"
openid = next(application for application in lab["applications"] if application["kind"] == "openid")


class Person(Visit):
    """Somebody at the pages of `comercial`."""

    def __init__(self, browser, what, language, script=True):
        super().__init__(browser, f"horacius-{what}", language, script)
        self.visited = []
        self.context.on("request", lambda request: self.visited.append(request.url))

    def go(self, path):
        self.page.goto(ORIGIN + path if path.startswith("/") else path)

    def follow(self, selector):
        """Goes to a link or button with the keyboard's help: it must be able to have the focus."""
        self.page.locator(selector).focus()
        self.enter()

    def fill(self, **fields):
        """Types into the fields of those ids and presses Enter in the last."""
        for field, text in fields.items():
            self.tab_to_id(field)
            self.press("Control+A")
            self.type(text)
        self.enter()

    def tab_to_id(self, field):
        for _ in range(40):
            if self.page.evaluate("document.activeElement.id") == field:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {field}")

    def sign_in(self, word=None):
        """Whoever is asked again need not type the name again."""
        named = self.page.locator("#username").input_value() == USER
        typed = {"password": word or password}
        self.fill(**(typed if named else {"username": USER, **typed}))

    def signed_in(self, path="/"):
        self.go(path)
        self.sign_in()

    def text(self, selector="main"):
        return self.page.locator(selector).inner_text()

    def shows(self, what, selector, pattern=r"\S"):
        found = self.page.locator(selector)
        seen = found.first.inner_text() if found.count() else self.page.content()
        check(self.where(what), found.count() and re.search(pattern, seen), seen)

    def hand_over(self):
        if not self.script:
            self.follow('form[name="hiddenform"] [type="submit"]')


def play(hosts):
    """A machine of those applications, over TLS, which answers everything with where it is; returns where it listens."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"<!DOCTYPE html><title>{self.headers['Host']}</title><p>Here is {self.headers['Host']}.".encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    folder = tempfile.mkdtemp()
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    names = "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=" + hosts[0], "-addext", names],
                   check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    # In each connection's thread: browsers open some that they never speak on.
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shutil.rmtree(folder)
    return f"127.0.0.1:{server.server_address[1]}"


def letters():
    folder = os.path.join(STATE, "mail")
    return set(os.listdir(folder)) if os.path.isdir(folder) else set()


def link(before):
    """The link in the letter that was not there before."""
    for _ in range(100):
        fresh = letters() - before
        if fresh:
            break
        time.sleep(0.1)
    with open(os.path.join(STATE, "mail", fresh.pop()), "rb") as file:
        letter = email.message_from_binary_file(file, policy=email.policy.default)
    return re.search(r"https://\S+", letter.get_content()).group(0)


def at_home(browser, language, script):
    """Start page and account: everything that a person sees and changes of their own."""
    global password
    chosen = f"uma girafa no telhado em {language}"
    with Person(browser, "home", language, script) as person, Person(browser, "elsewhere", language, script) as elsewhere:
        person.go("/")
        check(person.where("typing can begin at once"), person.focused() == "username", person.focused())
        person.inspect("sign in")
        person.sign_in("not-my-password")
        person.alert("a wrong password")
        check(person.where("the password is asked for again"), person.focused() == "password", person.focused())
        person.inspect("wrong password")
        person.sign_in()
        person.shows("the start page says who is there", "#user", USER)
        person.shows("and has the applications", "#applications", r"Callback[\s\S]*Google[\s\S]*StorageGRID")
        person.inspect("start")

        person.follow('a[href="/account"]')
        person.inspect("account")
        person.fill(old="not-my-password", new=chosen, again=chosen)
        person.alert("a wrong old password")
        person.inspect("wrong old password")
        person.fill(old=password, new=chosen, again=chosen + "!")
        person.alert("two new passwords that differ")
        person.fill(old=password, new="telhado", again="telhado")
        person.alert("a short password")
        person.fill(old=password, new=chosen, again=chosen)
        password = chosen
        person.shows("the password is changed", "#done")
        person.inspect("password changed")

        elsewhere.signed_in("/account")
        elsewhere.shows("the new password signs in elsewhere", "#user", USER)
        person.go("/account")
        check(person.where("both sessions are shown"), person.page.locator("#sessions > li").count() == 2, person.text())
        person.inspect("two sessions")
        person.follow("#elsewhere-form button")
        person.shows("signed out elsewhere", "#done")
        elsewhere.go("/account")
        check(person.where("which the other browser notices"), elsewhere.field("password").count() == 1, elsewhere.text())

        person.follow("#enrol")
        picture = person.page.locator('svg[role="img"]')
        check(person.where("the picture for the authenticator has a name"), picture.is_visible() and picture.get_attribute("aria-label"), person.page.content())
        person.inspect("enrolment")
        person.fill(password=password, shown="000000")
        person.alert("a code of no authenticator")
        person.inspect("wrong enrolment code")
        codes = Codes(person.text("#secret").replace(" ", ""), last=0)
        person.fill(password=password, shown=codes.next())
        spare = person.page.locator("#recovery-codes code").all_inner_texts()
        check(person.where("ten recovery codes"), len(spare) == 10, spare)
        person.inspect("recovery codes")
        person.follow('a[href="/account"]')
        person.inspect("with authenticator")

        elsewhere.sign_in()
        check(elsewhere.where("the code can be typed at once"), elsewhere.focused() == "code", elsewhere.focused())
        elsewhere.inspect("code")
        elsewhere.fill(code="000000")
        elsewhere.alert("a wrong code")
        elsewhere.inspect("wrong code")
        elsewhere.fill(code=codes.next())
        elsewhere.shows("the second factor signs in", "#user", USER)

        person.page.locator("#proof-password").fill(password)
        person.page.locator("#proof-code").fill(spare[0])
        person.follow('button[formaction="/account/authenticator/remove"]')
        person.shows("a recovery code takes the authenticator away", "#done")

        person.follow('a[href="/logout"]')
        person.inspect("sign out")
        person.follow("a.button")
        person.inspect("signed out")
        person.go("/account")
        check(person.where("nobody is signed in any more"), person.field("password").count() == 1, person.text())


def forgotten(browser, language, script):
    global password
    with Person(browser, "forgotten", language, script) as person:
        person.go("/")
        person.follow('a[href="/forgotten"]')
        person.inspect("forgotten")
        before = letters()
        person.fill(username=ADDRESS)
        person.inspect("sent")
        address = link(before)
        person.go(address)
        person.inspect("new password")
        person.fill(new="telhado", again="telhado")
        person.alert("a short password")
        person.inspect("short password")
        password = f"duas girafas no telhado em {language}"
        person.fill(new=password, again=password)
        person.inspect("password set")
        person.go(address)
        person.alert("a link that was used")
        person.inspect("over")
        person.signed_in()
        person.shows("the password that was set signs in", "#user", USER)


def by_link(browser, language, script):
    """In without a password, and on to the application that the browser came for."""
    with Person(browser, "link", language, script) as person:
        person.go(f"/jwt/login/{JWT}/")
        person.tab_to_id("username")
        person.type(USER)
        before = letters()
        person.follow("#ask-link")
        person.inspect("sent")
        person.go(link(before))
        person.inspect("enter")
        person.enter()
        if not person.script:
            person.page.wait_for_url(re.compile(re.escape(DANTE)))
        person.page.wait_for_url(re.compile(r"/callback-url/\?refer=&jwt=[^&]+&return_to="))
        check(person.where("a link leads on to the application"), True)


def post(path, fields):
    request = urllib.request.Request(ORIGIN + path, urllib.parse.urlencode(fields).encode())
    try:
        return json.load(opener().open(request, timeout=20))
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def device(browser, language, script):
    client = {"client_id": openid["id"], "client_secret": openid["secret"]}
    with Person(browser, "device", language, script) as person:
        for decision in ("deny", "approve"):
            begun = post("/idp/oauth/device_authorization", {**client, "scope": "openid profile"})
            if decision == "deny":
                person.signed_in(urllib.parse.urlsplit(begun["verification_uri"]).path)
                person.inspect("device")
                person.fill(user_code="BCDF-BCDF-BCDF")
                person.alert("a code of no device")
                person.inspect("wrong device code")
                person.fill(user_code=begun["user_code"].replace("-", " ").lower())
            else:
                person.go(begun["verification_uri_complete"])
                check(person.where("the code came with the address"), person.page.locator("#user_code").input_value() == begun["user_code"], person.text())
                person.follow("#device-form button")
            person.shows("the page names the application", "#application", "Dante, by OpenID Connect")
            person.inspect("confirmation")
            person.follow(f'button[value="{decision}"]')
            person.inspect(decision)
            answer = post("/idp/oauth/token", {**client, "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"]})
            good = answer.get("error") == "access_denied" if decision == "deny" else "access_token" in answer
            check(person.where(f"the device learns of it: {decision}"), good, answer)


def partner(browser, language, script):
    """Somebody whose password is kept elsewhere."""
    with Person(browser, "partner", language, script) as person:
        person.go("/account")
        person.follow("#partners a")
        person.page.wait_for_url(re.compile(r"^https://adfs\.example\.com"))
        person.page.locator("#userNameInput").fill(PARTNERS)
        person.page.locator("#passwordInput").fill("my-password")
        person.press("Enter")
        person.hand_over()
        person.page.wait_for_url(ORIGIN + "/account")
        person.shows("a partner's person is signed in", "#user", PARTNERS)
        check(person.where("no form that could only refuse"), person.field("password").count() == 0, person.text())
        person.inspect("account")


def sign_in_to_applications(person):
    """One of each protocol, after one sign-in."""
    person.go(f"/jwt/login/{JWT}/")
    person.inspect("sign in")
    person.sign_in()
    person.page.wait_for_url(re.compile(r"/callback-url/\?refer=&jwt="))
    wish = {"client_id": OAUTH, "redirect_uri": f"{DANTE}/oauth/token", "state": "s", "scope": "public_profile", "response_type": "token"}
    person.go(f"/idp/oauth/authorize/sso/{OAUTH}?" + urllib.parse.urlencode(wish))
    person.page.wait_for_url(re.compile(r"/oauth/token\?state=s&access_token="))
    person.go(f"/idp/saml/redirect/sso/{SAML}")
    if not person.script:
        person.inspect("hand over")
    person.hand_over()
    person.page.wait_for_url("https://www.google.com/**")
    request = urllib.request.Request(GRID + "/api/v3/authorize-saml", b'{"accountId": "13579"}', {"Content-Type": "application/json"})
    person.go(json.load(opener().open(request, timeout=20))["data"])
    person.hand_over()
    person.page.wait_for_url(re.compile(r"^https://storagegrid\.example\.com(:443)?/"))
    check(person.where("one sign-in serves all protocols"), re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", person.text("body")), person.text("body"))


def sign_out(browser, language, script):
    """The end of all that: each application is told or visited, and the last page says how each took it."""
    with Person(browser, "sign-out", language, script) as person:
        sign_in_to_applications(person)
        person.go("/account")
        person.shows("the session names its applications", "#sessions", r"Callback[\s\S]*Dante[\s\S]*Google[\s\S]*StorageGRID")
        person.inspect("sessions")
        person.go("/logout")
        person.inspect("sign out")
        person.follow("a.button")
        person.page.wait_for_url(ORIGIN + "/logout**")
        frame = person.page.frame_locator("#applications iframe").locator("body")
        check(person.where("the application's own page is called"), "Here is dante" in frame.inner_text(), person.visited)
        check(person.where("at its address"), f"{DANTE}/oauth/logout" in person.visited, person.visited)
        outcomes = person.page.evaluate("[...document.querySelectorAll('#applications dt')].map(t => [t.innerText, t.nextElementSibling.firstChild.data.trim()])")
        check(person.where("every other application has its line"), [name for name, _ in outcomes] == ["Google", "StorageGRID", "Dante"] and len({text for _, text in outcomes}) == 3, outcomes)
        person.inspect("signed out")


def kept(browser, language, script):
    """An application that keeps the browser for itself."""
    with Person(browser, "kept", language, script) as person:
        sign_in_to_applications(person)
        tools = person.context.new_cdp_session(person.page)
        dead = base64.b64encode(b"<p>There is no way back.").decode()
        tools.on("Fetch.requestPaused", lambda paused: tools.send("Fetch.fulfillRequest", {"requestId": paused["requestId"], "responseCode": 200, "body": dead}))
        tools.send("Fetch.enable", {"patterns": [{"urlPattern": f"{GRID}*/api/saml-logout*"}]})
        person.go("/logout")
        person.follow("a.button")
        check(person.where("the browser is kept"), "no way back" in person.text("body"), person.text("body"))
        person.go("/logout")
        person.shows("asking again goes on past it", "#applications", r"Google[\s\S]*StorageGRID[\s\S]*Dante")
        person.inspect("signed out")


def refused(browser, language, script):
    """What is nobody's fault who reads it."""
    with Person(browser, "refused", language, script) as person:
        wish = {"client_id": OAUTH, "redirect_uri": "https://evil.example.com/", "response_type": "code"}
        for what, path in [
            ("address", "/idp/oauth/authorize?" + urllib.parse.urlencode(wish)),
            ("application", "/jwt/login/nobody/"),
            ("request", f"/idp/saml/redirect/sso/{SAML}?SAMLRequest=" + base64.b64encode(b"x").decode()),
            ("link", "/enter?link=x"),
            ("partner", "/partner/nobody"),
        ]:
            person.go(path)
            person.alert(f"a refused {what}")
            person.inspect(what)


steps = [(at_home, *way) for way in LANGUAGES]
steps += [(forgotten, *way) for way in LANGUAGES]
steps += [(by_link, "pt-BR", True), (by_link, "en", False)]
steps += [(device, *way) for way in LANGUAGES]
steps += [(partner, "pt-BR", True), (partner, "en", False), (partner, "es", True)]
steps += [(sign_out, *way) for way in LANGUAGES]
steps += [(kept, "en", True), (kept, "es", False)]
steps += [(refused, *way) for way in LANGUAGES]
applications = ["dante.intranet.example.com", "www.google.com"]
journeys("horacius-", steps, dict.fromkeys(applications, play(applications)))
