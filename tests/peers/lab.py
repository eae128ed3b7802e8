"""A `portaria lab` of its own for a test: on free ports, reached through its proxy, ended with the block."""
import json
import os
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from world import Forms


class Lab:
    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="portaria-lab-")
        state = os.path.join(self.folder, "state")
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen([binary, "lab", "--state", state], stdout=self.log, stderr=self.log)
        manifest = os.path.join(state, "lab.json")
        for _ in range(600):
            if os.path.exists(manifest) or self.process.poll() is not None:
                break
            time.sleep(0.1)
        if not os.path.exists(manifest):
            raise SystemExit("the lab did not start:\n" + open(self.log.name, errors="replace").read()[-3000:])
        with open(manifest) as f:
            self.said = json.load(f)
        self.proxy, self.ca = self.said["proxy"], self.said["ca"]

    def opener(self):
        """A browser of its own: cookies, redirects, the lab's proxy and authority."""
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": self.proxy, "https": self.proxy}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca)),
            urllib.request.HTTPCookieProcessor(),
        )

    def ask(self, url, body=None, headers=None, method=None):
        """(status, headers, text) of one request."""
        request = urllib.request.Request(url, body, headers or {}, method=method)
        try:
            answer = self.opener().open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        return answer.status, answer.headers, answer.read().decode()

    def sign_in(self, url, user, password):
        """Follows `url` to a sign-in form, fills it in, and returns the fields of the form that comes back."""
        browser = self.opener()
        page = browser.open(url, timeout=30)
        action, fields = first_form(page.url, page.read().decode())
        name = next(field for field in fields if "user" in field.lower())
        word = next(field for field in fields if "pass" in field.lower())
        filled = urllib.parse.urlencode({**fields, name: user, word: password}).encode()
        answer = browser.open(action, filled, timeout=30)
        return first_form(answer.url, answer.read().decode())[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)


def first_form(url, text):
    forms = Forms()
    forms.feed(text)
    form = next(form for form in forms.forms if form["method"] == "post")
    return urllib.parse.urljoin(url, form["action"] or url), dict(form["fields"])
