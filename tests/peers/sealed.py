#!/usr/bin/env python3
"""Encryption, other algorithms and keys of its own, with foreign partners: python3-saml (strict) and pysaml2 as service providers of
our AD FS and HORACIUS doors, pysaml2 as the identity provider of our StorageGRID door, xmlsec1 for what they do not read; and
`portaria keys` while they sign on."""
import base64
import functools
import json
import re
import subprocess
import tempfile
import time
import urllib.parse

import saml2.entity
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_UNSPECIFIED, NameID
from saml2.server import Server

from identity_providers import DOORS as GRID_DOOR, SG, begin, buy, pysaml2_idp
from service_provider_python3_saml import pem_body, request_data, settings
from world import Browser, World, arguments, certificate, check, done

ADFS, HORACIUS = "adfs.test", "people.sso.test"
DOORS = GRID_DOOR + f"""
[[door]]
kind = "adfs"
organization = "people"
hosts = ["{ADFS}"]
domain = "example"
[[door]]
kind = "horacius"
organization = "people"
hosts = ["{HORACIUS}"]
"""
RSA256, SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
RSA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
USER, PASSWORD = "ana@example", "correct horse battery"


def at_door(browser, url, stop):
    """Follows a request to the page that hands the response over, signing in where it is asked for."""
    page = browser.go(url, stop=stop)
    if 'id="loginForm"' in page.body:
        page = browser.sign_in_adfs(page, USER, PASSWORD)
    elif 'id="username"' in page.body:
        action, fields = page.form()
        page = browser.go(action, {**fields, "username": USER, "password": PASSWORD})
    return page


class Python3Saml:
    """One service provider: `name` is its host and the id of its application."""

    def __init__(self, folder, name):
        self.name, (self.crt, self.key) = name, certificate(folder, name, [name])
        self.metadata = None
        sp = self.config({"entityId": "x", "singleSignOnService": {"url": "https://x.test"}, "x509cert": pem_body(self.crt)})
        own = OneLogin_Saml2_Settings(sp, sp_validation_only=True).get_sp_metadata()
        self.metadata = own.decode() if isinstance(own, bytes) else own

    def config(self, idp):
        c = settings(idp, self.crt, self.key, wantAssertionsEncrypted=True)
        c["sp"]["entityId"] = f"https://{self.name}/metadata"
        c["sp"]["assertionConsumerService"]["url"] = f"https://{self.name}/acs"
        c["sp"]["singleLogoutService"]["url"] = f"https://{self.name}/sls"
        return c

    def data(self, path, **more):
        return {**request_data(path, **more), "http_host": self.name}

    def sign_on_and_out(self, browser, metadata, door):
        config = self.config(OneLogin_Saml2_IdPMetadataParser.parse(metadata)["idp"])
        begun = OneLogin_Saml2_Auth(self.data("/acs"), old_settings=config)
        _, fields = at_door(browser, begun.login(), lambda u: False).form()
        xml = base64.b64decode(fields["SAMLResponse"]).decode()
        check(f"{door}: the assertion is encrypted", "EncryptedAssertion" in xml and "ana@example" not in xml, xml)
        auth = OneLogin_Saml2_Auth(self.data("/acs", post=fields), old_settings=config)
        auth.process_response(request_id=begun.get_last_request_id())
        check(f"{door}: python3-saml, strict, accepts the encrypted assertion", auth.is_authenticated(), (auth.get_errors(), auth.get_last_error_reason()))
        at = xml.rfind("CipherValue>") - 60
        changed = xml[:at] + ("A" if xml[at] != "A" else "B") + xml[at + 1:]
        forged = OneLogin_Saml2_Auth(self.data("/acs", post={"SAMLResponse": base64.b64encode(changed.encode()).decode()}), old_settings=config)
        try:
            forged.process_response()
        except Exception:
            pass
        check(f"{door}: control: a changed one is refused by it", not forged.is_authenticated())
        url = auth.logout(name_id=auth.get_nameid(), session_index=auth.get_session_index(), name_id_format=auth.get_nameid_format())
        back = browser.go(url, stop=lambda u: u.startswith(f"https://{self.name}/sls"))
        query = urllib.parse.urlsplit(back.url).query
        slo = OneLogin_Saml2_Auth(self.data("/sls", get=dict(urllib.parse.parse_qsl(query)), query=query), old_settings=config)
        slo.process_slo(keep_local_session=True, request_id=auth.get_last_request_id())
        check(f"{door}: python3-saml accepts the LogoutResponse", "SAMLResponse=" in query and not slo.get_errors(), (back.url, slo.get_errors(), slo.get_last_error_reason()))
        return xml


