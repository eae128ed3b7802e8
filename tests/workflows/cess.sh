#!/usr/bin/env bash
# cess.sh: CESS's document for authentication, with curl: each form of `Authorization`, sessions and their end.
. "$(dirname "$0")/shell.sh"
cess=http://cess.local
holder=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["cess"]["username"])' "$manifest")

# The one-time password of the time step that lies $1 away from now: each is good once, and none before an earlier one.
otp() {
  python3 - "$manifest" "$1" <<'PY'
import base64, hmac, json, struct, sys, time
secret = base64.b32decode(json.load(open(sys.argv[1]))["cess"]["totp"])
mac = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30 + int(sys.argv[2])), "sha1")
at = mac[19] & 15
print(f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}")
PY
}
# A transaction that shows $1, with headers.
transaction() { curl --include "$cess/transaction" -H "Authorization: $1" "${@:2}" | tr -d '\r'; }
encoded() { printf '%s' "$1" | base64 --wrap=0; }
session() { sed -n 's/^[Vv][Cc][Ss]chema[Dd]ata: //p' <<<"$1"; }
good='^HTTP/[0-9.]+ 200' bad='^HTTP/[0-9.]+ 401'

# A step must not pass between the first code and the last.
while [ $(($(date +%s) % 30)) -gt 15 ]; do sleep 1; done
first=$(otp -1) second=$(otp 0) third=$(otp 1)

answer=$(transaction "Basic $(encoded "$holder:$first")")
like 'simple: username:otp' "$good" "$answer"
same 'simple: no session is told of' '' "$(session "$answer")"
like 'simple: a one-time password is good once' "$bad" "$(transaction "Basic $(encoded "$holder:$first")")"
like 'no Authorization' "$bad" "$(curl --include "$cess/transaction" | tr -d '\r')"
like 'Basic that is no base64' "$bad" "$(transaction 'Basic !!!')"

answer=$(transaction "Basic $(encoded "$holder:$second")" -H 'VCSchemaCfg: returnAccessToken=true;lifetime=999;autoRevoke=true')
like 'session: accessToken;lifetime;provider' '^[^;]+;999;[A-Z]+$' "$(session "$answer")"
like 'session: autoRevoke has ended it with the transaction' "$bad" "$(transaction "Bearer $(session "$answer" | cut -d ';' -f 1)")"

answer=$(transaction "VCSchema $(encoded "$holder:$third")" -H 'VCSchemaCfg: returnAccessToken=true;lifetime=999;autoRevoke=false')
token=$(session "$answer" | cut -d ';' -f 1) provider=$(session "$answer" | cut -d ';' -f 3)
for again in once twice; do like "session that stays open: Bearer, $again" "$good" "$(transaction "Bearer $token")"; done
for form in "$holder|$token" "$provider-$holder|$token"; do
  like "VCSchema ${form%|*}|accesstoken" "$good" "$(transaction "VCSchema $(encoded "$form")")"
done
like 'VCSchema with a provider that is not configured' "$bad" "$(transaction "VCSchema $(encoded "NOSUCH-$holder|$token")")"

revoke() { curl --write-out '\n%{http_code}' -X POST "$cess/revoke" -H 'Content-Type: application/json' --data "$1"; }
like 'revoke' '"revoked": ?true' "$(revoke "{\"token\": \"$token\"}")"
like 'a revoked session is over' "$bad" "$(transaction "Bearer $token")"
like 'revoke: what is no JSON' '^400$' "$(revoke '{')"
finish
