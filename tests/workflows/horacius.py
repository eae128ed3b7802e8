#!/usr/bin/env python3
"""HORACIUS's document, all three protocols, as an application and a browser without JavaScript see them: requests, addresses and answers
as it prints them, `renewTicketValue`, codes and refresh tokens beside them, and the AuthnRequest that it prints, whose answer xmlsec1
verifies. Python's standard library and the `xmlsec1` command only."""
import base64
import hashlib
import hmac
import html.parser
import http.cookiejar
import json
import os
import re
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zlib

lab = json.load(open(os.path.join(os.environ["LAB_STATE"], "state", "lab.json")))
secrets = {application["id"]: application["secret"] for application in lab["applications"]}
ORIGIN = "https://comercial.sso.example.com"
USER, PASSWORD, NAME, ADDRESS = "comercial@e-trust.com.br", "my-password", "Comercial", "comercial@desenvolvimento.e-trust.com.br"
JWT, OAUTH, SAML = "30251233", "087d672d-1363-4baa-9207-cd2f16304e31", "613d4646-7516-4ab1-894b-454765bee088"
DANTE = "https://dante.intranet.example.com:9090"
CONSUMER = "https://www.google.com/a/desenvolvimento.e-trust.com.br/acs"
# "Fluxo de Autenticação SAML 2.0", without the breaks of the page.
PRINTED = (
    "fVLJTsMwEL0j8Q+W79kqJMBqggoIUYklooEDN8eeNA6OXTxOCn+Pm4KAA1zfPL9lPPOzt16TERwqa3KaxSklYISVyqxz+lhdRSf0rDg8mCPv9YYtBt+aB3gdAD0JLw2yaZDTwRlmOSpkhve"
    "AzAu2WtzesFmcso2z3gqrKVle5lQ2tYDWdJ16aRuja9GB1KKVPUBbgxRKv+hO6I6Sp69Ys12sJeIAS4OeGx+gNDuNsiyapVV2yo6OWXr0TEn56XSuzL7Bf7HqPQnZdVWVUXm/qiaBUUlwd4"
    "Gd07W1aw2xsP3OvuSIagxwwzUCJQtEcD4EvLAGhx7cCtyoBDw+3OS09X6DLEm22238LZPwRAKCGa0eVQ/G2xgi7wb0u2lcu4QLpMW0bTYVdj/W/H8d/hWHFt+G8+SHVPH5i7tyy8vSaiXey"
    "UJru71wwH1oFqKEYlfW9dz/7ZbF2YQoGTUTlQ0GNyBUo0BSkhR719/nEo7oAw==")
RELAY = "https://accounts.google.com/CheckCookie?continue=https%3A%2F%2Fwww.google.com%2F&hl=pt&checkedDomains=youtube&checkConnection=youtube%3A175%3A1&pstMsg=1"
failures = 0


def check(what, holds, found=""):
    global failures
    print(f"ok - {what}" if holds else f"not ok - {what}\n    {str(found)[:600]}", flush=True)
    failures += not holds


class Form(html.parser.HTMLParser):
    """The first form of a page that posts."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form" and self.action is None and given.get("method", "").lower() == "post":
            self.action = given["action"]
        elif tag == "input" and self.action is not None and given.get("name"):
            self.fields[given["name"]] = given.get("value") or ""


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Follows redirects within the organization; where the way leads to an application, `at` is that address."""

    def __init__(self):
        self.opener = urllib.request.build_opener(
            Stay, urllib.request.ProxyHandler({"https": lab["proxy"]}), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=lab["ca"])),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def once(self, url, fields=None, headers=None, method=None):
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            answer = self.opener.open(urllib.request.Request(url, body, headers or {}, method=method), timeout=20)
        except urllib.error.HTTPError as answered:
            answer = answered
        self.at, self.status, self.headers, self.body = url, answer.status, answer.headers, answer.read().decode()
        return self

    def go(self, url, fields=None):
        self.once(url, fields)
        while self.status in (302, 303):
            url = urllib.parse.urljoin(self.at, self.headers["Location"])
            if not url.startswith(ORIGIN + "/"):
                self.at, self.status = url, 0
                break
            self.once(url)
        return self

    def sign_in(self, password=PASSWORD):
        form = Form(self.body)
        return self.go(urllib.parse.urljoin(self.at, form.action), {**form.fields, "username": USER, "password": password})

    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.at).query, keep_blank_values=True))


