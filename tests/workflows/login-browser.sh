#!/usr/bin/env bash
# The program's own client, driving a real browser through the three sign-in pages.
. "$(dirname "$0")/shell.sh"
grid=storagegrid.example.com
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
export HOME="$LAB_STATE/browsing"
export XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache" XDG_STATE_HOME="$HOME/state" XDG_DATA_HOME="$HOME/data"
mkdir -p "$HOME"
export PORTARIA_PASSWORD=my-password
opens() { status "https://$grid/api/v3/org/config" -H "Authorization: Bearer $1"; }
login() {
  out=$("$PROGRAM" login --browser --no-input --timeout 60 --address "$grid" -o token "$@" 2>"$LAB_STATE/error")
  code=$?
}
ends() { if [ "$code" = "$2" ]; then pass "$1: $2"; else miss "$1: $2" "ended with $code; $out; $(cat "$LAB_STATE/error")"; fi; }
# The code that the authenticator of the careful person shows. It is good once.
otp() {
  python3 - "$manifest" <<'PYTHON'
import base64, hashlib, hmac, json, struct, sys, time
secret = next(u["totp"] for u in json.load(open(sys.argv[1]))["users"] if u["totp"])
mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000))
PYTHON
}

adfs=(--method adfs --account 12345 --domain my-domain --trust-host adfs.example.com)
ping=(--method pingfederate --account 67890 --trust-host my-pf-baseurl)
entra=(--method entra --account 24680 --domain my-domain --trust-host entra.example.com)

for way in adfs ping entra; do
  declare -n system=$way
  login "${system[@]}" --user my-sso-username
  ends "$way" 0
  like "$way: a token" "^$uuid\$" "$out"
  same "$way: it works" 200 "$(opens "$out")"
done
PORTARIA_PASSWORD=not-my-password login "${adfs[@]}" --user my-sso-username
ends 'a wrong password' 4
PORTARIA_PASSWORD=not-my-password login "${entra[@]}" --user my-sso-username
ends 'a wrong password at Entra' 4
login "${entra[@]}" --user mfa-user
ends 'a second factor, and nobody to ask' 5
PORTARIA_OTP=000000 login "${entra[@]}" --user mfa-user
ends 'a wrong second factor' 6
PORTARIA_OTP=$(otp) login "${adfs[@]}" --user mfa-user
ends 'a second factor' 0
login --method adfs --account 12345 --user my-sso-username --domain my-domain
ends 'a host that nobody trusted' 8
PORTARIA_PASSWORD='' login "${adfs[@]}" --user my-sso-username
ends 'no password, and nobody to type it' 5
PORTARIA_BROWSER=/nowhere/chromium login "${adfs[@]}" --user my-sso-username
ends 'no browser' 1
if grep -rqF my-password "$HOME" 2>/dev/null; then miss 'the password lies in a file'; else pass 'the password lies in no file'; fi
finish
