#!/usr/bin/env python3
"""Two servers on one PostgreSQL: a response that reaches both at once, many times, buys one token, which opens both; a response
that one has taken stays taken at the other after a kill. The database is the one that TEST_DATABASE_URL reaches."""
import os
import re
import shutil
import subprocess
import threading
import urllib.parse
import uuid

from identity_providers import BARE, DOORS, SG, bare_metadata, bare_response, begin, buy
from world import Browser, World, arguments, certificate, check, done

ROUNDS = 12
POSTS_A_NODE = 4


def database():
    """A database of our own on the tests' PostgreSQL; its URL, and the statement that drops it."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        raise SystemExit("TEST_DATABASE_URL is not set")
    name = "two_nodes_" + uuid.uuid4().hex
    ask = lambda sql: subprocess.run(["psql", "--quiet", "--dbname", server, "--command", sql], check=True, capture_output=True, text=True)
    ask(f"create database {name}")
    return urllib.parse.urlsplit(server)._replace(path="/" + name).geturl(), lambda: ask(f"drop database {name} with (force)")


def at_once(nodes, response):
    """Posts `response` to every node, several times, by threads that start together; the statuses."""
    answers, start = [], threading.Barrier(len(nodes) * POSTS_A_NODE)

    def post(node):
        browser = Browser(node)
        start.wait()
        answers.append(buy(browser, response, "2"))

    threads = [threading.Thread(target=post, args=(node,)) for node in nodes for _ in range(POSTS_A_NODE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def who(node, token):
    return Browser(node).once(f"https://{SG}/api/v3/org/users/current-user", headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})


def race(url):
    with World(arguments(), [SG], DOORS, url) as one, World(arguments(), [SG], DOORS, url) as other:
        shutil.copyfile(one.key, other.key)
        crt, key = certificate(one.folder, "bare", ["bare.test"])
        code, out = one.apply(f"""
[[organization]]
id = "grid"
[[organization.identity_provider]]
id = "bare"
groups_attribute = "http://schemas.xmlsoap.org/claims/Group"
metadata = '''{bare_metadata(crt)}'''
[[organization.account]]
id = "2"
admits = ["storage"]
identity_provider = "bare"
""")
        check(f"apply takes the provider {BARE} into PostgreSQL", code == 0, out)
        nodes = [one.start(), other.start()]
        ours = Browser(one).once(f"https://{SG}/api/saml-metadata").body
        audience = re.search(r'entityID="([^"]+)"', ours).group(1)
        acs = re.search(r'AssertionConsumerService[^>]*Location="([^"]+)"', ours).group(1)

        won = []
        for number in range(ROUNDS):
            # Asked for at one node, answered at both: the request is remembered by its ID alone.
            _, _, request_id, _ = begin(Browser(nodes[number % 2]), "2")
            response = bare_response(request_id, acs, audience, key)
            answers = at_once(nodes, response)
            good = [a for a in answers if a.status == 200]
            check("one response buys one token from two servers", len(answers) == 2 * POSTS_A_NODE and len(good) == 1, [a.status for a in answers])
            check("the others are refused, not failed", all(a.status == 401 for a in answers if a not in good), [a.status for a in answers])
            token = good[0].json()["data"]
            check("its token opens both", [who(node, token).status for node in nodes] == [200, 200], token)
            won.append((response, token))

        other.kill()
        other.start()
        for response, token in won:
            check("what was taken stays taken after a kill", buy(Browser(other), response, "2").status == 401)
            check("what was bought stays bought", who(other, token).status == 200)


def main():
    url, drop = database()
    try:
        race(url)
    finally:
        drop()
    done()


if __name__ == "__main__":
    main()
