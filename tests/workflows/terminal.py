"""The program at a terminal of its own, and what is asked and answered there."""

import json
import os
import pathlib
import pty
import re
import select
import time

#: What a program sends to move the cursor and to colour.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


STATE = pathlib.Path(os.environ["LAB_STATE"])
PROGRAM = os.environ["PROGRAM"]
LAB = json.loads((STATE / "state" / "lab.json").read_text())
PASSWORD = "my-password"
#: What a person is shown in the end.
LINE = re.compile(r"StorageGRID Auth Token: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
failures = 0


def check(what, holds, found=""):
    """Prints the line of one check."""
    global failures
    failures += not holds
    print(f"{'ok' if holds else 'not ok'} - {what}")
    if not holds:
        print(f"    {str(found)[-1500:]}")


def end():
    """Ends as the checks did."""
    raise SystemExit(failures > 0)


def environment(home, **more):
    """Nothing of this machine's but the way to the lab."""
    return {"HOME": str(home), "PORTARIA_CACHE": "file", "HTTPS_PROXY": LAB["proxy"], "SSL_CERT_FILE": LAB["ca"], **more}


class Terminal:
    """A running program, what it has shown so far, and a keyboard."""

    def __init__(self, program, arguments, environment):
        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.execve(program, [program, *arguments], {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", **environment})
        self.seen = ""

    def text(self):
        """What was shown, without what moves the cursor."""
        return CONTROL.sub("", self.seen)

    def read(self, seconds):
        """Reads for so long; False once the program has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not select.select([self.screen], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(self.screen, 4096)
            except OSError:
                return False
            if not piece:
                return False
            self.seen += piece.decode(errors="replace")
            # A terminal that is asked where its cursor stands says so.
            if b"\x1b[6n" in piece:
                self.write("\x1b[1;1R")
        return True

    def write(self, text):
        """Types."""
        os.write(self.screen, text.encode())

    def until(self, holds, seconds=60):
        """Reads until that holds; whether it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return True
            if not self.read(0.2):
                return bool(holds())
        return False

    def answer(self, question, answer, seconds=60):
        """Waits for a question that was not shown before, and answers it; whether it came."""
        since = len(self.text())
        asked = self.until(lambda: question in self.text()[since:], seconds)
        if asked:
            self.write(answer + "\r")
        return asked

    def code(self, seconds=60):
        """The exit code; a program that does not end is ended."""
        end = time.monotonic() + seconds
        while self.read(0.2):
            if time.monotonic() > end:
                os.kill(self.process, 9)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
