#!/usr/bin/env python3
"""OpenStack's own clients against the lab's cloud, as they are: its command, its SDK and the plugins of keystoneauth, among them
SAML's enhanced client, which signs on at the lab's identity provider. They reach the lab through its proxy."""
import json
import os
import subprocess
import sys

LAB = os.environ["LAB_STATE"]
lab = json.load(open(os.path.join(LAB, "state", "lab.json")))
ENVIRONMENT = {**os.environ, "HTTPS_PROXY": lab["proxy"], "REQUESTS_CA_BUNDLE": lab["ca"], "OS_CACERT": lab["ca"], "HOME": LAB}
VENV = os.path.join(os.path.dirname(__file__), "..", "..", "target", "peers", "openstack", "bin")
CLOUD = "https://iam.example.com/v3"
ECP = "https://idp.example.org/idp/profile/SAML2/SOAP/ECP"
DOMAIN, PROJECT = "06ba0970a097acc0f36c0086bb6cfe0", "06aa2260bd00d5b32fb2c00862a34f9c"
failures = 0


def check(what, holds, found=""):
    global failures
    print(f"ok - {what}" if holds else f"not ok - {what}\n    {str(found)[-1500:]}", flush=True)
    failures += not holds


def openstack(*command, **options):
    """The command, with `options` as its OS_… variables: exit code, what it says as JSON, and the text of its errors."""
    environment = {**ENVIRONMENT, "OS_AUTH_URL": CLOUD, "OS_IDENTITY_API_VERSION": "3", **{f"OS_{key.upper()}": value for key, value in options.items()}}
    ended = subprocess.run([os.path.join(VENV, "openstack"), *command, "-f", "json"], env=environment, capture_output=True, text=True, timeout=120)
    said = json.loads(ended.stdout) if ended.returncode == 0 and ended.stdout.strip() else {}
    return ended.returncode, said, ended.stdout + ended.stderr


def by_saml(user, password="my-password"):
    return dict(auth_type="v3samlpassword", identity_provider="ACME", protocol="saml", identity_provider_url=ECP, username=user, password=password)


here = dict(project_id=PROJECT)
code, said, text = openstack("token", "issue", **by_saml("my-sso-username"), **here)
check("v3samlpassword: a token for the project", code == 0 and said.get("project_id") == PROJECT, text)
code, named, text = openstack("token", "issue", **by_saml("my-sso-username@my-domain"), project_name="example", project_domain_name="IAMDomain")
check("the project by name, the person by user principal name", code == 0 and named.get("project_id") == PROJECT, text)
check("it is the same person", named.get("user_id") == said.get("user_id") and len(said.get("user_id", "")) == 32, (named, said))
code, domain, text = openstack("token", "issue", **by_saml("my-sso-username"), domain_id=DOMAIN)
check("v3samlpassword: a token for the domain", code == 0 and domain.get("domain_id") == DOMAIN, text)
code, catalog, text = openstack("catalog", "list", **by_saml("my-sso-username"), **here)
check("the catalog is in the token", code == 0 and catalog and catalog[0]["Name"] == "ecs", text)

code, _, text = openstack("token", "issue", **by_saml("my-sso-username", "not-my-password"), **here)
check("a wrong password is refused", code != 0, text)
code, _, text = openstack("token", "issue", **by_saml("mfa-user"), **here)
check("a second factor that the client cannot give is refused", code != 0, text)
code, _, text = openstack("token", "issue", **by_saml("outsider"), **here)
check("a person in no admitted group gets no project", code != 0, text)

password = dict(auth_type="v3password", username="local-user", user_domain_name="IAMDomain", password="my-password")
code, local, text = openstack("token", "issue", **password, domain_name="IAMDomain")
check("v3password: a token for the domain", code == 0 and local.get("domain_id") == DOMAIN, text)
code, _, text = openstack("token", "issue", **{**password, "password": "not-my-password"}, domain_name="IAMDomain")
check("v3password: a wrong password is refused", code != 0 and "401" in text, text)
code, _, text = openstack("token", "issue", **{**password, "auth_type": "password"}, domain_name="IAMDomain")
check("password, after asking which versions there are", code == 0, text)

# The SDK and the plugins, in a process of their own: what they must be told about proxy and authority stands in the environment.
SDK = """
import json, openstack
from keystoneauth1 import loading, session
from keystoneauth1.identity import v3
cloud, ecp, project = %r, %r, %r
asked = session.Session()
saml = loading.get_plugin_loader('v3samlpassword').load_from_options(auth_url=cloud, identity_provider='ACME', protocol='saml', identity_provider_url=ecp, username='my-sso-username', password='my-password')
unscoped = saml.get_unscoped_auth_ref(asked)
scoped = v3.Token(cloud, unscoped.auth_token, project_id=project).get_access(asked)
connection = openstack.connection.Connection(session=session.Session(auth=v3.Token(cloud, unscoped.auth_token, project_id=project)), identity_interface='public')
print(json.dumps({
    'federated': unscoped.is_federated, 'user': unscoped.username, 'unscoped': not unscoped.scoped,
    'project': scoped.project_id, 'roles': scoped.role_names, 'catalog': scoped.has_service_catalog(),
    'sdk': connection.current_project_id,
    'metadata': asked.get('https://iam.example.com/v3-ext/auth/OS-FEDERATION/SSO/metadata').status_code,
}))
""" % (CLOUD, ECP, PROJECT)
ended = subprocess.run([os.path.join(VENV, "python"), "-c", SDK], env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
said = json.loads(ended.stdout) if ended.returncode == 0 else {}
check("keystoneauth: an unscoped token of a federated person", said.get("federated") and said.get("unscoped") and said.get("user") == "FederationUser", ended.stderr)
check("v3token: scoped with its roles and a catalog", said.get("project") == PROJECT and said.get("roles") == ["te_admin"] and said.get("catalog"), said)
check("openstacksdk knows its project", said.get("sdk") == PROJECT, said)

sys.exit(1 if failures else 0)
