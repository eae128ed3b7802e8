#!/usr/bin/env python3
"""A cloud PSC and a signing service, both in Python, around our gateway. The PSC fails in the ways that networks know; clients go
away; the gateway is killed. No one-time password arrives twice, and no session stays open that should have ended."""
import base64
import http.client
import http.server
import itertools
import json
import random
import socket
import threading
import time

from world import World, arguments, check, done

HOLDER = "52998224725"
RESET, LATE, FAILS = "900001", "900002", "900003"


class Psc:
    """What the cloud remembers."""

    def __init__(self):
        self.lock, self.tokens = threading.Lock(), itertools.count(1)
        self.open, self.answered, self.passwords = set(), set(), []

    def session(self):
        token = f"{next(self.tokens):040x}"
        self.open.add(token)
        return token


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, status, document):
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def psc_handler(psc):
    class PscHandler(Handler):
        def do_POST(self):
            asked = json.loads(self.body())
            name = self.path.rsplit("/", 1)[1]
            if name == "pwd_authorize":
                return self.authorize(asked)
            if name == "revoke":
                with psc.lock:
                    psc.open.discard(asked["token"])
                return self.answer(200, {})
            return self.answer(404, {})

        def authorize(self, asked):
            otp = asked["password"]
            with psc.lock:
                psc.passwords.append(otp)
                if otp == RESET:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    self.connection.close()
                    self.close_connection = True
                    return
                token = psc.session()
            if otp == LATE:
                time.sleep(12)
            if otp == FAILS:
                return self.answer(500, {"title": "failed after success"})
            self.answer(200, {"access_token": token, "expires_in": asked["lifetime"], "token_type": "bearer", "scope": asked["scope"]})
            if otp not in (LATE, FAILS):
                psc.answered.add(token)

        def do_GET(self):
            token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
            known = token in psc.open
            self.answer(200 if known else 401, {"status": "S", "certificates": []} if known else {})

    return PscHandler


class Signing(Handler):
    """The signing service: echoes, fails, breaks off, or swallows an upload."""

    def do_GET(self):
        if self.path == "/error":
            return self.answer(500, {"error": "signing failed"})
        if self.path == "/download":
            self.send_response(200)
            self.send_header("Content-Length", str(512 << 20))
            self.end_headers()
            for _ in range(512):
                self.wfile.write(b"x" * (1 << 20))
            return
        if self.path == "/slow":
            time.sleep(0.3)
        if self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.close_connection = True
            return
        self.answer(200, {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}})

    def do_POST(self):
        if "chunked" not in (self.headers.get("transfer-encoding") or ""):
            return self.answer(200, {"bytes": len(self.body())})
        count = 0
        while (size := int(self.rfile.readline(), 16)) > 0:
            left = size
            while left:
                left -= len(self.rfile.read(min(left, 1 << 20)))
            count += size
            self.rfile.readline()
        self.rfile.readline()
        self.answer(200, {"bytes": count})


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Gateway:
    def __init__(self, world):
        self.world, self.codes = world, itertools.count(100_000)

    def otp(self):
        return str(next(self.codes))

    def call(self, path="/", headers=None, authorization=None, method="GET", body=None, timeout=40):
        c = http.client.HTTPConnection("127.0.0.1", self.world.plain, timeout=timeout)
        h = {"Host": "cess.local", **(headers or {})}
        if authorization:
            h["Authorization"] = authorization
        c.request(method, path, body, h, encode_chunked=body is not None and not isinstance(body, (bytes, str)))
        r = c.getresponse()
        r.text = r.read().decode()
        c.close()
        return r

    def basic(self, otp, **more):
        return self.call(authorization="Basic " + base64.b64encode(f"{HOLDER}:{otp}".encode()).decode(), **more)

    def download(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.world.plain, timeout=120)
        basic = base64.b64encode(f"{HOLDER}:{self.otp()}".encode()).decode()
        c.request("GET", path, headers={"Host": "cess.local", "Authorization": f"Basic {basic}"})
        r, count = c.getresponse(), 0
        while part := r.read(1 << 20):
            count += len(part)
        c.close()
        return count

    def abort(self, otp, path):
        """A client that goes away before its answer."""
        s = socket.create_connection(("127.0.0.1", self.world.plain), timeout=10)
        basic = base64.b64encode(f"{HOLDER}:{otp}".encode()).decode()
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: cess.local\r\nAuthorization: Basic {basic}\r\n\r\n".encode())
        time.sleep(random.uniform(0, 0.1))
        s.close()


def memory(pid, what):
    """`VmRSS` is what a process has now, `VmHWM` the most that it had, in KiB."""
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what))


def forget_peak(pid):
    """Lets the peak begin again at what the process has now, and returns that."""
    with open(f"/proc/{pid}/clear_refs", "w") as f:
        f.write("5")
    return memory(pid, "VmRSS")


def until(condition, seconds):
    for _ in range(seconds * 10):
        if condition():
            return True
        time.sleep(0.1)
    return False


