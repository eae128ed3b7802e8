#!/usr/bin/env bash
# The program's own client against the lab: tokens, exit codes, and what may not be left lying about.
. "$(dirname "$0")/shell.sh"
grid=storagegrid.example.com
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
export HOME="$LAB_STATE/person"
export XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache" XDG_STATE_HOME="$HOME/state" XDG_DATA_HOME="$HOME/data"
mkdir -p "$HOME"
export PORTARIA_PASSWORD=my-password
opens() { status "https://$grid/api/v3/org/config" -H "Authorization: Bearer $1"; }
# Runs the client without a person to ask; leaves its output in $out, its exit code in $code.
client() {
  out=$("$PROGRAM" "$@" 2>"$LAB_STATE/error")
  code=$?
}
login() { client login --no-input --address "$grid" "$@"; }
ends() { if [ "$code" = "$2" ]; then pass "$1: $2"; else miss "$1: $2" "ended with $code; $out; $(cat "$LAB_STATE/error")"; fi; }

adfs=(--method adfs --account 12345 --domain my-domain --trust-host adfs.example.com)
ping=(--method PingFederate --account 67890 --trust-host my-pf-baseurl)

login "${ping[@]}" --user my-sso-username
ends 'PingFederate' 0
like 'the line that people copy' "^StorageGRID Auth Token: $uuid\$" "$out"
login "${adfs[@]}" --user my-sso-username -o token
ends 'AD FS' 0
like '-o token is the token alone' "^$uuid\$" "$out"
token=$out
same 'it works' 200 "$(opens "$token")"
client token
same 'token prints the last one' "$token" "$out"

PORTARIA_PASSWORD=not-my-password login "${adfs[@]}" --user my-sso-username
ends 'a wrong password' 4
login "${adfs[@]}" --user outsider
ends 'a person in no admitted group' 4
login "${adfs[@]}" --user mfa-user
ends 'a second factor, and nobody to ask' 5
PORTARIA_OTP=000000 login "${adfs[@]}" --user mfa-user
ends 'a wrong second factor' 6
# The password goes nowhere by itself: a home that has never heard of the host.
HOME="$LAB_STATE/stranger" XDG_CONFIG_HOME="$LAB_STATE/stranger/config" XDG_STATE_HOME="$LAB_STATE/stranger/state" XDG_DATA_HOME="$LAB_STATE/stranger/data" \
  login --method adfs --account 12345 --domain my-domain --user my-sso-username
ends 'a host that nobody trusted' 8
client login --no-input --address nowhere.example.com "${adfs[@]}" --user my-sso-username
ends 'a host that does not exist' 3
client login --method nonsense
ends 'a method that does not exist' 2
client token
same 'failures leave the last token alone' "$token" "$out"

if grep -rqF my-password "$HOME" "$LAB_STATE/stranger" 2>/dev/null; then miss 'the password lies in a file'; else pass 'the password lies in no file'; fi
client logout
ends 'logout' 0
same 'and the token is dead' 401 "$(opens "$token")"
finish
