"""A StorageGRID that shares no code with us: the documented calls over python3-saml. Each account signs in through an identity
provider of its own."""
import datetime
import http.server
import json
import ssl
import threading
import urllib.parse
import uuid

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.settings import OneLogin_Saml2_Settings

GROUPS = {"http://schemas.xmlsoap.org/claims/Group", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "memberOf"}


def pem_body(path):
    return "".join(line.strip() for line in open(path) if "-----" not in line)


class StorageGrid:
    """Tokens in memory; a server on loopback, with TLS."""

    def __init__(self, host, crt, key, admits):
        self.host, self.crt, self.key, self.admits = host, crt, key, admits
        self.accounts, self.requests, self.tokens, self.logouts = {}, {}, {}, {}
        self.errors = []
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                stand_in.answer(self, self.rfile.read(int(self.headers.get("content-length") or 0)).decode())

            do_GET = do_DELETE = do_POST

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(crt, key)
        # In each connection's thread: a client that goes away in its handshake holds up nobody else.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self, idp=None):
        own = f"https://{self.host}"
        redirect, post = ("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-" + binding for binding in ("Redirect", "POST"))
        return {
            "strict": True,
            "sp": {"entityId": f"{own}/grid", "assertionConsumerService": {"url": f"{own}/api/saml-response", "binding": post},
                   "singleLogoutService": {"url": f"{own}/api/saml-logout", "binding": redirect},
                   "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "x509cert": pem_body(self.crt), "privateKey": pem_body(self.key)},
            "idp": idp or {"entityId": "x", "singleSignOnService": {"url": "https://x.test"}, "x509cert": pem_body(self.crt)},
            "security": {"authnRequestsSigned": True, "logoutRequestSigned": True, "wantAssertionsSigned": True, "requestedAuthnContext": False,
                         "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                         "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256", "rejectDeprecatedAlgorithm": True},
        }

    def metadata(self):
        text = OneLogin_Saml2_Settings(self.settings(), sp_validation_only=True).get_sp_metadata()
        return text.decode() if isinstance(text, bytes) else text

    def auth(self, account, path, get=None, post=None, query=""):
        request = {"https": "on", "http_host": self.host, "script_name": path, "get_data": get or {}, "post_data": post or {}, "query_string": query}
        return OneLogin_Saml2_Auth(request, old_settings=self.settings(self.accounts[account]))

    def answer(self, handler, body):
        path, _, query = handler.path.partition("?")
        routes = {("POST", "/api/v3/authorize-saml"): self.authorize, ("POST", "/api/saml-response"): self.redeem, ("GET", "/api/saml-logout"): self.logged_out,
                  ("DELETE", "/api/v3/authorize"): self.leave, ("GET", "/api/v3/org/config"): self.config}
        route = routes.get((handler.command, path))
        try:
            status, data, headers = route(handler, body, query) if route else (404, None, {})
        except Exception as error:  # What python3-saml throws is a fault of this side, and the test's to see.
            self.errors.append(repr(error))
            status, data, headers = 500, None, {}
        text = b""
        if status != 204 and status < 300:
            text = json.dumps({"responseTime": datetime.datetime.now(datetime.timezone.utc).isoformat(), "status": "success", "apiVersion": "3.0", "data": data}).encode()
        elif status >= 400:
            text = json.dumps({"status": "error", "code": status, "apiVersion": "3.0", "message": {"text": data or "refused"}}).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)

    def authorize(self, handler, body, query):
        account = json.loads(body)["accountId"] or "0"
        auth = self.auth(account, "/api/v3/authorize-saml")
        url = auth.login(return_to=account)
        self.requests[auth.get_last_request_id()] = account
        return 200, url, {}

    def redeem(self, handler, body, query):
        fields = dict(urllib.parse.parse_qsl(body))
        account = fields.get("RelayState")
        if account not in self.accounts:
            return 401, "RelayState", {}
        auth = self.auth(account, "/api/saml-response", post=fields)
        auth.process_response()
        asked = auth.get_last_response_in_response_to()
        if auth.get_errors() or self.requests.pop(asked, None) != account:
            self.errors.append(auth.get_last_error_reason())
            return 401, "A valid SubjectConfirmation was not found on this Response", {}
        groups = {value for name, values in auth.get_attributes().items() if name in GROUPS for value in values}
        if self.admits not in groups:
            return 403, "not admitted", {}
        token = str(uuid.uuid4())
        self.tokens[token] = (account, auth.get_nameid(), auth.get_nameid_format(), auth.get_session_index())
        return 200, token, {}

    def bearer(self, handler):
        token = handler.headers.get("authorization", "").removeprefix("Bearer ")
        return token if token in self.tokens else None

    def config(self, handler, body, query):
        return (200, {"sso": True}, {}) if self.bearer(handler) else (401, "token", {})

    def leave(self, handler, body, query):
        token = self.bearer(handler)
        if "sso=true" not in handler.headers.get("cookie", ""):
            self.tokens.pop(token, None)
            return 204, None, {}
        if not token:
            return 401, "token", {}
        account, name, form, index = self.tokens[token]
        auth = self.auth(account, "/api/v3/authorize")
        url = auth.logout(name_id=name, name_id_format=form, session_index=index)
        self.logouts[auth.get_last_request_id()] = token
        return 200, url, {}

    def logged_out(self, handler, body, query):
        fields = dict(urllib.parse.parse_qsl(query))
        for request, token in list(self.logouts.items()):
            auth = self.auth(self.tokens[token][0], "/api/saml-logout", get=fields, query=query)
            auth.process_slo(keep_local_session=True, request_id=request)
            if not auth.get_errors():
                self.tokens.pop(self.logouts.pop(request))
                return 302, None, {"Location": "/"}
            self.errors.append(auth.get_last_error_reason())
        return 401, "logout", {}
