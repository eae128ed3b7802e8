#!/usr/bin/env bash
# huawei-unscoped-token.sh: Huawei Cloud's document for an unscoped token (IdP initiated), with curl; around it, what must be refused.
. "$(dirname "$0")/shell.sh"
iam=https://iam.example.com
start='https://idp.example.org/idp/profile/SAML2/Unsolicited/SSO?providerId=iam.example.com'

field() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" <<<"$2" | head -n 1; }
# A field of the token in a body: a Python expression over `token`.
token() { python3 -c 'import json, sys; token = json.load(sys.stdin)["token"]; print(eval(sys.argv[1]))' "$1"; }
# A SAML response: step 1, the address in a browser; step 2, the form.
respond() {
  local jar page action
  jar=$(mktemp)
  page=$(curl --cookie-jar "$jar" "$start")
  action=$(sed -n 's/.*action="\([^"]*\)".*/\1/p' <<<"$page" | head -n 1 | sed 's/&amp;/\&/g; s/&#38;/\&/g')
  page=$(curl --cookie "$jar" "https://idp.example.org$action" --data-urlencode "j_username=$1" --data-urlencode "j_password=$2")
  rm -f "$jar"
  field SAMLResponse "$page"
}
redeem() { curl -X POST "$iam/v3.0/OS-FEDERATION/tokens" -H 'Content-Type: application/x-www-form-urlencoded' -H "X-Idp-Id: $1" --data-urlencode "SAMLResponse=$2" "${@:3}"; }

same 'a wrong password brings no response' '' "$(respond my-sso-username wrong)"
response=$(respond my-sso-username my-password)
like 'the identity provider posts a response' '^[A-Za-z0-9+/]+=*$' "$response"
head=$(mktemp)
answer=$(redeem ACME "$response" --dump-header "$head")
like 'the document'"'"'s request: 201' '^HTTP/[0-9.]+ 201' "$(cat "$head")"
unscoped=$(tr -d '\r' <"$head" | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p')
rm -f "$head"
like 'with a signed token in X-Subject-Token' '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$' "$unscoped"
same 'methods' "['mapped']" "$(token 'token["methods"]' <<<"$answer")"
same 'provider and protocol' 'ACME saml' "$(token 'token["user"]["OS-FEDERATION"]["identity_provider"]["id"] + " " + token["user"]["OS-FEDERATION"]["protocol"]["id"]' <<<"$answer")"
same 'group' '06aa22601502cec4a23ac0084a74038f admin' "$(token '"{id} {name}".format(**token["user"]["OS-FEDERATION"]["groups"][0])' <<<"$answer")"
same 'domain' '06ba0970a097acc0f36c0086bb6cfe0 IAMDomain' "$(token '"{id} {name}".format(**token["user"]["domain"])' <<<"$answer")"
same 'name, and an identifier of 32 characters' 'FederationUser 32' "$(token 'token["user"]["name"] + " " + str(len(token["user"]["id"]))' <<<"$answer")"
like 'times with microseconds' '^20[0-9-]+T[0-9:]{8}\.[0-9]{6}Z$' "$(token 'token["issued_at"]' <<<"$answer")"

# The document's table of status codes.
same '401: the response was used' IAM.0001 "$(redeem ACME "$response" | json error_code)"
same '401 is its status' 401 "$(redeem ACME "$response" --output /dev/null --write-out '%{http_code}')"
same '403: another provider' 403 "$(redeem OTHER "$(respond my-sso-username my-password)" --output /dev/null --write-out '%{http_code}')"
same '400: no X-Idp-Id' 400 "$(status -X POST "$iam/v3.0/OS-FEDERATION/tokens" --data-urlencode "SAMLResponse=$response")"
same '400: no SAMLResponse' 400 "$(status -X POST "$iam/v3.0/OS-FEDERATION/tokens" -H 'X-Idp-Id: ACME' --data x=y)"
same '405: another method' 405 "$(status "$iam/v3.0/OS-FEDERATION/tokens" -H 'X-Idp-Id: ACME')"
big=$(mktemp)
head -c 4194304 /dev/zero | tr '\0' A >"$big"
same '413: a body of 4 MiB' 413 "$(status -X POST "$iam/v3.0/OS-FEDERATION/tokens" -H 'X-Idp-Id: ACME' -H 'Content-Type: application/x-www-form-urlencoded' --data-binary "@$big")"
rm -f "$big"

# An unscoped token opens nothing but its scoping.
same 'an unscoped token registers nothing' 403 "$(status "$iam/v3/OS-FEDERATION/identity_providers" -H "X-Auth-Token: $unscoped")"
project=$(curl "$iam/v3/OS-FEDERATION/projects" -H "X-Auth-Token: $unscoped" | python3 -c 'import json, sys; print(json.load(sys.stdin)["projects"][0]["id"])')
scoped=$(curl "$iam/v3/auth/tokens" --output /dev/null --dump-header - -H 'Content-Type: application/json' \
  --data "{\"auth\":{\"identity\":{\"methods\":[\"token\"],\"token\":{\"id\":\"$unscoped\"}},\"scope\":{\"project\":{\"id\":\"$project\"}}}}" | tr -d '\r' | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: //p')
about() { status "$iam/v3/auth/tokens" -X "$1" -H "X-Auth-Token: $2" -H "X-Subject-Token: $2"; }
same 'the scoped token is good' 200 "$(about GET "$scoped")"
same 'the unscoped one is revoked' 204 "$(about DELETE "$unscoped")"
same 'and the scoped one dies with it' 401 "$(about GET "$scoped")"
finish
