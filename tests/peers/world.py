"""A Portaria of its own for each test: `portaria serve` on free loopback ports, TLS from a certificate made on the spot, and a
browser without JavaScript that reaches every host name there. Python standard library and the `openssl` command only."""
import html
import html.parser
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

passed = 0


def check(what, good, seen=""):
    """One step that must hold; anything else ends the script with what was seen."""
    global passed
    if not good:
        raise SystemExit(f"not ok {passed + 1} - {what}: {str(seen)[:800]}")
    passed += 1
    print(f"ok {passed} - {what}", flush=True)


def done():
    print(f"{passed} passed, 0 failed")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def certificate(folder, name, hosts):
    """A self-signed certificate and key for `hosts` (PEM paths)."""
    crt, key = os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "2", "-subj", "/CN=" + hosts[0],
         "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=" + ",".join("DNS:" + h for h in hosts)],
        check=True, capture_output=True)
    return crt, key


class World:
    """A running `portaria serve`. `doors` are TOML tables of its configuration, as text; `$PORT` in it is the port for TLS,
    `$CERTIFICATE` the file of its certificate."""

    def __init__(self, binary, hosts, doors, database=None):
        self.binary = binary
        self.folder = tempfile.mkdtemp(prefix="portaria-peer-")
        self.crt, key = certificate(self.folder, "tls", hosts)
        self.port, self.plain, self.telemetry = free_port(), free_port(), free_port()
        self.key = os.path.join(self.folder, "master.key")
        with open(self.key, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(os.urandom(32).hex() + "\n")
        self.config = os.path.join(self.folder, "portaria.toml")
        with open(self.config, "w") as f:
            f.write(f"""database = "{database or 'sqlite:' + os.path.join(self.folder, 'portaria.db')}"
master_key = "{self.key}"
[listen]
https = "127.0.0.1:{self.port}"
http = "127.0.0.1:{self.plain}"
telemetry = "127.0.0.1:{self.telemetry}"
[tls]
certificate = "{self.crt}"
key = "{key}"
{doors.replace("$PORT", str(self.port)).replace("$CERTIFICATE", self.crt)}
""")
        self.process = None

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdout=self.log, stderr=self.log)
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                c = http.client.HTTPConnection("127.0.0.1", self.telemetry, timeout=2)
                c.request("GET", "/readyz")
                if c.getresponse().status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit("portaria serve did not become ready:\n" + open(self.log.name, errors="replace").read()[-3000:])

    def apply(self, declaration):
        """Declares `declaration` (TOML text); returns (exit code, output)."""
        path = os.path.join(self.folder, "declaration.toml")
        with open(path, "w") as f:
            f.write(declaration)
        r = subprocess.run([self.binary, "apply", "--config", self.config, "-f", path], capture_output=True, text=True, timeout=60)
        return r.returncode, r.stdout + r.stderr

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)

    def kill(self):
        """As a power cut would: no signal handler runs."""
        self.process.kill()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Answer:
    def __init__(self, url, status, headers, body):
        self.url, self.status, self.headers, self.body = url, status, headers, body

    def field(self, name):
        """Value of a hidden field, decoded."""
        m = re.search(r'<input[^>]*name="%s"[^>]*value="([^"]*)"' % re.escape(name), self.body)
        return html.unescape(m.group(1)) if m else None

    def form(self):
        """Action and fields of the first form that posts."""
        f = Forms()
        f.feed(self.body)
        form = next(x for x in f.forms if x["method"] == "post")
        return urllib.parse.urljoin(self.url, form["action"] or self.url), dict(form["fields"])

    def json(self):
        return json.loads(self.body)


class Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.forms.append({"action": a.get("action") or "", "method": (a.get("method") or "get").lower(), "fields": []})
        elif tag == "input" and self.forms and a.get("name") and a.get("type") not in ("checkbox", "radio"):
            self.forms[-1]["fields"].append((a["name"], a.get("value") or ""))


class Browser:
    """Cookies per host, redirects on request. Every host name is the loopback address of `world`."""

    def __init__(self, world):
        self.world, self.cookies = world, {}
        self.tls = ssl.create_default_context(cafile=world.crt)

    def once(self, url, form=None, headers=None, method=None, body=None):
        u = urllib.parse.urlsplit(url)
        raw = socket.create_connection(("127.0.0.1", self.world.port), timeout=20)
        c = http.client.HTTPSConnection(u.hostname, self.world.port, timeout=20)
        c.sock = self.tls.wrap_socket(raw, server_hostname=u.hostname)
        h = {"Host": u.netloc, **(headers or {})}
        if self.cookies.get(u.hostname):
            h["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies[u.hostname].items())
        if form is not None:
            body = urllib.parse.urlencode(form)
            h["Content-Type"] = "application/x-www-form-urlencoded"
        c.request(method or ("POST" if body is not None else "GET"), (u.path or "/") + ("?" + u.query if u.query else ""), body, h)
        r = c.getresponse()
        text = r.read().decode("utf-8", "replace")
        for value in r.headers.get_all("set-cookie") or []:
            name, _, rest = value.partition("=")
            content = rest.split(";")[0]
            jar = self.cookies.setdefault(u.hostname, {})
            if content == "" or "max-age=0" in rest.lower():
                jar.pop(name, None)
            else:
                jar[name] = content
        c.close()
        return Answer(url, r.status, r.headers, text)

    def go(self, url, form=None, stop=lambda url: False):
        """Follows redirects; a URL that `stop` names is returned unfetched, with status 0."""
        for _ in range(12):
            a = self.once(url, form)
            if a.status not in (301, 302, 303, 307, 308):
                return a
            url, form = urllib.parse.urljoin(url, a.headers["location"]), None
            if stop(url):
                return Answer(url, 0, a.headers, "")
        raise SystemExit("more than 12 redirects")

    def sign_in_adfs(self, page, user, password):
        """Fills the AD FS form on `page`."""
        action, fields = page.form()
        return self.go(action, {**fields, "UserName": user, "Password": password, "AuthMethod": "FormsAuthentication"})


def arguments():
    if len(sys.argv) != 2:
        raise SystemExit(f"usage: {sys.argv[0]} PORTARIA_BINARY")
    return sys.argv[1]
