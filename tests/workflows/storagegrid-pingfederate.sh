#!/usr/bin/env bash
# storagegrid-pingfederate.sh ACCOUNT: StorageGRID's document for single sign-on with PingFederate, with curl, letter by letter.
. "$(dirname "$0")/shell.sh"
account=$1
grid=https://storagegrid.example.com
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

authorize() { curl -X POST "$grid/api/v3/authorize-saml" -H 'accept: application/json' -H 'Content-Type: application/json' --data "{\"accountId\": \"$account\"}" | json data; }
redeem() { curl -X POST "$grid:443/api/saml-response" -H 'accept: application/json' --data-urlencode "SAMLResponse=$1" --data-urlencode "RelayState=$account" "${@:2}"; }
opens() { status "$grid/api/v3/org/config" -H "Authorization: Bearer $token"; }
hidden() { sed -n 's/.*name="SAMLResponse" value="\([^"]*\)".*/\1/p' <<<"$1"; }

# b, c: the signed URL
url=$(authorize)
like 'b: the URL leads to PingFederate' '^https://my-pf-baseurl/idp/SSO\.saml2\?SAMLRequest=' "$url"

# d to g: the page with the cookie jar in one text, as the document takes it
answer=$(curl --cookie-jar - "$url")
adapter=$(sed -n 's/.*name="pf.adapterId" id="pf.adapterId" value="\([^"]*\)".*/\1/p' <<<"$answer")
like 'e: pf.adapterId' '.' "$adapter"
base=$(sed -n 's|.*<base href="\([^"]*\)/".*|\1|p' <<<"$answer")
same 'f: the base' https://my-pf-baseurl "$base"
action=$(grep 'form method="POST"' <<<"$answer" | sed 's/.*action="\([^"]*\)".*/\1/')
like 'g: the action' '^/idp/[A-Za-z0-9]+/resumeSAML20/idp/SSO\.ping$' "$action"
like 'd: the jar has the cookie PF, kept from scripts' $'^#HttpOnly_my-pf-baseurl\t.*\tPF\t' "$answer"

# h: the credentials, first wrong ones
sign_in() { curl --cookie <(printf '%s\n' "$answer") -X POST "$base$action" --data "pf.username=$1&pf.pass=$2&pf.ok=clicked&pf.cancel=&pf.adapterId=$adapter" --include; }
wrong=$(sign_in my-sso-username not-my-password)
like 'h: a wrong password shows the page again' '^HTTP/[0-9.]+ 200' "$wrong"
like 'h: with the message that clients look for' "We didn(&#39;|&#x27;|')t recognize the username or password" "$wrong"
same 'h: and no response' '' "$(hidden "$wrong")"
page=$(sign_in my-sso-username my-password)
like 'h: the same transaction goes on with the right one' '^HTTP/[0-9.]+ 200' "$page"
response=$(hidden "$page")
like 'i: a SAMLResponse' '^[A-Za-z0-9+/=]+$' "$response"

# j: the token
reply=$(redeem "$response")
token=$(json data <<<"$reply")
like 'j: the token is a UUID' "^$uuid\$" "$token"
same 'the same response again: 401' 401 "$(redeem "$response" --output /dev/null --write-out '%{http_code}')"
same 'the token opens org/config' 200 "$(opens)"

# Vouched for, and in no admitted group
answer=$(curl --cookie-jar - "$(authorize)")
action=$(grep 'form method="POST"' <<<"$answer" | sed 's/.*action="\([^"]*\)".*/\1/')
outsider=$(hidden "$(sign_in outsider my-password)")
like 'PingFederate vouches for an outsider' '.' "$outsider"
like 'StorageGRID does not let an outsider in' '^40[13]$' "$(redeem "$outsider" --output /dev/null --write-out '%{http_code}')"

# Signing out, 1 to 4
leave() { curl -X DELETE "$grid/api/v3/authorize" -H 'accept: application/json' -H "Authorization: Bearer $token" "$@"; }
url=$(leave --cookie 'sso=true' | json data)
like '1: a logout URL at PingFederate' '^https://my-pf-baseurl/idp/SLO\.saml2\?SAMLRequest=' "$url"
same '2: asking for it revokes nothing' 200 "$(opens)"
reply=$(curl --include "$url" | tr -d '\r')
like '3: 302' '^HTTP/[0-9.]+ 302' "$reply"
like '3: back to StorageGRID with a response' '^[Ll]ocation: https://storagegrid\.example\.com:443/api/saml-logout\?SAMLResponse=' "$reply"
like '3: the cookie as printed' '^[Ss]et-[Cc]ookie: PF=[^;]*; *Path=/; *Secure; *HttpOnly; *SameSite=None' "$reply"
like '3: StorageGRID accepts it' '^(200|204|302)$' "$(status "$(sed -n 's/^[Ll]ocation: //p' <<<"$reply")")"
same '3: the token is dead' 401 "$(opens)"
same '4: deleting it once more is no fault' 204 "$(leave --output /dev/null --write-out '%{http_code}')"

# The session at PingFederate is over: the newest cookie that it gave out before buys nothing
cookie=$(tr -d '\r' <<<"$page" | sed -n 's/^[Ss]et-[Cc]ookie: PF=\([^;]*\).*/\1/p' | tail -n 1)
page=$(curl --cookie "PF=$cookie" "$(authorize)")
like 'the session at PingFederate is over too' 'name="pf.pass"' "$page"
same 'and its cookie buys no response' '' "$(hidden "$page")"
finish
