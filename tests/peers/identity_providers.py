#!/usr/bin/env python3
"""Foreign identity providers in front of our StorageGRID door: pysaml2, and a response made with the xmlsec1 command alone.
Their metadata comes in through `portaria apply`; each response buys one token."""
import base64
import datetime
import os
import re
import subprocess
import tempfile
import uuid
import urllib.parse
import zlib

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_UNSPECIFIED, NameID
from saml2.server import Server

from world import Browser, World, arguments, certificate, check, done

SG = "storagegrid.test"
DOORS = f"""
[[door]]
kind = "storagegrid"
organization = "grid"
hosts = ["{SG}"]
"""
BARE = "https://bare.test/idp"


def pysaml2_idp(crt, key, metadata=None):
    return IdPConfig().load({
        "entityid": "https://py.test/idp", "key_file": key, "cert_file": crt, "xmlsec_binary": "/usr/bin/xmlsec1",
        "metadata": {"inline": [metadata]} if metadata else {},
        "service": {"idp": {
            "endpoints": {"single_sign_on_service": [("https://py.test/sso", BINDING_HTTP_REDIRECT)], "single_logout_service": [("https://py.test/slo", BINDING_HTTP_REDIRECT)]},
            "sign_assertion": True, "sign_response": True, "name_id_format": [NAMEID_FORMAT_UNSPECIFIED],
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}}}},
    })


def bare_metadata(crt):
    body = "".join(l.strip() for l in open(crt) if "-----" not in l)
    wrapped = "\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- written by hand: a comment, a key without use, wrapped base64 -->
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{BARE}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
{wrapped}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="{BINDING_HTTP_REDIRECT}" Location="https://bare.test/sso"/></IDPSSODescriptor></EntityDescriptor>"""


def bare_response(request_id, acs, audience, key):
    """A response written as text and signed by the xmlsec1 command."""
    stamp = lambda seconds: (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    response, assertion = "_" + uuid.uuid4().hex, "_" + uuid.uuid4().hex
    template = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{response}" Version="2.0" IssueInstant="{stamp(0)}" Destination="{acs}" InResponseTo="{request_id}"><saml:Issuer>{BARE}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="{assertion}" Version="2.0" IssueInstant="{stamp(0)}"><saml:Issuer>{BARE}</saml:Issuer><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#{assertion}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>
<saml:Subject><saml:NameID>bo</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{request_id}" NotOnOrAfter="{stamp(240)}" Recipient="{acs}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{stamp(-5)}" NotOnOrAfter="{stamp(240)}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{stamp(-2)}" SessionIndex="s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="http://schemas.xmlsoap.org/claims/Group"><saml:AttributeValue>storage</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"""
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as f:
        f.write(template)
        f.flush()
        out = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", key, "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", f.name],
                             check=True, capture_output=True).stdout
    return base64.b64encode(out).decode()


def begin(browser, account):
    """The URL at the identity provider, and the ID of the request in it."""
    a = browser.once(f"https://{SG}/api/v3/authorize-saml", body='{"accountId":"%s"}' % account, headers={"Content-Type": "application/json"})
    check(f"authorize-saml for account {account}", a.status == 200, a.body)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(a.json()["data"]).query))
    xml = zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15).decode()
    return a.json()["data"], query, re.search(r' ID="([^"]+)"', xml).group(1), xml


def buy(browser, response, account):
    return browser.once(f"https://{SG}/api/saml-response", form={"SAMLResponse": response, "RelayState": account}, headers={"Accept": "application/json"})


def main():
    with World(arguments(), [SG], DOORS) as world:
        py_crt, py_key = certificate(world.folder, "py", ["py.test"])
        bare_crt, bare_key = certificate(world.folder, "bare", ["bare.test"])
        groups = "http://schemas.xmlsoap.org/claims/Group"
        code, out = world.apply(f"""
[[organization]]
id = "grid"
[[organization.identity_provider]]
id = "py"
groups_attribute = "memberOf"
metadata = '''{entity_descriptor(pysaml2_idp(py_crt, py_key))}'''
[[organization.identity_provider]]
id = "bare"
groups_attribute = "{groups}"
metadata = '''{bare_metadata(bare_crt)}'''
[[organization.account]]
id = "1"
admits = ["storage"]
identity_provider = "py"
[[organization.account]]
id = "2"
admits = ["storage"]
identity_provider = "bare"
""")
        check("apply takes both identity providers' metadata", code == 0, out)
        world.start()
        b = Browser(world)
        ours = b.once(f"https://{SG}/api/saml-metadata")
        check("our metadata is served", ours.status == 200, ours.body)
        audience = re.search(r'entityID="([^"]+)"', ours.body).group(1)
        acs = re.search(r'AssertionConsumerService[^>]*Location="([^"]+)"', ours.body).group(1)

        # pysaml2 as the identity provider: it reads our metadata, verifies our detached signature, answers
        idp = Server(config=pysaml2_idp(py_crt, py_key, ours.body))
        url, query, request_id, xml = begin(b, "1")
        check("the request goes to pysaml2", url.startswith("https://py.test/sso?"), url)
        request = idp.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query["RelayState"], sigalg=query["SigAlg"], signature=query["Signature"])
        check("pysaml2 reads our request and its signature", request is not None and request.message.id == request_id, xml)
        respond = lambda: str(idp.create_authn_response(
            identity={"memberOf": ["storage"], "mail": "ana@example.com"}, in_response_to=request_id, destination=acs, sp_entity_id=audience,
            name_id=NameID(text="ana", format=NAMEID_FORMAT_UNSPECIFIED), authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"},
            sign_response=True, sign_assertion=True, sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", digest_alg="http://www.w3.org/2001/04/xmlenc#sha256"))
        response = respond()
        encoded = base64.b64encode(response.encode()).decode()
        tampered = base64.b64encode(response.replace(">ana<", ">eva<").encode()).decode()
        refused = buy(b, tampered, "1")
        check("control: the same response with another NameID is refused", refused.status == 401, refused.body)
        a = buy(b, encoded, "1")
        check("the response of pysaml2 buys a token", a.status == 200 and re.fullmatch("[0-9a-f-]{36}", a.json()["data"]), a.body)
        token = a.json()["data"]
        config = b.once(f"https://{SG}/api/v3/org/config", headers={"Authorization": "Bearer " + token})
        check("the token opens its account", config.status == 200, config.body)
        check("the same response again buys nothing", buy(b, encoded, "1").status == 401)
        check("another response to the same request buys nothing", buy(b, base64.b64encode(respond().encode()).decode(), "1").status == 401)

        # a response made with the xmlsec1 command alone
        url, query, request_id, _ = begin(b, "2")
        check("the request goes to the other one", url.startswith("https://bare.test/sso?"), url)
        crossed = bare_response(request_id, acs, audience, py_key)
        check("control: signed with the other provider's key it is refused", buy(b, crossed, "2").status == 401)
        response = bare_response(request_id, acs, audience, bare_key)
        a = buy(b, response, "2")
        check("a response signed by xmlsec1 alone buys a token", a.status == 200, a.body)
        check("and only once", buy(b, response, "2").status == 401)
        done()


if __name__ == "__main__":
    main()
