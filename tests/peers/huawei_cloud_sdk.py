#!/usr/bin/env python3
"""huaweicloudsdkiam, Huawei's own SDK, unchanged, at our Huawei Cloud IAM door: it redeems a SAML response, scopes the token, lists,
and registers identity providers, by SAML and by OpenID Connect. Its tokens are then verified by PyJWT, with nothing but what the door publishes."""
import json
import re
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkiam import v3 as iam

from lab import Lab
from world import arguments, check, done

DOOR = "https://iam.example.com"
ISSUER, DOMAIN = "iam.example.com", "06ba0970a097acc0f36c0086bb6cfe0"
START = "https://idp.example.org/idp/profile/SAML2/Unsolicited/SSO?providerId=iam.example.com"
PUBLISHED = DOOR + "/v3-ext/auth/OS-FEDERATION/"


def client(lab):
    proxy = urllib.parse.urlsplit(lab.proxy)
    http = HttpConfig(proxy_protocol="http", proxy_host=proxy.hostname, proxy_port=proxy.port, ssl_ca_cert=lab.ca)
    credentials = GlobalCredentials("AK", "SK", DOMAIN)
    return iam.IamClient.new_builder().with_http_config(http).with_credentials(credentials).with_endpoint(DOOR).build()


def saml_response(lab):
    return lab.sign_in(START, "my-sso-username", "my-password")["SAMLResponse"]


def unscoped(lab, sdk, provider="ACME"):
    body = iam.CreateUnscopeTokenByIdpInitiatedRequestBody(saml_response=saml_response(lab))
    return sdk.create_unscope_token_by_idp_initiated(iam.CreateUnscopeTokenByIdpInitiatedRequest(x_idp_id=provider, body=body))


def scoped(sdk, token, project):
    identity = iam.ScopedTokenIdentity(methods=["token"], token=iam.ScopedToken(id=token))
    scope = iam.TokenSocpeOption(project=iam.AuthScopeProject(id=project))
    body = iam.KeystoneCreateScopedTokenRequestBody(auth=iam.ScopedTokenAuth(identity=identity, scope=scope))
    return sdk.keystone_create_scoped_token(iam.KeystoneCreateScopedTokenRequest(body=body))


def refusal(call):
    """The status with which a call of the SDK was refused."""
    try:
        return call().status_code
    except ServiceResponseException as refused:
        return refused.status_code


def tokens(lab, sdk):
    answer = unscoped(lab, sdk)
    said = answer.token.user
    check("the SDK redeems a SAML response", answer.x_subject_token and said.name == "FederationUser", answer)
    check("and reads its document", said.os_federation.identity_provider.id == "ACME" and said.domain.name == "IAMDomain", answer)
    check("another provider's id is refused", refusal(lambda: unscoped(lab, sdk, "OTHER")) in (401, 403))

    held = {"X-Auth-Token": answer.x_subject_token}
    listed = as_holder(sdk.keystone_list_federation_projects_invoker(iam.KeystoneListFederationProjectsRequest()), held)
    check("it lists the projects of the federation", len(listed.projects) == 1, listed)
    project = listed.projects[0].id
    listed = as_holder(sdk.keystone_list_auth_projects_invoker(iam.KeystoneListAuthProjectsRequest()), held)
    check("and those of the token", [one.id for one in listed.projects] == [project], listed)
    for call in (sdk.keystone_list_federation_domains_invoker(iam.KeystoneListFederationDomainsRequest()),
                 sdk.keystone_list_auth_domains_invoker(iam.KeystoneListAuthDomainsRequest())):
        check("and the domain, which its group opens as a whole", [one.name for one in as_holder(call, held).domains] == ["IAMDomain"])

    answer = scoped(sdk, answer.x_subject_token, project)
    check("it scopes the token", answer.x_subject_token and answer.token.project.id == project, answer)
    check("with roles and a catalog", answer.token.roles[0].name == "te_admin" and answer.token.catalog, answer)
    show = iam.KeystoneValidateTokenRequest(x_subject_token=answer.x_subject_token)
    shown = as_holder(sdk.keystone_validate_token_invoker(show), {"X-Auth-Token": answer.x_subject_token})
    check("it validates the token", shown.token.project.id == project, shown)
    return held["X-Auth-Token"], answer.x_subject_token


def as_holder(invoker, headers):
    for name, value in headers.items():
        invoker = invoker.add_header(name, value)
    return invoker.invoke()