def main():
    random.seed(7)
    psc = Psc()
    cloud, signing = serve(psc_handler(psc)), serve(Signing)
    doors = f"""
[[door]]
kind = "cess"
organization = "signing"
hosts = ["cess.local"]
plain = true
[[door.gateway.provider]]
id = "PY"
url = "http://127.0.0.1:{cloud}"
client_id = "gateway"
client_secret = "secret-of-the-gateway"
schema = true
[[door.gateway.upstream]]
url = "http://127.0.0.1:{signing}"
"""
    with World(arguments(), ["adfs.test"], doors) as world:
        code, out = world.apply('[[organization]]\nid = "signing"\n')
        check("apply", code == 0, out)
        world.start()
        gateway = Gateway(world)

        r = gateway.call()
        check("no credential: 401, every scheme offered", r.status == 401 and len(r.headers.get_all("www-authenticate")) == 3, r.headers)
        otp = gateway.otp()
        r = gateway.basic(otp, headers={"X-Portaria-Holder": "root", "Connection": "x-private", "X-Private": "1", "VCSchemaCfg": "returnAccessToken=true"})
        seen = json.loads(r.text)["headers"]
        check("the upstream learns who it is from us alone", r.status == 200 and seen["x-portaria-holder"] == HOLDER and seen["x-portaria-provider"] == "PY", r.text)
        check("no credential and nothing of one connection goes on", not {"authorization", "vcschemacfg", "x-private"} & set(seen), seen)
        token, lifetime, provider = r.headers["VCSchemaData"].split(";")
        check("VCSchemaData", provider == "PY" and lifetime == "43200", r.headers["VCSchemaData"])
        check("the session has ended with the transaction", token not in psc.open)
        check("a bad wish is 400 and spends no password", gateway.basic(gateway.otp(), headers={"VCSchemaCfg": "lifetime=x"}).status == 400 and len(psc.passwords) == 1)

        for otp, status in ((RESET, 504), (FAILS, 502), (LATE, 504)):
            r = gateway.basic(otp)
            check(f"a PSC that fails ({otp}) is {status} with a problem document", r.status == status and json.loads(r.text)["status"] == status, (r.status, r.text))
            check("and the password was sent once", psc.passwords.count(otp) == 1, psc.passwords)

        before = forget_peak(world.process.pid)
        chunk = b"x" * (1 << 20)
        r = gateway.basic(gateway.otp(), path="/upload", method="POST", body=(chunk for _ in range(2048)), headers={"Transfer-Encoding": "chunked"}, timeout=300)
        check("2 GiB stream up", r.status == 200 and json.loads(r.text)["bytes"] == 2 << 30, r.text)
        check("in constant memory", memory(world.process.pid, "VmHWM") - before < 48 * 1024, (before, memory(world.process.pid, "VmHWM")))
        before = forget_peak(world.process.pid)
        check("and 512 MiB down", gateway.download("/download") == 512 << 20)
        check("in constant memory too", memory(world.process.pid, "VmHWM") - before < 48 * 1024, (before, memory(world.process.pid, "VmHWM")))

        def some(count):
            for _ in range(count):
                kind = random.choice(["good", "error", "broken", "abort", "slow-abort"])
                try:
                    if kind == "abort":
                        gateway.abort(gateway.otp(), "/")
                    elif kind == "slow-abort":
                        gateway.abort(gateway.otp(), "/slow")
                    else:
                        gateway.basic(gateway.otp(), path={"good": "/", "error": "/error", "broken": "/broken"}[kind])
                except (OSError, http.client.HTTPException):
                    pass

        def burst(count):
            threads = [threading.Thread(target=some, args=(count,)) for _ in range(8)]
            for t in threads:
                t.start()
            return threads

        for t in burst(60):
            t.join()
        left = lambda: [t for t in psc.answered if t in psc.open]
        check("clients that go away and upstreams that fail leave no session open", until(lambda: not left(), 20), left())

        kills = 8
        for _ in range(kills):
            threads = burst(9)
            time.sleep(random.uniform(0.1, 0.6))
            world.kill()
            for t in threads:
                t.join()
            world.start()
        # An answer that was on its way when the power went never arrived: nobody can know that token.
        lost = lambda: len(left())
        until(lambda: not left(), 40)
        check(f"after {kills} kills only sessions whose answer never arrived are left, to expire", lost() <= 8 * kills, left())
        tried = next(gateway.codes) - 100_000
        check("in a thousand transactions and more", tried >= 1000, tried)
        print(f"# {tried} transactions, {len(psc.answered)} sessions, {lost()} of them left to expire")
        check("no one-time password arrived twice", len(psc.passwords) == len(set(psc.passwords)), len(psc.passwords))
        log = open(world.log.name, errors="replace").read()
        check("no password, token or whole CPF is in the log", not any(s in log for s in (HOLDER, token, "secret-of-the-gateway")))
        done()


if __name__ == "__main__":
    main()
