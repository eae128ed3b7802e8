#!/usr/bin/env python3
"""openid-client (npm) as a relying party of our HORACIUS door: discovery, code with PKCE, userinfo, refresh, introspection,
revocation, client credentials, device flow, logout. The person's browser is ours; everything else is openid-client's."""
import json
import os
import subprocess

from openid_world import BYE, CLIENT, PUBLIC, REDIRECT, SECRET, OpenIdWorld
from world import check, done


def main():
    with OpenIdWorld() as here:
        client = subprocess.Popen(
            ["node", "relying_party.mjs"], cwd=os.path.join(os.path.dirname(os.path.abspath(__file__)), "openid_client"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": here.world.crt, "ISSUER": here.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET,
                 "PUBLIC_ID": PUBLIC, "REDIRECT": REDIRECT, "BYE": BYE})
        steps = 0
        for line in client.stdout:
            said = json.loads(line)
            if "check" in said:
                steps += 1
                check(said["check"], said["good"], said["seen"])
            else:
                client.stdin.write(here.visit(said["visit"], said["how"]) + "\n")
                client.stdin.flush()
        check("openid-client went through every step", client.wait() == 0 and steps == 19, (client.returncode, steps))
    done()


main()
