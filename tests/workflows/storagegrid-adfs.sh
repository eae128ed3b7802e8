#!/usr/bin/env bash
# storagegrid-adfs.sh ACCOUNT: StorageGRID's document for single sign-on with Active Directory, with curl, letter by letter;
# around it, what must be refused.
. "$(dirname "$0")/shell.sh"
account=$1
if [ "$account" = 0 ]; then own=grid foreign=org; else own=org foreign=grid; fi
grid=https://storagegrid.example.com
adfs=https://adfs.example.com
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

authorize() { curl -X POST "$grid/api/v3/authorize-saml" -H 'accept: application/json' -H "Content-Type: ${1:-application/json}" --data "{\"accountId\": \"$account\"}"; }
redeem() { curl -X POST "$grid:443/api/saml-response" -H 'accept: application/json' --data-urlencode "SAMLResponse=$1" --data-urlencode "RelayState=${2-$account}" "${@:3}"; }
opens() { status "$grid/api/v3/$1/config" -H "Authorization: Bearer $2"; }
cookie() { sed -n "s/^[Ss]et-[Cc]ookie: $1=\([^;]*\);.*/\1/p" <<<"$2" | head -n 1; }
hidden() { sed -n 's/.*name="SAMLResponse" value="\([^"]*\)".*/\1/p' <<<"$1"; }
request_id() { sed -n 's/.*client-request-id=\([^"&]*\)".*/\1/p' <<<"$1" | head -n 1; }

# b: a signed authentication URL
answer=$(authorize)
same 'b: status' success "$(json status <<<"$answer")"
like 'b: apiVersion' '^3\.[0-9]+$' "$(json apiVersion <<<"$answer")"
like 'b: responseTime has milliseconds and Z' '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$' "$(json responseTime <<<"$answer")"
url=$(json data <<<"$answer")
like 'b: the URL begins and ends as printed' "^$adfs/adfs/ls/\?SAMLRequest=.+&RelayState=$account\$" "$url"
same 'b: the content type is exact, whatever the request says of itself' application/json \
  "$(curl -X POST "$grid/api/v3/authorize-saml" --data "{\"accountId\": \"$account\"}" --output /dev/null --write-out '%{content_type}')"
unlike 'b: an account that does not exist gets no URL' '"status": *"success"' "$(curl -X POST "$grid/api/v3/authorize-saml" -H 'Content-Type: application/json' --data '{"accountId": "99999"}')"
like 'b: what is not JSON is the client'"'"'s fault' '^4[0-9]{2}$' "$(status -X POST "$grid/api/v3/authorize-saml" -H 'Content-Type: application/json' --data '{')"

# c, d, e: SAMLRequest, login form, client request ID
request=$(sed 's/.*SAMLRequest=\([^&]*\).*/\1/' <<<"$url")
page=$(curl "$adfs/adfs/ls/?SAMLRequest=$request&RelayState=$account")
form=$(grep 'form method="post" id="loginForm"' <<<"$page")
id=$(request_id "$form")
like 'e: a client request ID' "^$uuid\$" "$id"
action="/adfs/ls/?SAMLRequest=$request&RelayState=$account&client-request-id=$id"
if grep -qF "action=\"$action\"" <<<"$form"; then pass 'd: the action is the URL with the client request ID'; else miss 'd: the action' "$form"; fi

# f: credentials, first wrong ones
sign_in() { curl -X POST "$adfs$action" --data "UserName=$1&Password=$2&AuthMethod=FormsAuthentication" --include | tr -d '\r'; }
wrong=$(sign_in my-sso-username@my-domain not-my-password)
like 'f: a wrong password shows the form again' '^HTTP/[0-9.]+ 200' "$wrong"
like 'f: with the message that clients look for' 'id="errorText"[^>]*>[^<]*Incorrect user ID or password' "$wrong"
unlike 'f: and opens no session' '^[Ss]et-[Cc]ookie: MSISAuth=' "$wrong"
nobody=$(sign_in nobody@my-domain my-password)
like 'f: a person who does not exist looks the same' 'id="errorText"[^>]*>[^<]*Incorrect user ID or password' "$nobody"
right=$(sign_in my-sso-username@my-domain my-password)
like 'f: 302' '^HTTP/[0-9.]+ 302' "$right"
like 'f: back to itself' "^[Ll]ocation: $adfs/adfs/ls/\?SAMLRequest=.*&client-request-id=$id\$" "$right"
like 'f: the cookie is for AD FS, and not for scripts' '^[Ss]et-[Cc]ookie: MSISAuth=[^;]+; ?path=/adfs; ?HttpOnly; ?Secure' "$right"

