#!/usr/bin/env python3
"""aiosmtpd as the SMTP server of the HORACIUS door: links by e-mail over STARTTLS and over TLS at once, with a password there;
each link once, 50 at a time and across a power cut; and no letter to a server that cannot be trusted."""
import concurrent.futures
import email
import email.policy
import logging
import os
import queue
import re
import ssl
import subprocess
import tempfile
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from world import Browser, World, arguments, check, done, free_port

# Handshakes that fail are what some of these checks are about; aiosmtpd tells of each at length.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

HOST = "comercial.sso.example.com"
ORIGIN = f"https://{HOST}"
ADDRESS = "ana.souza@mail.example.com"
DECLARATION = f"""
[[organization]]
id = "comercial"
name = "Comercial"
[[organization.user]]
name = "ana@example.com"
full_name = "Ana Souza"
password = "correct horse battery staple"
email = "{ADDRESS}"
"""


def smtp_certificate(folder):
    """An authority, and a certificate for localhost that it signed (PEM paths)."""
    at = lambda name: os.path.join(folder, name)
    run = lambda *command: subprocess.run(command, check=True, capture_output=True)
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    run(*new, "-keyout", at("ca.key"), "-out", at("ca.crt"), "-subj", "/CN=Mail authority")
    run(*new, "-keyout", at("smtp.key"), "-out", at("smtp.crt"), "-subj", "/CN=localhost", "-CA", at("ca.crt"), "-CAkey", at("ca.key"),
        "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
    return at("ca.crt"), at("smtp.crt"), at("smtp.key")


class Mailbox:
    """An SMTP server, and what it took."""

    def __init__(self, tls, **options):
        self.letters = queue.Queue()
        self.port = free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        if options.pop("wrapped", False):
            options["ssl_context"] = context
        elif options.pop("starttls", True):
            options.update(tls_context=context, require_starttls=True)
        self.controller = Controller(self, hostname="localhost", port=self.port, **options)
        self.controller.start()

    async def handle_DATA(self, server, session, envelope):
        self.letters.put((session, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 taken"

    def letter(self):
        return self.letters.get(timeout=30)

    def link(self):
        _, letter = self.letter()
        return re.search(r"https://\S+", letter.get_content()).group(0)

    def stop(self):
        self.controller.stop()


def authenticator(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"portaria", b"mail-password"))


def world(binary, box, mail):
    doors = f"""[mail]
from = "Portaria <no-reply@comercial.example.com>"
server = "localhost"
port = {box.port}
{mail}
[limits]
links_per_hour = 1000
[[door]]
kind = "horacius"
organization = "comercial"
hosts = ["{HOST}"]
"""
    made = World(binary, [HOST], doors)
    code, output = made.apply(DECLARATION)
    check("the organization is declared", code == 0, output)
    return made.start()


def ask(browser, path="/link", name="ana@example.com"):
    page = browser.once(ORIGIN + path)
    action, fields = page.form()
    return browser.once(action, {**fields, "username": name})


def session_of(browser):
    return browser.cookies.get(HOST, {}).get("__Host-portaria-session")


def use(browser, page):
    action, fields = page.form()
    return browser.once(action, fields)


binary = arguments()
folder = tempfile.mkdtemp(prefix="portaria-mail-")
ca, crt, key = smtp_certificate(folder)

box = Mailbox((crt, key), auth_required=True, authenticator=authenticator)
login = 'user = "portaria"\npassword = "mail-password"'
with world(binary, box, f'ca = "{ca}"\n{login}') as portaria:
    browser = Browser(portaria)
    asked = ask(browser)
    session, letter = box.letter()
    check("a letter comes over STARTTLS, signed in", session.ssl is not None and session.authenticated, session.__dict__)
    check("it is addressed to the person", ADDRESS in letter["to"] and "no-reply@comercial.example.com" in letter["from"], letter.as_string())
    check("it is plain text with the organization's name", letter.get_content_type() == "text/plain" and "Comercial" in letter["subject"], letter.as_string())
    url = re.search(r"https://\S+", letter.get_content()).group(0)
    check("its link has the configured origin", url.startswith(ORIGIN + "/enter?link="), url)
    looked = [browser.once(url) for _ in range(3)]
    check("looking at the link uses nothing up", all(a.status == 200 for a in looked) and session_of(browser) is None, looked[0].body)
    use(browser, looked[0])
    check("using it opens a session", session_of(browser) is not None)
    start = browser.once(ORIGIN + "/")
    check("the start page says who is there", "ana@example.com" in start.body and 'type="password"' not in start.body, start.body)
    check("it works once", use(browser, looked[0]).status == 400 and browser.once(url).status == 400)

    nobody = ask(Browser(portaria), name="nobody@example.com")
    check("whoever is nobody reads the same", nobody.status == asked.status and nobody.body == asked.body, nobody.body)

    browser = Browser(portaria)
    ask(browser)
    page = browser.once(box.link())
    action, fields = page.form()
    jar = dict(browser.cookies[HOST])

    def once(_):
        racer = Browser(portaria)
        racer.cookies = {HOST: dict(jar)}
        racer.once(action, fields)
        return session_of(racer)

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        opened = [cookie for cookie in pool.map(once, range(50)) if cookie]
    check("of fifty uses at once one opens a session", len(opened) == 1, opened)

    used, waiting = Browser(portaria), Browser(portaria)
    ask(used)
    used_page = used.once(box.link())
    use(used, used_page)
    ask(waiting)
    waiting_url = box.link()
    portaria.kill()
    portaria.start()
    check("after a power cut a used link stays used", use(used, used_page).status == 400)
    use(waiting, waiting.once(waiting_url))
    check("and one that was not works", session_of(waiting) is not None)

    browser = Browser(portaria)
    ask(browser, "/forgotten", ADDRESS)
    page = Browser(portaria)
    chosen = page.once(box.link())
    action, fields = chosen.form()
    password = "uma girafa no telhado"
    answer = page.once(action, {**fields, "new": password, "again": password})
    check("a forgotten password is set anew", answer.status == 200 and session_of(page) is None, answer.body)
    check("which ends the sessions", 'type="password"' in waiting.once(ORIGIN + "/").body)
    action, fields = page.once(ORIGIN + "/").form()
    page.once(action, {**fields, "username": "ana@example.com", "password": password})
    check("and signs in", session_of(page) is not None)
    check("no letter is left over", box.letters.empty())
box.stop()

box = Mailbox((crt, key), wrapped=True)
with world(binary, box, f'ca = "{ca}"\ntls = "wrapped"') as portaria:
    ask(Browser(portaria))
    session, _ = box.letter()
    check("a letter comes over TLS from the first byte", box.controller.ssl_context is not None)
box.stop()


def refused(portaria):
    for _ in range(300):
        with open(os.path.join(portaria.folder, "log"), errors="replace") as log:
            if "a letter was not taken" in log.read():
                return True
        time.sleep(0.1)
    return False


box = Mailbox((crt, key))
with world(binary, box, "") as portaria:
    ask(Browser(portaria))
    check("no letter goes to a server that nobody vouches for", refused(portaria) and box.letters.empty())
box.stop()

box = Mailbox((crt, key), starttls=False)
with world(binary, box, f'ca = "{ca}"') as portaria:
    ask(Browser(portaria))
    check("no letter goes to a server that offers no STARTTLS", refused(portaria) and box.letters.empty())
box.stop()
done()
