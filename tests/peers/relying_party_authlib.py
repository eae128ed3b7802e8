#!/usr/bin/env python3
"""Authlib as a relying party of our HORACIUS door: code with PKCE, ID tokens, refresh, introspection, revocation, client
credentials, device flow, logout by the browser and by the back channel."""
import json
import time
import urllib.parse

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from openid_world import BYE, CLIENT, PUBLIC, REDIRECT, SECRET, OpenIdWorld, Told
from world import check, done

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def trust(session, here):
    """Only the world's own certificate: requests would prefer a bundle that the environment names."""
    session.trust_env, session.verify = False, here.world.crt


class Client:
    """One registered client of the issuer."""

    def __init__(self, here, client, secret=None):
        self.here = here
        self.metadata = requests.get(here.issuer + "/.well-known/openid-configuration", verify=here.world.crt, timeout=20).json()
        self.session = OAuth2Session(client, secret, scope="openid profile email", redirect_uri=REDIRECT, code_challenge_method="S256",
                                     token_endpoint_auth_method="client_secret_basic" if secret else "none")
        trust(self.session, here)

    def at(self, name):
        return self.metadata[name]

    def claims(self, token):
        """The claims of a token that verifies with the published keys."""
        keys = requests.get(self.at("jwks_uri"), verify=self.here.world.crt, timeout=20).json()
        return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])

    def authorize(self, nonce, how="authorize", **options):
        verifier = "v" * 64
        url, state = self.session.create_authorization_url(self.at("authorization_endpoint"), code_verifier=verifier, nonce=nonce, **options)
        back = self.here.visit(url, how)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
        if "error" in query:
            return query
        check("the answer names its issuer", query["iss"] == [self.here.issuer], back)
        return self.session.fetch_token(self.at("token_endpoint"), authorization_response=back, state=state, code_verifier=verifier)


def refusal(call):
    try:
        return f"accepted: {call()}"
    except Exception as error:  # Authlib has a class for each step.
        return getattr(error, "error", None) or repr(error)


def main():
    with OpenIdWorld() as here:
        client = Client(here, CLIENT, SECRET)
        plain = requests.get(here.issuer + "/.well-known/oauth-authorization-server", verify=here.world.crt, timeout=20).json()
        check("both metadata documents say the same", plain == client.metadata, plain)

        tokens = client.authorize("n-1")
        token = client.claims(tokens["id_token"])
        claims = CodeIDToken(token.claims, token.header, {"iss": {"value": here.issuer}, "aud": {"value": CLIENT}},
                             {"nonce": "n-1", "client_id": CLIENT, "access_token": tokens["access_token"]})
        claims.validate(leeway=30)
        check("Authlib accepts the ID token", claims["auth_time"] <= time.time() and claims["amr"] == ["pwd"], claims)
        person = client.session.get(client.at("userinfo_endpoint")).json()
        check("userinfo tells of the same person", person["sub"] == claims["sub"] and person["name"] == "Ana Souza", person)

        refreshed = client.session.refresh_token(client.at("token_endpoint"), refresh_token=tokens["refresh_token"])
        check("a refresh token buys the next pair", refreshed["access_token"] != tokens["access_token"], refreshed)
        again = refusal(lambda: client.session.refresh_token(client.at("token_endpoint"), refresh_token=tokens["refresh_token"]))
        check("and only once", again == "invalid_grant", again)

        tokens = client.authorize("n-2", max_age=3600)
        ask = lambda token: client.session.introspect_token(client.at("introspection_endpoint"), token=token).json()
        check("introspection knows the live token", ask(tokens["access_token"])["sub"] == claims["sub"])
        client.session.revoke_token(client.at("revocation_endpoint"), token=tokens["access_token"])
        check("introspection says nothing of a revoked one", ask(tokens["access_token"]) == {"active": False})

        machine = OAuth2Session(CLIENT, SECRET)
        trust(machine, here)
        own = machine.fetch_token(client.at("token_endpoint"), grant_type="client_credentials")
        check("the client gets a token for itself", "id_token" not in own and own["expires_in"] == 3600, own)

        tv = Client(here, PUBLIC)
        codes = requests.post(client.at("device_authorization_endpoint"), data={"client_id": PUBLIC, "scope": "openid"},
                              verify=here.world.crt, timeout=20).json()
        poll = lambda: tv.session.fetch_token(client.at("token_endpoint"), grant_type=DEVICE, device_code=codes["device_code"])
        waits = refusal(poll)
        check("a device waits until somebody decides", waits == "authorization_pending", waits)
        waits = refusal(poll)
        check("and is told to wait longer when it does not", waits == "slow_down", waits)
        here.visit(codes["verification_uri_complete"], "approve")
        time.sleep(2 * codes["interval"])
        seen = poll()
        check("an approved device gets tokens", client.claims(seen["id_token"]).claims["sub"] == claims["sub"], seen)
        check("and only once", refusal(poll) in ("slow_down", "invalid_grant"))

        tokens = client.authorize("n-3", prompt="none")
        hint = client.claims(tokens["id_token"]).claims
        Told.failures = 1
        left = here.visit(client.at("end_session_endpoint") + "?" + urllib.parse.urlencode(
            {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE, "state": "bye"}), "logout")
        # The application failed when it was told: the person is not sent on as if nothing had happened.
        check("a logout of which the application does not know says so", left.startswith(here.issuer), left)
        for _ in range(60):
            if Told.tokens:
                break
            time.sleep(0.5)
        told = client.claims(Told.tokens[0])
        check("the application is told again", told.header["typ"] == "logout+jwt" and told.claims["sid"] == hint["sid"], json.dumps(told.claims))
        check("of nothing but the logout", list(told.claims["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
              and "nonce" not in told.claims, json.dumps(told.claims))
        check("and the token is dead", ask(tokens["access_token"]) == {"active": False})
        check("prompt=none finds nobody", client.authorize("n-4", prompt="none").get("error") == ["login_required"])
    done()


main()
