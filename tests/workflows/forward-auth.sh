#!/usr/bin/env bash
# forward-auth.sh nginx|traefik|envoy: the example as it stands there, on free ports: the real proxy asks whether tokens open a small API.
here=$(cd "$(dirname "$0")" && pwd)
examples="$here/../../examples"
case $1 in
  nginx) files=("$examples"/nginx/*) ;;
  # Everything but the proxy's own files is the same.
  *) files=("$examples/$1"/* "$examples"/nginx/{portaria.toml,world.toml,api.py}) ;;
esac
# shellcheck source=behind.sh
. "$here/behind.sh" "$1" "${files[@]}"

ask() { curl --silent --max-time 10 --noproxy '*' -H 'Host: grid.example.com' "$@"; }
ready /api/versions 200

sign_in() {
  ask "$at/api/v3/authorize" "$@" --data '{"accountId": "12345", "username": "ana", "password": "correct horse battery staple", "cookie": true}' -D cookies |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"])'
}
token=$(sign_in)
bearer="Authorization: Bearer $token"

same 'a token opens the API' 200 "$(status "$at/reports/2018" -H "$bearer")"
same 'the API learns who it is' ana "$(ask "$at/reports" -H "$bearer" | header x-portaria-user)"
same 'and which account' 12345 "$(ask "$at/reports" -H "$bearer" | header x-portaria-account)"
same 'and which groups' analysts "$(ask "$at/reports" -H "$bearer" | header x-portaria-groups)"
same 'but not the token' '' "$(ask "$at/reports" -H "$bearer" | header authorization)"
for name in User User-Id Account Groups; do
  same "a client's own X-Portaria-$name does not reach the API" '' \
    "$(ask "$at/reports" -H "$bearer" -H "X-Portaria-$name: admin" | header "x-portaria-${name,,}" | grep admin)"
done
same 'no token, no entry' 401 "$(status "$at/reports")"
same 'nor with an unknown one' 401 "$(status "$at/reports" -H 'Authorization: Bearer 56eb07bf-21f6-40b7-af0b-5c6cacfb25e7')"
same 'nor with what the client says of itself' 401 "$(status "$at/reports" -H 'X-Portaria-User: ana' -H 'X-Forwarded-Uri: /' -H 'X-Forwarded-Host: grid.example.com')"
same 'a group that the person is not in is asked for' 403 "$(status "$at/reports/board" -H "$bearer")"
same 'and asked for under another spelling too' 403 "$(status "$at/reports/%62oard" -H "$bearer")"
same 'a way around is none' 403 "$(status --path-as-is "$at/reports/x/../board" -H "$bearer")"
[ "$proxy" != nginx ] || same 'the question itself is not open to clients' 404 "$(status "$at/-/may" -H "$bearer")"
same 'a browser is sent to sign in and to come back' "$at/sign-on?accountId=12345&return=%2Freports%3Fmonth%3D11" \
  "$(ask --output /dev/null --write-out '%{redirect_url}' "$at/reports?month=11" -H 'Accept: text/html,*/*' | sed -E "s,https?://grid.example.com[:0-9]*,$at,; s,^/,$at/,")"

cookie="Cookie: $(tr -d '\r' <cookies | sed -n 's/^[Ss]et-[Cc]ookie: \(AccountAuthorization=[^;]*\).*/\1/p')"
companion=$(tr -d '\r' <cookies | sed -n 's/^[Ss]et-[Cc]ookie: AccountCsrfToken=\([^;]*\).*/\1/p')
same 'the cookie reads' 200 "$(status "$at/reports" -H "$cookie")"
same 'the cookie alone changes nothing' 403 "$(status -X POST "$at/reports" -H "$cookie")"
same 'with its companion it does' 200 "$(status -X POST "$at/reports" -H "$cookie" -H "X-Csrf-Token: $companion")"
same 'signing out' 204 "$(status -X DELETE "$at/api/v3/authorize" -H "$bearer")"
same 'closes the API at once' 401 "$(status "$at/reports" -H "$bearer")"
finish