class PySaml2:
    """One service provider, as above."""

    def __init__(self, folder, name):
        self.name, (self.crt, self.key) = name, certificate(folder, name, [name])
        self.metadata = str(entity_descriptor(self.client().config))

    def client(self, metadata=None):
        acs, sls = f"https://{self.name}/acs", f"https://{self.name}/sls"
        return Saml2Client(config=SPConfig().load({
            "entityid": f"https://{self.name}/metadata", "key_file": self.key, "cert_file": self.crt, "xmlsec_binary": "/usr/bin/xmlsec1",
            "encryption_keypairs": [{"key_file": self.key, "cert_file": self.crt}], "allow_unknown_attributes": True,
            "metadata": {"inline": [metadata]} if metadata else {},
            "service": {"sp": {
                "endpoints": {"assertion_consumer_service": [(acs, BINDING_HTTP_POST)], "single_logout_service": [(sls, BINDING_HTTP_REDIRECT)]},
                "authn_requests_signed": True, "logout_requests_signed": True, "want_assertions_signed": True, "want_response_signed": False,
                "name_id_format": [NAMEID_FORMAT_UNSPECIFIED]}},
        }))

    def sign_on_and_out(self, browser, metadata, door):
        sp = self.client(metadata)
        request, http = sp.prepare_for_authenticate(binding=BINDING_HTTP_REDIRECT, sign=True, sigalg=RSA256, digest_alg=SHA256)
        _, fields = at_door(browser, dict(http["headers"])["Location"], lambda u: False).form()
        xml = base64.b64decode(fields["SAMLResponse"]).decode()
        check(f"{door}: the assertion is encrypted", "EncryptedAssertion" in xml and "ana@example" not in xml, xml)
        answer = sp.parse_authn_request_response(fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={request: "/"})
        info = answer.session_info()
        check(f"{door}: pysaml2 accepts the encrypted assertion", bool(info["name_id"].text), answer)
        target = sp.metadata.single_logout_service(info["issuer"], BINDING_HTTP_REDIRECT, "idpsso")[0]["location"]
        _, logout = sp.create_logout_request(target, info["issuer"], name_id=info["name_id"], session_indexes=[info["session_index"]], sign=False)
        http = sp.apply_binding(BINDING_HTTP_REDIRECT, str(logout), target, "", sign=True, sigalg=RSA256)
        back = browser.go(dict(http["headers"])["Location"], stop=lambda u: u.startswith(f"https://{self.name}/sls"))
        data = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back.url).query))
        check(f"{door}: pysaml2 accepts the LogoutResponse", sp.parse_logout_request_response(data["SAMLResponse"], BINDING_HTTP_REDIRECT).status_ok(), back.url)
        return xml


def bare_application(name, reply):
    return f"""
[[organization.application]]
id = "{name}"
[organization.application.saml]
entity_id = "https://{name}/metadata"
assertion_consumers = ["https://{name}/acs"]
[organization.application.reply]
{reply}
"""


def application(party, reply):
    return f"""
[[organization.application]]
id = "{party.name}"
sign_requests = true
metadata = '''{party.metadata}'''
[organization.application.reply]
encrypt = true
{reply}
"""


def xmlsec1(xml, certificates):
    """Whether the xmlsec1 command verifies the signature of the assertion with one of the certificates."""
    for der in certificates:
        with tempfile.NamedTemporaryFile(suffix=".xml") as message, tempfile.NamedTemporaryFile(suffix=".der") as crt:
            message.write(xml.encode())
            message.flush()
            crt.write(base64.b64decode(der))
            crt.flush()
            r = subprocess.run(["xmlsec1", "--verify", "--pubkey-cert-der", crt.name, "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
                                message.name], capture_output=True)
            if r.returncode == 0:
                return True
    return False


def published(metadata, use):
    key = r'KeyDescriptor use="%s">.*?X509Certificate>([^<]+)<' % use
    return re.findall(key, metadata)


