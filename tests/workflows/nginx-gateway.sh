#!/usr/bin/env bash
# examples/nginx-gateway as it stands there, on free ports: a real nginx forwards transactions and asks whether each may pass.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
chmod 755 "$folder"
cp "$here"/../../examples/nginx-gateway/* "$here"/../../examples/nginx/api.py "$folder"
mkdir "$folder/temp"
running=()
end() {
  for process in "${running[@]}"; do kill "$process" 2>/dev/null; done
  wait
  rm -rf "$folder"
}
trap end EXIT

failures=0
same() {
  if [ "$2" = "$3" ]; then
    echo "ok - $1"
  else
    echo "not ok - $1: wanted '$2', got '$3'"
    failures=$((failures + 1))
  fi
}

cd "$folder" || exit 1
read -r front door asked api < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(each.getsockname()[1] for each in held))')
sed -i "s/:8080/:$front/; s/:9080/:$door/; s/:9091/:$asked/; s/:9092/:$api/" nginx.conf portaria.toml
mkdir key && "$PROGRAM" init key >/dev/null && mv key/master.key .
"$PROGRAM" apply --config portaria.toml -f world.toml >log 2>&1 || { cat log; exit 1; }
"$PROGRAM" serve --config portaria.toml >>log 2>&1 &
running+=($!)
python3 api.py "$api" &
running+=($!)
"$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$folder" -c nginx.conf >>log 2>&1 &
running+=($!)

ask() { curl --silent --max-time 10 --noproxy '*' -H 'Host: signing.example.com' "$@"; }
status() { ask --output /dev/null --write-out '%{http_code}' "$@"; }
at="http://127.0.0.1:$front"
for _ in $(seq 100); do
  [ "$(status "$at/sign")" = 401 ] && [ "$(status "http://127.0.0.1:$api/")" = 200 ] && break
  sleep 0.1
done

holder=52998224725
code() {
  python3 -c 'import hashlib, hmac, struct, time
mac = hmac.new(b"12345678901234567890", struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))'
}
header() { python3 -c 'import json, sys; print(json.load(sys.stdin)["headers"].get(sys.argv[1], ""))' "$1"; }
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
[ "$failures" = 0 ] || tail -5 log
[ "$failures" = 0 ]