def registration(lab, sdk, unscoped_token, token):
    held = {"X-Auth-Token": token}
    every = iam.KeystoneListIdentityProvidersRequest()
    ask = lambda headers: lambda: as_holder(sdk.keystone_list_identity_providers_invoker(every), headers)
    check("an unscoped token registers nothing", refusal(ask({"X-Auth-Token": unscoped_token})) == 403)
    check("nor does an access key alone", refusal(ask({})) == 401)
    check("the declared provider is listed", [one.id for one in ask(held)().identity_providers] == ["ACME"])

    option = iam.IdentityproviderOption(sso_type="virtual_user_sso", description="made by the SDK", enabled=True)
    body = iam.KeystoneCreateIdentityProviderRequestBody(identity_provider=option)
    create = iam.KeystoneCreateIdentityProviderRequest(id="SDK", body=body)
    made = as_holder(sdk.keystone_create_identity_provider_invoker(create), held)
    check("an identity provider is created", made.identity_provider.id == "SDK" and made.identity_provider.enabled, made)
    check("once", refusal(lambda: as_holder(sdk.keystone_create_identity_provider_invoker(create), held)) == 409)

    def mapping(name, rules):
        rules = iam.MappingOption(rules=rules)
        return iam.KeystoneCreateMappingRequest(id=name, body=iam.KeystoneCreateMappingRequestBody(mapping=rules))

    rule = lambda text: [iam.MappingRules(local=[iam.RulesLocal(user=iam.RulesLocalUser(name=text))], remote=[iam.RulesRemote(type="_NAMEID_")])]
    broken = mapping("sdk", rule("{9}"))
    check("rules that cannot be compiled are refused", refusal(lambda: as_holder(sdk.keystone_create_mapping_invoker(broken), held)) == 400)
    made = as_holder(sdk.keystone_create_mapping_invoker(mapping("sdk", rule("{0}"))), held)
    check("rules are registered", made.mapping.id == "sdk" and made.mapping.rules[0].remote[0].type == "_NAMEID_", made)
    shown = as_holder(sdk.keystone_list_mappings_invoker(iam.KeystoneListMappingsRequest()), held)
    check("and listed", [one.id for one in shown.mappings] == ["sdk"], shown)

    body = iam.KeystoneCreateProtocolRequestBody(protocol=iam.ProtocolOption(mapping_id="sdk"))
    create = iam.KeystoneCreateProtocolRequest(idp_id="SDK", protocol_id="saml", body=body)
    made = as_holder(sdk.keystone_create_protocol_invoker(create), held)
    check("a protocol uses them", made.protocol.mapping_id == "sdk", made)
    shown = as_holder(sdk.keystone_list_protocols_invoker(iam.KeystoneListProtocolsRequest(idp_id="SDK")), held)
    check("and is listed", [one.id for one in shown.protocols] == ["saml"], shown)

    _, _, metadata = lab.ask("https://idp.example.org/idp/shibboleth")
    # One entity ID is one provider, and ACME has this one: another name, and no signature that would notice.
    metadata = re.sub(r"<ds:Signature.*</ds:Signature>", "", metadata, flags=re.S).replace('entityID="idp.example.org"', 'entityID="sdk.example.org"')
    body = iam.CreateMetadataRequestBody(domain_id=DOMAIN, xaccount_type="", metadata=metadata)
    create = iam.CreateMetadataRequest(idp_id="SDK", protocol_id="saml", body=body)
    check("metadata is imported", as_holder(sdk.create_metadata_invoker(create), held).message == "Import metadata successful")
    shown = as_holder(sdk.show_metadata_invoker(iam.ShowMetadataRequest(idp_id="SDK", protocol_id="saml")), held)
    check("and shown", shown.entity_id == "sdk.example.org" and shown.data == metadata, shown)

    option = iam.UpdateIdentityproviderOption(enabled=False)
    body = iam.KeystoneUpdateIdentityProviderRequestBody(identity_provider=option)
    update = iam.KeystoneUpdateIdentityProviderRequest(id="SDK", body=body)
    made = as_holder(sdk.keystone_update_identity_provider_invoker(update), held)
    check("the provider is disabled, and keeps its description", not made.identity_provider.enabled and made.identity_provider.description == "made by the SDK", made)
    as_holder(sdk.keystone_delete_protocol_invoker(iam.KeystoneDeleteProtocolRequest(idp_id="SDK", protocol_id="saml")), held)
    as_holder(sdk.keystone_delete_mapping_invoker(iam.KeystoneDeleteMappingRequest(id="sdk")), held)
    as_holder(sdk.keystone_delete_identity_provider_invoker(iam.KeystoneDeleteIdentityProviderRequest(id="SDK")), held)
    check("and all of it is removed again", [one.id for one in ask(held)().identity_providers] == ["ACME"])


