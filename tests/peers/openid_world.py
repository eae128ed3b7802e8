"""What both OpenID Connect clients sign in to: an organization with one person, a confidential client, a public one for devices,
and an endpoint that is told of logouts."""
import http.server
import threading
import urllib.parse

from world import Browser, World, arguments, check, free_port

HOST = "localhost"
PERSON, PASSWORD = "ana@example.com", "correct horse battery"
CLIENT, SECRET, PUBLIC = "portal", "a-client-secret-of-more-than-32-characters", "tv"
REDIRECT, BYE = "https://app.test/callback", "https://app.test/bye"


class Told(http.server.BaseHTTPRequestHandler):
    """Takes logout tokens. What it answers first is a failure, so that it is told again."""
    tokens, failures = [], 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        fails = Told.failures > 0
        Told.failures -= 1
        if not fails:
            Told.tokens.append(urllib.parse.parse_qs(body)["logout_token"][0])
        self.send_response(503 if fails else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class OpenIdWorld:
    """The world, started and declared; with other hosts, doors (TOML) and organizations (TOML, `$ISSUER` in it is ours) beside it."""

    def __init__(self, hosts=(), doors="", organizations=""):
        self.beside = list(hosts), doors, organizations

    def __enter__(self):
        hosts, doors, organizations = self.beside
        self.told = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Told)
        threading.Thread(target=self.told.serve_forever, daemon=True).start()
        self.world = World(arguments(), [HOST, *hosts], """
[outbound]
networks = ["127.0.0.1"]
authorities = "$CERTIFICATE"
[[door]]
kind = "horacius"
organization = "comercial"
hosts = ["localhost"]
port = $PORT
""" + doors).start()
        self.issuer = f"https://{HOST}:{self.world.port}"
        code, out = self.world.apply(f"""
[[organization]]
id = "comercial"
[[organization.user]]
name = "{PERSON}"
password = "{PASSWORD}"
full_name = "Ana Souza"
email = "{PERSON}"
[[organization.application]]
id = "{CLIENT}"
name = "Portal"
[organization.application.oauth]
secret = "{SECRET}"
code_redirects = ["{REDIRECT}"]
client_credentials = true
device = true
post_logout_redirects = ["{BYE}"]
back_channel_logout = "http://127.0.0.1:{self.told.server_port}/logged-out"
[[organization.application]]
id = "{PUBLIC}"
name = "Television"
[organization.application.oauth]
device = true
""" + organizations.replace("$ISSUER", self.issuer))
        check("the world is declared", code == 0, out)
        self.browser = Browser(self.world)
        return self

    def __exit__(self, *_):
        self.world.stop()
        self.told.shutdown()

    def visit(self, url, how):
        """Where a person's browser ends that is sent to `url`: signs in or decides where it is asked to."""
        stop = lambda to: to.startswith("https://app.test/")
        page = self.browser.go(url, stop=stop)
        if page.status and page.field("visit") and 'type="password"' in page.body:
            action, fields = page.form()
            page = self.browser.go(action, {**fields, "username": PERSON, "password": PASSWORD}, stop=stop)
        if how in ("approve", "deny"):
            action, fields = page.form()
            page = self.browser.go(action, fields)
            check("the page names the application that asks", "Television" in page.body, page.body)
            action, fields = page.form()
            page = self.browser.go(action, {**fields, "decision": how})
        return page.url
