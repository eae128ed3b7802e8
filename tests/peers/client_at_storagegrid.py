#!/usr/bin/env python3
"""`portaria login` and `logout` against a StorageGRID that is not ours, behind our three sign-in doors."""
import base64
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import threading
import time
import urllib.parse

from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from storagegrid import StorageGrid
from world import Browser, World, arguments, certificate, check, done

SG, ADFS, PING, ENTRA = "grid.test", "adfs.test", "ping.test", "entra.test"
DIRECTORY = "11111111-2222-4333-8444-555555555555"
PASSWORD = "correct horse battery"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
DOORS = f"""
[[door]]
kind = "adfs"
organization = "people"
hosts = ["{ADFS}"]
[[door]]
kind = "pingfederate"
organization = "people"
hosts = ["{PING}"]
[[door]]
kind = "entra"
organization = "people"
hosts = ["{ENTRA}"]
directory = "{DIRECTORY}"
"""
# Account, method, host, and where the host tells what it is.
SYSTEMS = [
    ("1", "adfs", ADFS, "/FederationMetadata/2007-06/FederationMetadata.xml"),
    ("2", "pingfederate", PING, "/pf/federation_metadata.ping?PartnerSpId=" + urllib.parse.quote(f"https://{SG}/grid", safe="")),
    ("3", "azure", ENTRA, f"/{DIRECTORY}/federationmetadata/2007-06/federationmetadata.xml"),
]


def proxy(ports):
    """An HTTP proxy that knows these names; returns its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        try:
            # However it ended, the other side hears of it.
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(4096)
            if not more:
                return
            head += more
        host = head.split()[1].decode().split(":")[0]
        if host not in ports:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return client.close()
        upstream = socket.create_connection(("127.0.0.1", ports[host]))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=pump, args=(client, upstream), daemon=True).start()
        pump(upstream, client)

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return "http://127.0.0.1:%d" % listener.getsockname()[1]


def code():
    """RFC 6238."""
    mac = hmac.new(base64.b32decode(SECRET), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[19] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


def main():
    binary = arguments()
    with World(binary, [ADFS, PING, ENTRA], DOORS) as world:
        crt, key = certificate(world.folder, "grid", [SG])
        grid = StorageGrid(SG, crt, key, admits="storage")
        people = ['name = "ana@corp.test"\ngroups = ["storage"]', 'name = "outsider@corp.test"\ngroups = ["others"]']
        # One for each door: a code is good once, wherever it is typed.
        people += [f'name = "careful-{account}@corp.test"\ngroups = ["storage"]\ntotp = "{SECRET}"' for account, *_ in SYSTEMS]
        users = "".join(f'[[organization.user]]\npassword = "{PASSWORD}"\n{person}\n' for person in people)
        exit_code, out = world.apply(f"""
[[organization]]
id = "people"
{users}
[[organization.application]]
id = "grid"
sign_requests = true
metadata = '''{grid.metadata()}'''
""")
        check("apply takes the other StorageGRID's metadata", exit_code == 0, out)
        world.start()
        browser = Browser(world)
        for account, _, host, path in SYSTEMS:
            page = browser.once(f"https://{host}{path}")
            check(f"{host}: our metadata is served", page.status == 200, page.body)
            grid.accounts[account] = OneLogin_Saml2_IdPMetadataParser.parse(page.body)["idp"]

        bundle = os.path.join(world.folder, "bundle.pem")
        with open(bundle, "w") as f:
            f.write(open(world.crt).read() + open(crt).read())
        home = os.path.join(world.folder, "home")
        os.mkdir(home)
        address = proxy({SG: grid.port, **{host: world.port for host in (ADFS, PING, ENTRA)}})

        def portaria(*line, **variables):
            environment = {"PATH": os.environ["PATH"], "HOME": home, "HTTPS_PROXY": address, "SSL_CERT_FILE": bundle, "PORTARIA_PASSWORD": PASSWORD, **variables}
            return subprocess.run([binary, *line], env=environment, capture_output=True, text=True, timeout=60)

        def login(system, user, *more, **variables):
            account, method, host, _ = system
            return portaria("login", "--no-input", "--method", method, "--address", SG, "--account", account, "--user", user, "--domain", "corp.test",
                            "--trust-host", host, "-o", "token", *more, **variables)

        def full(system, user):
            # PingFederate's page takes the name as it is.
            return user + "@corp.test" if system[1] == "pingfederate" else user

        for system in SYSTEMS:
            method = system[1]
            wrong = login(system, full(system, "ana"), PORTARIA_PASSWORD="wrong")
            check(f"{method}: a wrong password is exit 4", wrong.returncode == 4 and "[login.password]" in wrong.stderr, wrong)
            outsider = login(system, full(system, "outsider"))
            check(f"{method}: a person whom it does not admit is exit 4", outsider.returncode == 4 and "[login.denied]" in outsider.stderr, outsider)
            needed = login(system, full(system, f"careful-{system[0]}"))
            check(f"{method}: a second factor, and nobody to ask, is exit 5", needed.returncode == 5, needed)
            second = login(system, full(system, f"careful-{system[0]}"), "--no-cache", PORTARIA_OTP=code())
            check(f"{method}: password and code buy a token", second.returncode == 0 and second.stdout.strip() in grid.tokens, (second, grid.errors))
            first = login(system, full(system, "ana"))
            token = first.stdout.strip()
            check(f"{method}: a password buys a token", first.returncode == 0 and token in grid.tokens, (first, grid.errors))
            status = portaria("status", "--json")
            check(f"{method}: status asks StorageGRID", status.returncode == 0 and '"ana' in status.stdout, status)
            before = len(grid.errors)
            left = portaria("logout")
            check(f"{method}: logout tells both steps", left.returncode == 0 and left.stderr.count(": done") == 2, left)
            check(f"{method}: python3-saml accepted the LogoutResponse", not grid.logouts and len(grid.errors) == before, grid.errors)
            check(f"{method}: the token is dead", token not in grid.tokens)
            again = portaria("token", "--no-input", PORTARIA_PASSWORD="")
            check(f"{method}: and forgotten", again.returncode == 5, again)
        done()


if __name__ == "__main__":
    main()