def openid(sdk, token):
    """An OpenID provider of PyJWT's, registered and used."""
    held = {"X-Auth-Token": token}
    do = lambda invoker: as_holder(invoker, held)
    key, issuer = ec.generate_private_key(ec.SECP256R1()), "https://accounts.example.com"
    public = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": "k1", "use": "sig", "alg": "ES256"}
    option = iam.IdentityproviderOption(sso_type="virtual_user_sso", description="", enabled=True)
    body = iam.KeystoneCreateIdentityProviderRequestBody(identity_provider=option)
    do(sdk.keystone_create_identity_provider_invoker(iam.KeystoneCreateIdentityProviderRequest(id="OPEN", body=body)))
    rules = [iam.MappingRules(local=[iam.RulesLocal(user=iam.RulesLocalUser(name="{0}")), iam.RulesLocal(group=iam.RulesLocalGroup(name="admin"))],
                              remote=[iam.RulesRemote(type="email")])]
    body = iam.KeystoneCreateMappingRequestBody(mapping=iam.MappingOption(rules=rules))
    do(sdk.keystone_create_mapping_invoker(iam.KeystoneCreateMappingRequest(id="open", body=body)))
    body = iam.KeystoneCreateProtocolRequestBody(protocol=iam.ProtocolOption(mapping_id="open"))
    do(sdk.keystone_create_protocol_invoker(iam.KeystoneCreateProtocolRequest(idp_id="OPEN", protocol_id="oidc", body=body)))

    config = iam.CreateOpenIdConnectConfig(access_mode="program", idp_url=issuer, client_id="portaria", signing_key=json.dumps({"keys": [public]}))
    body = iam.CreateOpenIdConnectConfigRequestBody(openid_connect_config=config)
    made = do(sdk.create_open_id_connect_config_invoker(iam.CreateOpenIdConnectConfigRequest(idp_id="OPEN", body=body)))
    check("an OpenID Connect configuration is created", made.openid_connect_config.idp_url == issuer, made)
    shown = do(sdk.show_open_id_connect_config_invoker(iam.ShowOpenIdConnectConfigRequest(idp_id="OPEN")))
    check("and shown", json.loads(shown.openid_connect_config.signing_key)["keys"][0]["kid"] == "k1", shown)

    now = int(time.time())
    claims = {"iss": issuer, "aud": "portaria", "sub": "1", "email": "ana@example.com", "iat": now, "exp": now + 300}
    id_token = jwt.encode(claims, key, algorithm="ES256", headers={"kid": "k1"})
    auth = iam.GetIdTokenAuthParams(id_token=iam.GetIdTokenIdTokenBody(id=id_token))
    ask = lambda auth: sdk.create_token_with_id_token(iam.CreateTokenWithIdTokenRequest(x_idp_id="OPEN", body=iam.GetIdTokenRequestBody(auth=auth)))
    answer = ask(auth)
    check("an ID token buys an unscoped token", answer.x_subject_token and answer.token.user.name == "ana@example.com", answer)
    listed = as_holder(sdk.keystone_list_auth_projects_invoker(iam.KeystoneListAuthProjectsRequest()), {"X-Auth-Token": answer.x_subject_token})
    check("the project of ACME's people is closed to others", listed.projects == [], listed)
    auth.scope = iam.GetIdTokenIdScopeBody(domain=iam.GetIdTokenScopeDomainOrProjectBody(id=DOMAIN))
    answer = ask(auth)
    check("and a scoped one", answer.x_subject_token and answer.token.domain.id == DOMAIN and answer.token.roles[0].name == "te_admin", answer)
    bearer = iam.CreateUnscopedTokenWithIdTokenRequest(idp_id="OPEN", protocol_id="oidc", authorization="Bearer " + id_token)
    answer = sdk.create_unscoped_token_with_id_token(bearer)
    check("so does a bearer", answer.x_subject_token and answer.token.user.name == "ana@example.com", answer)

    config = iam.UpdateOpenIdConnectConfig(client_id="somebody-else")
    body = iam.UpdateOpenIdConnectConfigRequestBody(openid_connect_config=config)
    made = do(sdk.update_open_id_connect_config_invoker(iam.UpdateOpenIdConnectConfigRequest(idp_id="OPEN", body=body)))
    check("the configuration is changed in part", made.openid_connect_config.client_id == "somebody-else" and made.openid_connect_config.idp_url == issuer, made)
    auth.scope = None
    check("and acts at once", refusal(lambda: ask(auth)) == 401)
    do(sdk.keystone_delete_identity_provider_invoker(iam.KeystoneDeleteIdentityProviderRequest(id="OPEN")))
    do(sdk.keystone_delete_mapping_invoker(iam.KeystoneDeleteMappingRequest(id="open")))
    check("a provider that was removed vouches for nobody", refusal(lambda: ask(auth)) == 403)


