#!/usr/bin/env python3
"""pysaml2 as a service provider of our AD FS door: sign-on by redirect and by POST, attributes, single logout."""
import urllib.parse

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor

from world import Browser, World, arguments, certificate, check, done

HOST, ENTITY, ACS, SLS = "adfs.test", "https://sp.test/metadata", "https://sp.test/acs", "https://sp.test/sls"
DOORS = """
[[door]]
kind = "adfs"
organization = "people"
hosts = ["adfs.test"]
domain = "example"
"""


def client(crt, key, metadata=None):
    return Saml2Client(config=SPConfig().load({
        "entityid": ENTITY, "key_file": key, "cert_file": crt, "xmlsec_binary": "/usr/bin/xmlsec1", "allow_unknown_attributes": True,
        "metadata": {"inline": [metadata]} if metadata else {},
        "service": {"sp": {
            "endpoints": {"assertion_consumer_service": [(ACS, BINDING_HTTP_POST)], "single_logout_service": [(SLS, BINDING_HTTP_REDIRECT)]},
            "authn_requests_signed": True, "logout_requests_signed": True, "want_assertions_signed": True, "want_response_signed": False,
            "name_id_format": ["urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"]}},
    }))


def sign_on(browser, sp, binding):
    request, http = sp.prepare_for_authenticate(relay_state="r1", binding=binding, sign=True, sigalg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                                                digest_alg="http://www.w3.org/2001/04/xmlenc#sha256")
    if binding == BINDING_HTTP_REDIRECT:
        page = browser.go(dict(http["headers"])["Location"])
    else:
        from world import Answer
        action, fields = Answer("https://sp.test/", 200, {}, http["data"]).form()
        page = browser.go(action, fields)
    if not page.field("SAMLResponse"):
        page = browser.sign_in_adfs(page, "ana@example", "correct horse battery")
    action, fields = page.form()
    check("the form leads to our consumer service", action == ACS, page.body)
    answer = sp.parse_authn_request_response(fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={request: "/"})
    check("pysaml2 accepts the response", answer is not None and answer.session_info()["issuer"], answer)
    return answer


def main():
    with World(arguments(), [HOST], DOORS) as world:
        crt, key = certificate(world.folder, "sp", ["sp.test"])
        descriptor = str(entity_descriptor(client(crt, key).config))
        code, out = world.apply(f"""
[[organization]]
id = "people"
[[organization.user]]
name = "ana@example"
password = "correct horse battery"
email = "ana@example.com"
groups = ["storage"]
[[organization.application]]
id = "sp"
sign_requests = true
metadata = '''{descriptor}'''
""")
        check("apply takes pysaml2's metadata", code == 0, out)
        world.start()
        b = Browser(world)
        metadata = b.once(f"https://{HOST}/FederationMetadata/2007-06/FederationMetadata.xml").body
        sp = client(crt, key, metadata)
        answer = sign_on(b, sp, BINDING_HTTP_REDIRECT)
        check("attributes", "ana@example.com" in [v for vs in answer.ava.values() for v in vs], answer.ava)
        answer = sign_on(b, sp, BINDING_HTTP_POST)
        info = answer.session_info()
        issuer = info["issuer"]
        request_id, request = sp.create_logout_request(sp.metadata.single_logout_service(issuer, BINDING_HTTP_REDIRECT, "idpsso")[0]["location"],
                                                       issuer, name_id=info["name_id"], session_indexes=[info["session_index"]], sign=False)
        http = sp.apply_binding(BINDING_HTTP_REDIRECT, str(request), sp.metadata.single_logout_service(issuer, BINDING_HTTP_REDIRECT, "idpsso")[0]["location"],
                                "", sign=True, sigalg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
        url = dict(http["headers"])["Location"]
        for _ in range(3):
            back = b.go(url, stop=lambda u: u.startswith(SLS))
            data = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back.url).query))
            if "SAMLResponse" in data:
                break
            reply = sp.handle_logout_request(data["SAMLRequest"], info["name_id"], BINDING_HTTP_REDIRECT, relay_state=data.get("RelayState", ""), sign=True,
                                             sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
            url = dict(reply["headers"])["Location"]
        answer = sp.parse_logout_request_response(data["SAMLResponse"], BINDING_HTTP_REDIRECT)
        check("pysaml2 accepts the LogoutResponse", answer is not None and answer.status_ok(), data)
        request, http = sp.prepare_for_authenticate(binding=BINDING_HTTP_REDIRECT, sign=True, sigalg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
        page = b.go(dict(http["headers"])["Location"])
        check("the session is over: the form again", page.field("SAMLResponse") is None and 'id="loginForm"' in page.body, page.body)
        done()


if __name__ == "__main__":
    main()