def main():
    with World(arguments(), [SG, ADFS, HORACIUS], DOORS) as world:
        f = world.folder
        parties = {name: kind(f, name) for name, kind in
                   [("p3-adfs.test", Python3Saml), ("p3-horacius.test", Python3Saml), ("py-adfs.test", PySaml2), ("py-horacius.test", PySaml2)]}
        weak, strong = Python3Saml(f, "sha1-requests.test"), Python3Saml(f, "sha2-requests.test")
        py_crt, py_key = certificate(f, "py", ["py.test"])
        replies = {"p3-horacius.test": 'own_key = "rsa-3072"\nsignature_algorithm = "rsa-sha512"\nsigned = "assertion"',
                   "py-horacius.test": 'own_key = "rsa-2048"\nsigned = "both"'}
        declaration = f"""
[[organization]]
id = "people"
[[organization.user]]
name = "{USER}"
password = "{PASSWORD}"
email = "ana@example.com"
""" + "".join(application(p, replies.get(p.name, "")) for p in parties.values()) \
            + application(weak, 'sha1 = true\nsignature_algorithm = "rsa-sha1"') + application(strong, "") \
            + bare_application("ecdsa.test", 'own_key = "p-256"\nsignature_algorithm = "ecdsa-sha256"') \
            + bare_application("ecdsa-384.test", 'own_key = "p-384"\nsignature_algorithm = "ecdsa-sha384"\ndigest_algorithm = "sha512"') \
            + bare_application("old.test", 'sha1 = true\nsignature_algorithm = "rsa-sha1"') + f"""
[[organization]]
id = "grid"
[[organization.identity_provider]]
id = "py"
groups_attribute = "memberOf"
metadata = '''{entity_descriptor(pysaml2_idp(py_crt, py_key))}'''
[[organization.account]]
id = "1"
admits = ["storage"]
identity_provider = "py"
"""
        code, out = world.apply(declaration)
        check("apply takes what each party wants", code == 0, out)
        world.start()
        b = Browser(world)
        fetch = lambda url: b.once(url).body
        adfs = fetch(f"https://{ADFS}/FederationMetadata/2007-06/FederationMetadata.xml")
        own = lambda name: fetch(f"https://{HORACIUS}/idp/saml/metadata/{name}")

        # service providers that read encrypted assertions, and sign out
        parties["p3-adfs.test"].sign_on_and_out(b, adfs, "AD FS")
        parties["py-adfs.test"].sign_on_and_out(b, adfs, "AD FS")
        xml = parties["p3-horacius.test"].sign_on_and_out(b, own("p3-horacius.test"), "HORACIUS, RSA-SHA512")
        parties["py-horacius.test"].sign_on_and_out(b, own("py-horacius.test"), "HORACIUS")
        check("each application reads a key of its own", len({own(n).count("x") and published(own(n), "signing")[0] for n in parties}) == 3)

        # requests signed with SHA-1: of the application that is set to it, and of no other
        for party, holds in [(weak, True), (strong, False)]:
            config = party.config(OneLogin_Saml2_IdPMetadataParser.parse(own(party.name))["idp"])
            config["security"]["signatureAlgorithm"] = RSA1
            request = OneLogin_Saml2_Auth(party.data("/acs"), old_settings=config).login()
            page = at_door(b, request, lambda u: False)
            check(f"python3-saml's request with SHA-1 is {'obeyed where that is set' if holds else 'refused elsewhere'}",
                  "rsa-sha1" in request and ("SAMLResponse" in page.body) == holds and ("sig.algorithm" in page.body) != holds, page.body)

        # algorithms that those two do not read: the xmlsec1 command does
        for name, algorithm in [("ecdsa.test", "ecdsa-sha256"), ("ecdsa-384.test", "ecdsa-sha384"), ("old.test", "rsa-sha1")]:
            _, fields = at_door(b, f"https://{HORACIUS}/idp/saml/redirect/sso/{name}", lambda u: False).form()
            xml = base64.b64decode(fields["SAMLResponse"]).decode()
            keys = published(own(name), "signing")
            check(f"xmlsec1 verifies {algorithm}", f"#{algorithm}\"" in xml and xmlsec1(xml, keys), xml)
            check(f"control: not once it is changed ({algorithm})", not xmlsec1(xml.replace("ana@example", "eva@example"), keys))

        # pysaml2 as the identity provider, encrypting to the key in our metadata. It takes Triple DES unless told otherwise.
        saml2.entity.pre_encryption_part = functools.partial(saml2.entity.pre_encryption_part, msg_enc=GCM)
        ours = fetch(f"https://{SG}/api/saml-metadata")
        check("our metadata has a key to encrypt to", len(published(ours, "encryption")) == 1 and GCM in ours, ours)
        audience = re.search(r'entityID="([^"]+)"', ours).group(1)
        acs = re.search(r'AssertionConsumerService[^>]*Location="([^"]+)"', ours).group(1)

        def sealed(ours, request_id):
            idp = Server(config=pysaml2_idp(py_crt, py_key, ours))
            idp.sec.encrypt_assertion = functools.partial(idp.sec.encrypt_assertion, key_type="aes-256")
            return str(idp.create_authn_response(
                identity={"memberOf": ["storage"]}, in_response_to=request_id, destination=acs, sp_entity_id=audience,
                name_id=NameID(text="ana", format=NAMEID_FORMAT_UNSPECIFIED), authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"},
                sign_response=False, sign_assertion=True, encrypt_assertion=True, encrypt_assertion_self_contained=True, sign_alg=RSA256, digest_alg=SHA256))

        encoded = lambda xml: base64.b64encode(xml.encode()).decode()
        _, _, request_id, _ = begin(b, "1")
        response = sealed(ours, request_id)
        check("pysaml2 encrypts", "EncryptedAssertion" in response and ">ana<" not in response, response)
        at = response.rfind("CipherValue>") - 60
        changed = response[:at] + ("A" if response[at] != "A" else "B") + response[at + 1:]
        refused = buy(b, encoded(changed), "1")
        check("control: a changed one is refused", refused.status == 401 and "saml.signature" in refused.body, refused.body)
        a = buy(b, encoded(response), "1")
        check("the encrypted assertion of pysaml2 buys a token", a.status == 200, a.body)

        # keys, while the server runs
        def keys(*typed):
            r = subprocess.run([world.binary, "keys", *typed, "--config", world.config], capture_output=True, text=True, timeout=60)
            check("portaria keys " + typed[0], r.returncode == 0, r.stdout + r.stderr)
            return r.stdout

        listed = json.loads(keys("list", "-o", "json"))
        check("every key is listed", {k["role"] for k in listed} >= {"assertions", "logout", "requests", "encryption", "metadata"}
              and {k["algorithm"] for k in listed} >= {"rsa-2048", "rsa-3072", "p-256", "p-384"}, listed)
        keys("rotate", "--organization", "grid", "--role", "encryption")
        time.sleep(1.1)
        newer = fetch(f"https://{SG}/api/saml-metadata")
        check("the next key to encrypt to is published", published(newer, "encryption") != published(ours, "encryption"), newer)
        for metadata in (ours, newer):
            _, _, request_id, _ = begin(b, "1")
            a = buy(b, encoded(sealed(metadata, request_id)), "1")
            check("what is encrypted to either key is read", a.status == 200, a.body)
        name = "ecdsa.test"
        before = published(own(name), "signing")
        keys("rotate", "--organization", "people", "--application", name, "--role", "assertions", "--now")
        time.sleep(1.1)
        both = published(own(name), "signing")
        check("metadata has both keys, the new one first", len(both) == len(before) + 1 and both[0] not in before and before[0] in both, both)
        _, fields = at_door(b, f"https://{HORACIUS}/idp/saml/redirect/sso/{name}", lambda u: False).form()
        xml = base64.b64decode(fields["SAMLResponse"]).decode()
        check("the new key signs", xmlsec1(xml, both[:1]) and not xmlsec1(xml, before), xml)
        listed = json.loads(keys("list", "--organization", "people", "-o", "json"))
        doomed = next(k for k in listed if k["application"] == name and k["role"] == "assertions" and k["state"] == "current")
        keys("kill", "--organization", "people", doomed["fingerprint"][:12])
        time.sleep(1.1)
        left = published(own(name), "signing")
        check("a killed key is gone from the running server within a second", both[0] not in left, left)
        _, fields = at_door(b, f"https://{HORACIUS}/idp/saml/redirect/sso/{name}", lambda u: False).form()
        xml = base64.b64decode(fields["SAMLResponse"]).decode()
        check("and another one signs", xmlsec1(xml, left) and not xmlsec1(xml, both[:1]), xml)
        done()


if __name__ == "__main__":
    main()
