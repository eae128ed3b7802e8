#!/usr/bin/env python3
"""`portaria login` at a terminal: what it asks, in which order, and that it never waits for somebody who is not there. Then a canary:
a password that was typed everywhere lies nowhere, not on a command line, not in a log, not in a file of either side."""

import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import tempfile
import threading

from terminal import LAB, LINE, PASSWORD, PROGRAM, STATE, Terminal, check, end, environment

GRID = "storagegrid.example.com"


def portaria(home, *arguments, **more):
    """The program without a terminal."""
    own = {"PATH": os.environ["PATH"], **environment(home, **more)}
    return subprocess.run([PROGRAM, *arguments], env=own, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def bare(home):
    """The questions of StorageGRID's scripts, in their order; a blank answer means what it means there."""
    terminal = Terminal(PROGRAM, ["login"], environment(home))
    asked = [
        ("Sign-on method", "nonsense"),
        ("Sign-on method", "ADFS"),
        ("User name", "my-sso-username"),
        ("Domain", "my-domain"),
        ("Address of StorageGRID", GRID),
        ("Account", ""),
        ("Password", PASSWORD),
        ("May your password go to adfs.example.com", "y"),
    ]
    for question, answer in asked:
        if not terminal.answer(question, answer):
            check(f"bare login asks: {question}", False, terminal.text())
            break
    code = terminal.code()
    shown = terminal.text()
    check("bare login asks what the scripts ask, in their order, and signs in: 0", code == 0 and LINE.search(shown), f"{code}: {shown}")
    check("an answer that cannot be meant is asked for again", "wanted:" in shown, shown)
    check("the password is not shown", PASSWORD not in shown, shown)
    status = portaria(home, "status", "--json")
    told = json.loads(status.stdout)
    check("a blank account is the grid", told["account"] == "0" and told["user"] == "my-sso-username@my-domain" and told["valid"], told)
    again = portaria(home, "token")
    check("token prints the token that was shown", again.stdout.strip() in shown and again.stdout.strip() != "", again)


def second_factor(home):
    """A code is asked for only when the page wants one; a wrong one ends with its own exit code."""
    arguments = ["login", "--method", "pingfederate", "--address", GRID, "--account", "67890", "--user", "mfa-user", "--domain", "", "--trust-host", "my-pf-baseurl"]
    terminal = Terminal(PROGRAM, arguments, environment(home, PORTARIA_PASSWORD=PASSWORD))
    asked = terminal.answer("ode", "000000")
    code = terminal.code()
    check("a code is asked for where the page wants one, and a wrong one ends with 6", asked and code == 6, f"{code}: {terminal.text()}")


def nobody_there(home):
    """At a terminal, too, `--no-input` asks nothing."""
    terminal = Terminal(PROGRAM, ["login", "--no-input"], environment(home))
    code = terminal.code(20)
    check("--no-input asks nothing at a terminal: 5", code == 5 and "Sign-on method" not in terminal.text(), f"{code}: {terminal.text()}")
    terminal = Terminal(PROGRAM, ["login"], environment(home))
    terminal.until(lambda: "Sign-on method" in terminal.text())
    terminal.write("\x03")
    code = terminal.code(20)
    check("whoever presses Ctrl-C at a question is let go: 5", code == 5, f"{code}: {terminal.text()}")


def never_answered(home):
    """A spinner says what is waited for, and `--timeout` ends the wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["login", "--timeout", "2", "--method", "adfs", "--address", GRID, "--account", "0", "--user", "ana", "--domain", "corp"]
        terminal = Terminal(PROGRAM, arguments, {**environment(home, PORTARIA_PASSWORD=PASSWORD), "HTTPS_PROXY": proxy})
        code = terminal.code(30)
    check("a spinner says what is waited for", f"waiting for {GRID}" in terminal.text(), terminal.text())
    check("--timeout ends the wait: 3", code == 3, f"{code}: {terminal.text()}")


def other_shells(home):
    """What `-o env` prints is what those shells read."""
    token = portaria(home, "token").stdout.strip()
    for shell, line in [
        ("bash", f"export STORAGEGRID_TOKEN='{token}'"),
        ("fish", f"set -gx STORAGEGRID_TOKEN '{token}'"),
        ("powershell", f"$env:STORAGEGRID_TOKEN = '{token}'"),
    ]:
        printed = portaria(home, "token", "-o", "env", "--shell", shell).stdout
        check(f"the token as {shell} reads it", printed.splitlines()[0] == line and len(printed.splitlines()) == 2, printed)
    evaluated = subprocess.run(["bash", "-c", 'eval "$(cat)"; echo "$PORTARIA_TOKEN"'], input=portaria(home, "token", "-o", "env", "--shell", "bash").stdout, capture_output=True, text=True)
    check("bash finds it in its environment", evaluated.stdout.strip() == token, evaluated)
    ran = portaria(home, "exec", "--", "sh", "-c", 'echo "$STORAGEGRID_TOKEN $PORTARIA_TOKEN"; exit 7')
    check("exec hands it over, and ends as the command did", ran.stdout.strip() == f"{token} {token}" and ran.returncode == 7, ran)


class Watch:
    """Looks at every command line of the machine until it is told to stop."""

    def __init__(self, canary):
        self.canary, self.found, self.stop = canary.encode(), [], threading.Event()
        self.thread = threading.Thread(target=self.look)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def look(self):
        while not self.stop.wait(0.02):
            for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    content = line.read_bytes()
                except OSError:
                    continue
                if self.canary in content:
                    self.found.append(content)


def canary(home):
    """A password that nobody has is typed at every door, by every means, and a right one's token is fetched."""
    word = f"canary-{secrets.token_hex(12)}"
    file = pathlib.Path(home) / "typed"
    file.write_text(word + "\n")
    doors = [
        ("adfs", "12345", "adfs.example.com", ["--domain", "my-domain"]),
        ("pingfederate", "67890", "my-pf-baseurl", []),
        ("entra", "24680", "entra.example.com", ["--domain", "my-domain"]),
    ]
    said = []
    with Watch(word) as watch:
        for method, account, host, more in doors:
            line = ["login", "--no-input", "--method", method, "--address", GRID, "--account", account, "--trust-host", host, *more, "--user"]
            for by in [[], ["--browser", "--timeout", "60"]]:
                said.append(portaria(home, *line, "my-sso-username", *by, PORTARIA_PASSWORD=word))
            said.append(portaria(home, *line, "my-sso-username", "--password-command", f"cat {file}"))
            said.append(portaria(home, *line, "mfa-user", PORTARIA_PASSWORD=PASSWORD, PORTARIA_OTP=word))
    codes = [run.returncode for run in said]
    check("a wrong password is refused at every door, by every means: 4; a wrong code: 6", codes == [4, 4, 4, 6] * 3, [(run.returncode, run.stderr) for run in said])
    har = {"log": {"entries": [{"request": {"url": "https://adfs.example.com/adfs/ls", "postData": {"text": f"UserName=ana&Password={word}&SAMLRequest=PHNhbWxwOlJlc3BvbnNlLz4="}}, "response": {"content": {"text": ""}}}]}}
    recorded = pathlib.Path(home) / "typed.har"
    recorded.write_text(json.dumps(har))
    said.append(portaria(home, "explain", str(recorded)))
    file.unlink()
    recorded.unlink()
    check("it stands on no command line", not watch.found, watch.found[:1])
    check("nothing that was printed says it", not any(word in run.stdout + run.stderr for run in said), said)
    for what, folder in [("the client's home", home), ("the lab: its log, its database, its letters", STATE), ("folders of browsers", "/tmp/portaria-browser*")]:
        found = subprocess.run(f"grep -rlaF {word} {folder} 2>/dev/null", shell=True, capture_output=True, text=True).stdout
        check(f"it lies nowhere in {what}", not found, found)
    # The lab says what its people type; the client does not.
    found = subprocess.run(["grep", "-rlaF", PASSWORD, home], capture_output=True, text=True).stdout
    check("nor does the right one lie with the client", not found, found)


def main():
    with tempfile.TemporaryDirectory() as home:
        bare(home)
        never_answered(home)
        other_shells(home)
        second_factor(home)
        nobody_there(home)
        canary(home)
    end()


main()
