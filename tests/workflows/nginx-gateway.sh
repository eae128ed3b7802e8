#!/usr/bin/env bash
# examples/nginx-gateway as it stands there, on free ports: a real nginx forwards transactions and asks whether each may pass.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=behind.sh
. "$here/behind.sh" nginx "$here"/../../examples/nginx-gateway/* "$here"/../../examples/nginx/api.py

ask() { curl --silent --max-time 10 --noproxy '*' -H 'Host: signing.example.com' "$@"; }
ready /sign 401

holder=52998224725
code() {
  python3 -c 'import hashlib, hmac, struct, time
mac = hmac.new(b"12345678901234567890", struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))'
}
basic="Authorization: Basic $(printf '%s:%s' "$holder" "$(code)" | base64)"

same 'no credential, no entry' 401 "$(status "$at/sign")"
same 'a session that would have to end is not opened' 403 "$(status "$at/sign" -H "$basic")"
data=$(ask --output /dev/null --dump-header - "$at/sign" -H "$basic" -H 'VCSchemaCfg: returnAccessToken=true;autoRevoke=false;lifetime=60' |
  tr -d '\r' | sed -n 's/^[Vv][Cc][Ss]chema[Dd]ata: //p')
token=${data%%;*}
same 'one that stays is, and told' ";60;OURS" "${data#"$token"}"
bearer="Authorization: Bearer $token"
same 'its token passes' 200 "$(status "$at/sign" -H "$bearer")"
same 'the service learns who it is' "$holder" "$(ask "$at/sign" -H "$bearer" | header x-portaria-holder)"
same 'and who says so' OURS "$(ask "$at/sign" -H "$bearer" | header x-portaria-provider)"
same 'but not the token' '' "$(ask "$at/sign" -H "$bearer" | header authorization)"
same "a client's own header does not reach it" "$holder" "$(ask "$at/sign" -H "$bearer" -H 'X-Portaria-Holder: root' | header x-portaria-holder)"
same 'a body passes nginx' 200 "$(status -X POST --data 'to be signed' "$at/sign" -H "$bearer")"
same 'an unknown token does not pass' 401 "$(status "$at/sign" -H 'Authorization: Bearer 0000000000000000000000000000000000000000')"
same 'the question itself is not open to clients' 404 "$(status "$at/-/may" -H "$bearer")"
same 'revoking' '{"revoked":true}' "$(ask "$at/revoke" -H 'Content-Type: application/json' --data "{\"token\": \"$token\"}")"
same 'closes the service at once' 401 "$(status "$at/sign" -H "$bearer")"
finish
