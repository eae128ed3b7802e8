#!/usr/bin/env python3
"""The OpenID Connect plugins of keystoneauth, unchanged, at our Huawei Cloud IAM door. The issuer is our HORACIUS door, a stranger to the
cloud: its keys are fetched from its address. The plugins hand over the ID token (`access_token_type="id_token"`)."""
import logging
import socket
import threading
import time
import urllib.parse

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3
from keystoneauth1.identity.v3 import oidc

from openid_world import PUBLIC, REDIRECT, SECRET, OpenIdWorld
from world import check, done

CLOUD = "iam.localhost"
DOORS = f"""
[[door]]
kind = "huawei"
organization = "cloud"
hosts = ["{CLOUD}"]
port = $PORT
"""
DECLARED = f"""
[[organization]]
id = "cloud"
name = "Cloud"
[[organization.group]]
name = "people"
[[organization.account]]
id = "project"
name = "Project"
admits = ["people"]
identity_provider = "accounts"
[[organization.identity_provider]]
id = "accounts"
mapping.rules = '[{{"local": [{{"user": {{"name": "{{0}}"}}}}, {{"group": {{"name": "people"}}}}], "remote": [{{"type": "_NAMEID_"}}]}}]'
[organization.identity_provider.openid]
issuer = "$ISSUER"
clients = ["classic", "{PUBLIC}"]
keys_url = "$ISSUER/idp/oauth/jwks"
"""


def here_only():
    """Every name under localhost is this machine, whatever the resolver of this system thinks."""
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *more, **named: resolve("127.0.0.1" if str(host).endswith("localhost") else host, *more, **named)


def plugin(here, kind, **options):
    cloud = f"https://{CLOUD}:{here.world.port}/v3"
    return kind(cloud, "accounts", "oidc", discovery_endpoint=here.issuer + "/.well-known/openid-configuration", scope="openid email",
                access_token_type="id_token", **options)


people = set()


def opens(here, asked, name, unscoped):
    """The token is of the one person and opens the project, which is for people of this provider only."""
    people.add(unscoped.username)
    check(f"{name}: a token of the person", len(people) == 1 and unscoped.is_federated and not unscoped.scoped, people)
    scoped = v3.Token(f"https://{CLOUD}:{here.world.port}/v3", unscoped.auth_token, project_id="project").get_access(asked)
    check(f"{name}: and the project", scoped.project_id == "project", scoped)


def by_code(here, asked):
    query = urllib.parse.urlencode(dict(response_type="code", client_id="classic", redirect_uri=REDIRECT, scope="openid email", state="s"))
    back = here.visit(f"{here.issuer}/idp/oauth/authorize?{query}", "authorize")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
    known = dict(client_id="classic", client_secret=SECRET)
    unscoped = plugin(here, v3.OidcAuthorizationCode, **known, redirect_uri=REDIRECT, code=code).get_unscoped_auth_ref(asked)
    opens(here, asked, "v3oidcauthcode", unscoped)


def by_device(here, asked):
    waiting = plugin(here, oidc.OidcDeviceAuthorization, client_id=PUBLIC)
    got = []
    polling = threading.Thread(target=lambda: got.append(waiting.get_unscoped_auth_ref(asked)))
    polling.start()
    while polling.is_alive() and not getattr(waiting, "verification_uri_complete", None):
        time.sleep(0.1)
    here.visit(waiting.verification_uri_complete, "approve")
    polling.join(60)
    check("v3oidcdeviceauthz: the device is let in", len(got) == 1)
    opens(here, asked, "v3oidcdeviceauthz", got[0])


def by_token(here, asked):
    """An ID token that the program has already; and what is none."""
    query = urllib.parse.urlencode(dict(response_type="code", client_id="classic", redirect_uri=REDIRECT, scope="openid email", state="s"))
    back = here.visit(f"{here.issuer}/idp/oauth/authorize?{query}", "authorize")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
    form = dict(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    tokens = asked.post(here.issuer + "/idp/oauth/token", data=form, requests_auth=("classic", SECRET), authenticated=False).json()
    shown = lambda token: v3.OidcAccessToken(f"https://{CLOUD}:{here.world.port}/v3", "accounts", "oidc", access_token=token)
    opens(here, asked, "v3oidcaccesstoken", shown(tokens["id_token"]).get_unscoped_auth_ref(asked))
    try:
        shown(tokens["access_token"]).get_unscoped_auth_ref(asked)
        check("an access token is no ID token", False)
    except exceptions.Unauthorized:
        check("an access token is no ID token", True)


def main():
    logging.getLogger("keystoneauth").setLevel(logging.ERROR)
    here_only()
    classic = f"""
[[organization.application]]
id = "classic"
name = "Classic"
[organization.application.oauth]
secret = "{SECRET}"
code_redirects = ["{REDIRECT}"]
without_pkce = true
"""
    with OpenIdWorld([CLOUD], DOORS, classic + DECLARED) as here:
        asked = session.Session(verify=here.world.crt)
        by_code(here, asked)
        by_device(here, asked)
        by_token(here, asked)
    done()


if __name__ == "__main__":
    main()