def api(path, fields=None, headers=None, method=None):
    answer = Browser().once(ORIGIN + path, fields, headers, method)
    return answer.status, json.loads(answer.body) if answer.body.startswith("{") else answer.body


def unpadded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def padded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def by_jwt():
    browser = Browser().go(f"{ORIGIN}/jwt/login/{JWT}/")
    browser.sign_in("not-my-password")
    check("JWT: a wrong password stays on the page, with a message", browser.status == 200 and 'role="alert"' in browser.body, browser.body)
    browser.sign_in()
    check("JWT: the browser is sent to the callback", browser.at.startswith(f"{DANTE}/callback-url/?refer=&jwt="), browser.at)
    check("JWT: with the parameters of the document", list(browser.query()) == ["refer", "jwt", "return_to"], browser.at)
    token = browser.query()["jwt"]
    head, body, signature = token.split(".")
    claims = json.loads(padded(body))
    check("JWT: the header of the document", padded(head) == b'{"typ":"JWT","alg":"HS256"}', padded(head))
    check("JWT: its claims, in its order", list(claims) == ["iss", "iat", "sub", "jti", "name", "email", "renewTicketValue", "exp", "alg"], claims)
    check("JWT: and their values", (claims["sub"], claims["name"], claims["email"], claims["exp"] - claims["iat"]) == (USER, NAME, ADDRESS, 900), claims)
    check("JWT: a ticket of 70 characters", re.fullmatch(r"[A-Za-z0-9~._-]{70}", claims["renewTicketValue"]), claims)
    mac = hmac.new(secrets[JWT].encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    check("JWT: the application verifies it with its secret", hmac.compare_digest(padded(signature), mac))

    bearer = lambda jwt: {"Authorization": f"Bearer {jwt}"}
    user = lambda jwt: api(f"/api/idp/jwt/{JWT}/user", headers=bearer(jwt))
    check("JWT: user", user(token) == (200, {"username": USER, "name": NAME}), user(token))
    forged = f"{head}.{unpadded(json.dumps({**claims, 'sub': 'root'}).encode())}.{signature}"
    unsigned = unpadded(b'{"typ":"JWT","alg":"none"}') + f".{body}."
    check("JWT: a forged one is refused", user(forged)[0] == user(unsigned)[0] == 401)
    renew = lambda: api(f"/api/idp/jwt/{JWT}/renew", {"renewTicketValue": claims["renewTicketValue"]})
    status, renewed = renew()
    check("JWT: the ticket buys another one", status == 200 and user(renewed["jwt"])[0] == 200, renewed)
    check("JWT: once", renew()[0] == 401)
    browser.go(f"{ORIGIN}/jwt/login/{JWT}/")
    fresh = browser.query().get("jwt", "")
    check("JWT: the next sign-in asks nothing", user(fresh)[0] == 200, browser.at)
    revoked = api(f"/api/idp/jwt/{JWT}/revoke", headers=bearer(fresh), method="POST")
    check("JWT: revoke", revoked == (200, {"success_description": "jwt token was revoked"}), revoked)
    check("JWT: a revoked one is refused", user(fresh)[0] == 401)


def by_oauth():
    authorize = lambda browser, **wish: browser.go(f"{ORIGIN}/idp/oauth/authorize/sso/{OAUTH}?" + urllib.parse.urlencode({"client_id": OAUTH, **wish}))
    implicit = dict(redirect_uri=f"{DANTE}/oauth/token", state="", scope="public_profile", response_type="token")
    browser = authorize(Browser(), **implicit).sign_in()
    told = browser.query()
    check("OAuth: the token comes in the query", browser.at.startswith(f"{DANTE}/oauth/token?state=&access_token="), browser.at)
    check("OAuth: as long as the document's, for an hour", re.fullmatch("[0-9a-f]{128}", told["access_token"]) and told["expires_in"] == "3600", told)
    fields = urllib.parse.urlencode({"fields": "username, name, e-mail"})
    info = lambda token: api(f"/api/idp/oauth/userinfo/sso/{OAUTH}?state=s1&access_token={token}&{fields}")
    wanted = {"username": USER, "name": NAME, "email": ADDRESS, "state": "s1"}
    check("OAuth: userinfo", info(told["access_token"]) == (200, wanted), info(told["access_token"]))
    basic = {"Authorization": "Basic " + base64.b64encode(f"{OAUTH}:{secrets[OAUTH]}".encode()).decode()}
    revoked = api(f"/api/idp/oauth/revoke/sso/{OAUTH}", {"state": "123", "access_token": told["access_token"]}, basic)
    check("OAuth: revoke", revoked == (200, {"state": "123", "success_description": "access_token was revoked"}), revoked)
    check("OAuth: a revoked one is refused", info(told["access_token"])[0] == 401)
    away = authorize(Browser(), **{**implicit, "redirect_uri": "https://evil.example.com/"})
    check("OAuth: an address that is not registered gets an error page", away.status == 400 and away.at.startswith(ORIGIN), away.at)

    verifier = unpadded(os.urandom(48))
    asked = dict(redirect_uri=f"{DANTE}/oauth/code", state="xyz", response_type="code", code_challenge_method="S256",
                 code_challenge=unpadded(hashlib.sha256(verifier.encode()).digest()))
    told = authorize(browser, **asked).query()
    check("OAuth: the next sign-in asks nothing; code, state and issuer", told.get("state") == "xyz" and told.get("iss") == ORIGIN and "code" in told, browser.at)
    redeem = lambda code: api(f"/api/idp/oauth/token/sso/{OAUTH}", {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"], "code_verifier": verifier}, basic)
    status, first = redeem(told["code"])
    check("OAuth: the code buys tokens", status == 200 and info(first["access_token"])[0] == 200, first)
    refresh = lambda token: api(f"/api/idp/oauth/token/sso/{OAUTH}", {"grant_type": "refresh_token", "refresh_token": token}, basic)
    status, second = refresh(first["refresh_token"])
    check("OAuth: the refresh token buys others", status == 200 and info(second["access_token"])[0] == 200, second)
    status, again = refresh(first["refresh_token"])
    check("OAuth: once; a second time ends all that came of it", (status, again["error"]) == (400, "invalid_grant") and info(second["access_token"])[0] == 401, again)
    code = authorize(browser, **asked).query()["code"]
    bought = redeem(code)[1]["access_token"]
    status, again = redeem(code)
    check("OAuth: so does a code", (status, again["error"]) == (400, "invalid_grant") and info(bought)[0] == 401, again)


def by_saml():
    start = f"{ORIGIN}/idp/saml/redirect/sso/{SAML}?" + urllib.parse.urlencode({"SAMLRequest": PRINTED, "RelayState": RELAY})
    browser = Browser().go(start).sign_in()
    form = Form(browser.body)
    check("SAML: the response goes to the consumer service of the request", form.action == CONSUMER, form.action)
    check("SAML: RelayState comes back unchanged", form.fields["RelayState"] == RELAY, form.fields["RelayState"])
    response = base64.b64decode(form.fields["SAMLResponse"])
    xml = response.decode()
    request = re.search(r'ID="([a-p]{40})"', zlib.decompress(base64.b64decode(PRINTED), -15).decode()).group(1)
    check("SAML: it answers the printed request", f'InResponseTo="{request}"' in xml and f'Destination="{CONSUMER}"' in xml, xml)
    check("SAML: it speaks of the person", f">{USER}</saml2:NameID>" in xml, xml)
    metadata = Browser().once(f"{ORIGIN}/idp/saml/metadata/{SAML}").body
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        lines = re.search(r'KeyDescriptor use="signing">.*?X509Certificate>([^<]+)<', metadata, re.S).group(1)
        with open(at("key.pem"), "w") as key:
            key.write(f"-----BEGIN CERTIFICATE-----\n{lines.strip()}\n-----END CERTIFICATE-----\n")
        verify = ["xmlsec1", "--verify", "--pubkey-cert-pem", at("key.pem"), "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", at("response.xml")]

        def verifies(document):
            with open(at("response.xml"), "wb") as file:
                file.write(document)
            return subprocess.run(verify, capture_output=True, text=True)

        good, bad = verifies(response), verifies(response.replace(USER.encode(), b"root@e-trust.com.br"))
        check("SAML: xmlsec1 verifies its signature", good.returncode == 0, good)
        check("SAML: and not that of a changed one", bad.returncode != 0, bad)
    again = Form(browser.go(start).body)
    check("SAML: the next sign-in asks nothing", again.action == CONSUMER and "SAMLResponse" in again.fields, browser.body)
    other = Browser().once(start.replace("SAMLRequest=", "SAMLRequest=A"))
    check("SAML: a request that cannot be read gets a page and no response", other.status == 400 and "SAMLResponse" not in other.body, other.body)


for protocol in (by_jwt, by_oauth, by_saml):
    protocol()
raise SystemExit(failures > 0)
