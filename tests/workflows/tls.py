#!/usr/bin/env python3
"""The strictest verifier at hand accepts the lab's certificates, and the authority can vouch for nothing outside the lab."""
import json
import os
import socket
import ssl
import stat
import subprocess
import sys

STATE = os.path.join(os.environ["LAB_STATE"], "state")
lab = json.load(open(os.path.join(STATE, "lab.json")))
failures = 0


def check(what, holds, found=""):
    global failures
    print(f"ok - {what}" if holds else f"not ok - {what}\n    {found}")
    failures += not holds


def shake_hands(name):
    context = ssl.create_default_context(cafile=lab["ca"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    host, port = lab["https"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as raw, context.wrap_socket(raw, server_hostname=name) as tls:
        return tls.version()


for name in lab["hosts"]:
    try:
        check(f"{name}: strict verification", shake_hands(name) in ("TLSv1.2", "TLSv1.3"))
    except OSError as error:
        check(f"{name}: strict verification", False, error)
try:
    shake_hands("example.org")
    check("another name is refused", False)
except ssl.SSLCertVerificationError as error:
    check("another name is refused", "mismatch" in str(error), error)

text = subprocess.run(["openssl", "x509", "-in", lab["ca"], "-noout", "-text"], capture_output=True, text=True).stdout
check("the authority's names are constrained, critically", "X509v3 Name Constraints: critical" in text, text)
check("to those of the lab", all(f"DNS:{name}" in text for name in lab["hosts"]), text)

for name in ("lab.json", "ca.key", "server.key", "master.key"):
    mode = stat.S_IMODE(os.stat(os.path.join(STATE, name)).st_mode)
    check(f"{name} is for its owner only", mode == 0o600, oct(mode))
check("proxy is a URL, ca an absolute path", lab["proxy"].startswith("http://127.0.0.1:") and os.path.isabs(lab["ca"]), lab)
check("the process is the one that answers", os.path.exists(f"/proc/{lab['pid']}"), lab["pid"])

NODE = """
const tls = require('tls'), net = require('net'), fs = require('fs');
const [ca, at, name] = process.argv.slice(1), [host, port] = at.split(':');
const socket = tls.connect({host, port: Number(port), servername: name, ca: fs.readFileSync(ca)}, () => {
  console.log(socket.authorized ? 'authorized' : socket.authorizationError); socket.destroy();
});
socket.on('error', (error) => console.log(String(error)));
"""
try:
    node = subprocess.run(["node", "-e", NODE, lab["ca"], lab["https"], lab["hosts"][0]], capture_output=True, text=True, timeout=30)
    check("Node accepts the chain", node.stdout.strip() == "authorized", node.stdout + node.stderr)
except FileNotFoundError:
    print("# there is no node here")
sys.exit(failures > 0)
