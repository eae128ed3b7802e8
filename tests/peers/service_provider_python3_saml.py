#!/usr/bin/env python3
"""python3-saml, strict, as a service provider of our AD FS door: sign-on, attributes, single logout both ways."""
import base64
import urllib.parse

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from world import Browser, World, arguments, certificate, check, done

HOST, ACS, SLS = "adfs.test", "https://sp.test/acs", "https://sp.test/sls"
ENTITY = "https://sp.test/metadata"
DOORS = """
[[door]]
kind = "adfs"
organization = "people"
hosts = ["adfs.test"]
domain = "example"
"""


def pem_body(path):
    return "".join(l.strip() for l in open(path) if "-----" not in l)


def settings(idp, crt, key, **security):
    return {
        "strict": True, "debug": True,
        "sp": {"entityId": ENTITY, "assertionConsumerService": {"url": ACS, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"},
               "singleLogoutService": {"url": SLS, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"},
               "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "x509cert": pem_body(crt), "privateKey": pem_body(key)},
        "idp": idp,
        "security": {"authnRequestsSigned": True, "logoutRequestSigned": True, "logoutResponseSigned": True, "wantMessagesSigned": False,
                     "wantAssertionsSigned": True, "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                     "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256", "rejectDeprecatedAlgorithm": True, "requestedAuthnContext": False, **security},
    }


def request_data(path, get=None, post=None, query=""):
    return {"https": "on", "http_host": "sp.test", "script_name": path, "get_data": get or {}, "post_data": post or {}, "query_string": query}


def sign_on(browser, config, user="ana@example", password="correct horse battery"):
    auth = OneLogin_Saml2_Auth(request_data("/acs"), old_settings=config)
    url = auth.login(return_to="deep-link-7")
    page = browser.go(url)
    if not page.field("SAMLResponse"):
        page = browser.sign_in_adfs(page, user, password)
    check("the door answers with a form for our consumer service", page.form()[0] == ACS, page.body)
    action, fields = page.form()
    after = OneLogin_Saml2_Auth(request_data("/acs", post=fields), old_settings=config)
    after.process_response(request_id=auth.get_last_request_id())
    return after, fields


def main():
    with World(arguments(), [HOST], DOORS) as world:
        crt, key = certificate(world.folder, "sp", ["sp.test"])
        sp = settings({"entityId": "x", "singleSignOnService": {"url": "https://x.test"}, "x509cert": pem_body(crt)}, crt, key)
        sp_metadata = OneLogin_Saml2_Settings(sp, sp_validation_only=True).get_sp_metadata()
        sp_metadata = sp_metadata.decode() if isinstance(sp_metadata, bytes) else sp_metadata
        code, out = world.apply(f"""
[[organization]]
id = "people"
[[organization.user]]
name = "ana@example"
password = "correct horse battery"
full_name = "Ana Araújo <&\\">"
email = "ana@example.com"
groups = ["storage", "café & co"]
[[organization.application]]
id = "sp"
sign_requests = true
metadata = '''{sp_metadata}'''
""")
        check("apply takes python3-saml's metadata", code == 0, out)
        world.start()
        b = Browser(world)
        metadata = b.once(f"https://{HOST}/FederationMetadata/2007-06/FederationMetadata.xml")
        check("our metadata is served", metadata.status == 200, metadata.body)
        idp = OneLogin_Saml2_IdPMetadataParser.parse(metadata.body)["idp"]
        config = settings(idp, crt, key)

        auth, fields = sign_on(b, config)
        check("python3-saml, strict, accepts the response", auth.is_authenticated() and not auth.get_errors(), (auth.get_errors(), auth.get_last_error_reason()))
        check("RelayState comes back unchanged", fields["RelayState"] == "deep-link-7", fields)
        values = [v for vs in auth.get_attributes().values() for v in vs]
        check("attributes arrive with their special characters", 'Ana Araújo <&">' in values and "café & co" in values, auth.get_attributes())

        cut = fields["SAMLResponse"]
        xml = base64.b64decode(cut).replace(b"ana@example.com", b"eva@example.com")
        forged = OneLogin_Saml2_Auth(request_data("/acs", post={"SAMLResponse": base64.b64encode(xml).decode()}), old_settings=config)
        forged.process_response()
        check("control: a changed response is refused by it", not forged.is_authenticated())

        again, _ = sign_on(b, config)
        check("single sign-on: the second time asks for nothing", again.is_authenticated())

        stranger = settings(idp, *certificate(world.folder, "stranger", ["sp.test"]))
        refused = b.go(OneLogin_Saml2_Auth(request_data("/acs"), old_settings=stranger).login())
        check("a request signed with another key is refused", refused.status == 400 and not refused.field("SAMLResponse"), (refused.status, refused.body))

        url = auth.logout(name_id=auth.get_nameid(), session_index=auth.get_session_index(), name_id_format=auth.get_nameid_format())
        back = b.go(url, stop=lambda u: u.startswith(SLS))
        # the same browser took part twice (two SessionIndexes): the provider may ask the other one to leave first
        for _ in range(3):
            query = urllib.parse.urlsplit(back.url).query
            data = dict(urllib.parse.parse_qsl(query))
            slo = OneLogin_Saml2_Auth(request_data("/sls", get=data, query=query), old_settings={**config, "security": {**config["security"]}})
            target = slo.process_slo(keep_local_session=True, request_id=auth.get_last_request_id() if "SAMLResponse" in data else None)
            check("python3-saml accepts the logout message", not slo.get_errors(), (slo.get_errors(), slo.get_last_error_reason()))
            if "SAMLResponse" in data:
                break
            back = b.go(target, stop=lambda u: u.startswith(SLS))
        check("the logout ends with a LogoutResponse", "SAMLResponse" in data, back.url)
        page = b.go(OneLogin_Saml2_Auth(request_data("/acs"), old_settings=config).login())
        check("the session is over: the form again", page.field("SAMLResponse") is None and 'id="loginForm"' in page.body, page.body)
        done()


if __name__ == "__main__":
    main()
