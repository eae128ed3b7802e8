#!/usr/bin/env python3
"""`portaria login --browser` with a window: a real X display, and a person at a terminal.

Usage: login-window.py, by tests/workflows/run. Needs Xvfb, xdotool and Chromium.
"""

import os
import subprocess
import tempfile
import time

from terminal import LINE, PASSWORD, PROGRAM, Terminal, check, end, environment


class Display:
    """An X server without a screen."""

    def __enter__(self):
        read, write = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.name = f":{number.readline().strip()}"
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def xdotool(self, *words):
        """One xdotool command; what it printed, empty where it failed."""
        done = subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": self.name}, capture_output=True, text=True, timeout=20)
        return done.stdout if done.returncode == 0 else ""

    def windows(self):
        """Titles of what a person would see."""
        shown = self.xdotool("search", "--onlyvisible", "--name", ".").split()
        return {window: self.xdotool("getwindowname", window).strip() for window in shown}


def browse(home, *arguments, **more):
    """The program at a terminal, with `--browser`."""
    words = ["login", "--browser", "--timeout", "60", "--address", "storagegrid.example.com", *arguments]
    return Terminal(PROGRAM, words, environment(home, **more))


ADFS = ["--method", "adfs", "--account", "12345", "--user", "my-sso-username", "--domain", "my-domain", "--trust-host", "adfs.example.com"]


def a_window_that_is_filled(home, display):
    terminal = browse(home, *ADFS, DISPLAY=display.name, PORTARIA_PASSWORD=PASSWORD)
    opened = terminal.until(lambda: display.windows())
    check("a window opens where there is a display and a person", opened, terminal.seen)
    code = terminal.code()
    check("what is known is filled in: 0", code == 0, f"{code}: {terminal.seen}")
    check("and the token is printed", bool(LINE.search(terminal.seen)), terminal.seen)
    time.sleep(0.5)
    check("the window is gone afterwards", not display.windows(), display.windows())


def a_window_that_is_closed(home, display):
    terminal = browse(home, *ADFS, DISPLAY=display.name)
    terminal.until(lambda: any("Sign" in name or "Entrar" in name for name in display.windows().values()))
    for window in display.windows():
        display.xdotool("windowkill", window)
    code = terminal.code(20)
    check("a window that the person closes ends the sign-in: 1", code == 1 and "closed" in terminal.seen, f"{code}: {terminal.seen}")


def a_wrong_password(home, display):
    terminal = browse(home, *ADFS, DISPLAY=display.name, PORTARIA_PASSWORD="not-my-password")
    terminal.until(lambda: display.windows())
    code = terminal.code()
    check("a wrong password ends with 4, window or not", code == 4, f"{code}: {terminal.seen}")


def no_display(home):
    terminal = browse(home, *ADFS, PORTARIA_PASSWORD=PASSWORD)
    code = terminal.code()
    check("without a display there is no window, and the same token: 0", code == 0 and bool(LINE.search(terminal.seen)), terminal.seen)


def main():
    with tempfile.TemporaryDirectory() as home, Display() as display:
        a_window_that_is_filled(home, display)
        a_window_that_is_closed(home, display)
        a_wrong_password(home, display)
        no_display(home)
        written = subprocess.run(["grep", "-rlF", PASSWORD, home], capture_output=True, text=True).stdout
        check("the password lies in no file", not written, written)
    end()


main()