# g, h, i: the response
session=$(cookie MSISAuth "$right")
page=$(curl "$adfs$action" --cookie "MSISAuth=$session" --include | tr -d '\r')
like 'h: 200' '^HTTP/[0-9.]+ 200' "$page"
like 'h: nobody stores it' '^[Cc]ache-[Cc]ontrol:.*no-store' "$page"
for name in SamlSession MSISAuthenticated MSISLoopDetectionCookie; do like "h: sets $name" "^[Ss]et-[Cc]ookie: $name=[^;]+; ?path=/adfs" "$page"; done
like 'h: the hidden form leads to StorageGRID' '<form method="POST" name="hiddenform" action="https://storagegrid\.example\.com:443/api/saml-response">' "$page"
like 'h: and carries the account' "name=\"RelayState\" value=\"$account\"" "$page"
response=$(hidden "$page")
same 'i: the response is a SAML response' yes "$(base64 -d <<<"$response" | grep -q '<[a-z0-9]*:\?Response ' && echo yes)"

# Before it is redeemed: bent copies of it, which must neither be believed nor use it up
bent=$(base64 -d <<<"$response" | sed 's/my-sso-username/my-sso-usernamf/g; s/\(NotOnOrAfter="20\)2/\13/g' | base64 -w 0)
same 'a response that was changed is refused' 401 "$(status -X POST "$grid:443/api/saml-response" --data-urlencode "SAMLResponse=$bent" --data-urlencode "RelayState=$account")"
same 'a response without RelayState of its account is refused' 401 "$(redeem "$response" 99999 --output /dev/null --write-out '%{http_code}')"
like 'what is not a response is refused' '^4[0-9]{2}$' "$(redeem bm8= "$account" --output /dev/null --write-out '%{http_code}')"

# j: the token
page=$(curl "$adfs$action" --cookie "MSISAuth=$session")
response=$(hidden "$page")
answer=$(redeem "$response")
same 'j: status' success "$(json status <<<"$answer")"
token=$(json data <<<"$answer")
like 'j: the token is a UUID' "^$uuid\$" "$token"
again=$(redeem "$response" "$account" --write-out '\n%{http_code}')
same 'the same response again: 401' 401 "${again##*$'\n'}"
unlike 'and no second token' "\"data\": *\"$uuid\"" "$again"
same "the token opens $own/config" 200 "$(opens "$own" "$token")"
like "and not $foreign/config" '^40[134]$' "$(opens "$foreign" "$token")"
same 'no token opens nothing' 401 "$(status "$grid/api/v3/$own/config")"
same 'a token that nobody was given opens nothing' 401 "$(opens "$own" 00000000-0000-4000-8000-000000000000)"

# Vouched for, and in no admitted group
url=$(authorize | json data)
page=$(curl "$url")
url="$url&client-request-id=$(request_id "$page")"
outsider=$(curl --location --cookie '' --data 'UserName=outsider@my-domain&Password=my-password&AuthMethod=FormsAuthentication' "$url")
response=$(hidden "$outsider")
if [ -n "$response" ]; then pass 'AD FS vouches for an outsider'; else miss 'AD FS vouches for an outsider' "$outsider"; fi
refused=$(redeem "$response" "$account" --write-out '\n%{http_code}')
like 'StorageGRID does not let an outsider in' '^40[13]$' "${refused##*$'\n'}"
unlike 'and gives no token' "\"data\": *\"$uuid\"" "$refused"

# Signing out, 1 to 4
leave() { curl -X DELETE "$grid/api/v3/authorize" -H 'accept: application/json' -H "Authorization: Bearer $token" "$@"; }
url=$(leave --cookie 'sso=true' | json data)
like '1: a logout URL at AD FS' "^$adfs/adfs/ls/\?SAMLRequest=" "$url"
same '2: asking for it revokes nothing' 200 "$(opens "$own" "$token")"
answer=$(curl --include "$url" | tr -d '\r')
like '3: 302' '^HTTP/[0-9.]+ 302' "$answer"
like '3: back to StorageGRID with a response' '^[Ll]ocation: https://storagegrid\.example\.com:443/api/saml-logout\?SAMLResponse=' "$answer"
like '3: MSISSignoutProtocol' '^[Ss]et-[Cc]ookie: MSISSignoutProtocol=U2FtbA==;' "$answer"
like '3: StorageGRID accepts it' '^(200|204|302)$' "$(status "$(sed -n 's/^[Ll]ocation: //p' <<<"$answer")")"
same '3: the token is dead' 401 "$(opens "$own" "$token")"
same '4: deleting it once more is no fault' 204 "$(leave --output /dev/null --write-out '%{http_code}')"
url=$(authorize | json data)
page=$(curl "$url" --cookie "MSISAuth=$session")
like 'the session at AD FS is over too' 'id="loginForm"' "$page"
unlike 'and its cookie buys no response' 'name="SAMLResponse"' "$page"

# The way that single sign-on closes
answer=$(curl -X POST "$grid/api/v3/authorize" -H 'Content-Type: application/json' --data "{\"accountId\": \"$account\", \"username\": \"root\", \"password\": \"x\"}" --write-out '\n%{http_code}')
same 'a plain sign-in: 400' 400 "${answer##*$'\n'}"
like 'a plain sign-in: the key says why' 'sso_enabled' "$answer"
finish