def key_of(keys, token):
    kid = jwt.get_unverified_header(token)["kid"]
    return next(key for key in keys if key.key_id == kid)


def offline(lab, unscoped_token, token):
    """As a service of the cloud would: keys and list are fetched once, everything else is computed."""
    _, headers, text = lab.ask(PUBLISHED + "jwks")
    check("keys may be kept for a while", headers["Cache-Control"] == "max-age=300", headers)
    keys = jwt.PyJWKSet.from_json(text).keys
    need = {"require": ["iss", "sub", "aud", "iat", "exp", "jti"]}
    read = lambda text: jwt.decode(text, key_of(keys, text), algorithms=["ES256"], audience=DOMAIN, issuer=ISSUER, options=need)
    said = read(token)
    check("PyJWT verifies the scoped token", said["domain"]["id"] == DOMAIN and said["roles"][0]["name"] == "te_admin", said)
    check("its type is its own", jwt.get_unverified_header(token)["typ"] == "subject-token+jwt")
    try:
        read(unscoped_token)
        check("an unscoped token is for nobody else", False)
    except jwt.InvalidAudienceError:
        check("an unscoped token is for nobody else", True)
    parent = jwt.decode(unscoped_token, key_of(keys, unscoped_token), algorithms=["ES256"], audience=ISSUER, issuer=ISSUER)
    check("the scoped token names the one that it dies with", said["parent"] == {"jti": parent["jti"], "iat": parent["iat"]}, said)
    for at in (len(token) // 2, len(token) - 10):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        try:
            read(changed)
            check("a changed token is refused", False)
        except jwt.InvalidTokenError:
            check("a changed token is refused", True)

    def revoked():
        status, headers, text = lab.ask(PUBLISHED + "revocations")
        listed = jwt.decode(text, key_of(keys_now(lab), text), algorithms=["ES256"], issuer=ISSUER, options={"require": ["exp"]})
        check("the list of revoked tokens is signed, complete and short-lived", listed["sub"] == DOMAIN and listed["complete_from"] == 0 and listed["exp"] - listed["iat"] == 300, listed)
        return listed["revoked"], headers["ETag"]

    listed, tag = revoked()
    check("the token is not on it", not {said["jti"], parent["jti"]} & set(listed), listed)
    status, _, _ = lab.ask(PUBLISHED + "revocations", headers={"If-None-Match": tag})
    check("an unchanged list is not sent again, unless its minute is over", status in (200, 304), status)
    status, _, _ = lab.ask(DOOR + "/v3/auth/tokens", headers={"X-Auth-Token": unscoped_token, "X-Subject-Token": unscoped_token}, method="DELETE")
    check("the parent is revoked", status == 204, status)
    time.sleep(1.5)
    listed, _ = revoked()
    check("and stands on the list, by the name that its child knows", said["parent"]["jti"] in listed, listed)
    status, _, _ = lab.ask(DOOR + "/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token})
    check("and the door refuses the child at once", status == 401, status)


def keys_now(lab):
    return jwt.PyJWKSet.from_json(lab.ask(PUBLISHED + "jwks")[2]).keys


def main():
    with Lab(arguments()) as lab:
        sdk = client(lab)
        first, second = tokens(lab, sdk)
        registration(lab, sdk, first, second)
        openid(sdk, second)
        offline(lab, first, second)
    done()


if __name__ == "__main__":
    main()
