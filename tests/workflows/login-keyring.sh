#!/usr/bin/env bash
# The client's cache with the keyring of a desktop: a real GNOME Keyring on a bus of its own, unlocked, locked, mute and gone.
. "$(dirname "$0")/shell.sh"
grid=storagegrid.example.com
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
export HOME="$LAB_STATE/desktop" XDG_RUNTIME_DIR="$LAB_STATE/desktop/run"
export XDG_CONFIG_HOME="$HOME/config" XDG_CACHE_HOME="$HOME/cache" XDG_STATE_HOME="$HOME/state" XDG_DATA_HOME="$HOME/data"
unset DISPLAY WAYLAND_DISPLAY PORTARIA_CACHE
mkdir -p "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
bus=
keyring=
# A daemon that was stopped does not hear that it is to end.
end() { for process in $keyring $bus; do kill -CONT "$process" && kill "$process"; done 2>/dev/null; }
trap end EXIT
# Only what this script starts answers for the keyring: a bus of its own has no service files.
mkdir "$HOME/services"
cat >"$HOME/bus.conf" <<BUS
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$XDG_RUNTIME_DIR/bus</listen>
  <servicedir>$HOME/services</servicedir>
  <policy context="default"><allow send_destination="*"/><allow own="*"/><allow eavesdrop="true"/></policy>
</busconfig>
BUS
dbus-daemon --config-file="$HOME/bus.conf" --nofork --print-address=3 3>"$HOME/address" 2>/dev/null &
bus=$!
for _ in $(seq 100); do [ -s "$HOME/address" ] && break; sleep 0.05; done
export DBUS_SESSION_BUS_ADDRESS
DBUS_SESSION_BUS_ADDRESS=$(cat "$HOME/address")
# Starts the daemon; with a password on standard input it is unlocked.
start_keyring() {
  gnome-keyring-daemon --foreground --components=secrets --control-directory="$XDG_RUNTIME_DIR/keyring" "$@" <&0 >/dev/null 2>&1 &
  keyring=$!
  for _ in $(seq 100); do dbus_names | grep -q org.freedesktop.secrets && return; sleep 0.05; done
}
dbus_names() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames 2>/dev/null; }
stop_keyring() { kill "$keyring" && wait "$keyring"; keyring=; } 2>/dev/null

client() {
  out=$(timeout 60 "$PROGRAM" "$@" 2>"$LAB_STATE/error" </dev/null)
  code=$?
}
login() { PORTARIA_PASSWORD=my-password client login --no-input --address "$grid" --method pingfederate --account 67890 --trust-host my-pf-baseurl --user my-sso-username -o token "$@"; }
ends() { if [ "$code" = "$2" ]; then pass "$1: $2"; else miss "$1: $2" "ended with $code; $out; $(cat "$LAB_STATE/error")"; fi; }
keeps() { client status --offline --json; like "$1" "\"cache\":\"$2\"" "$out"; }

start_keyring --unlock <<<'the keyring of this test'
login
ends 'a desktop with its keyring' 0
token=$out
keeps 'by itself, the desktop keeps the key' secret-service
client token --no-input
same 'the token comes back' "$token" "$out"
if [ -e "$XDG_STATE_HOME/portaria/cache.key" ]; then miss 'a key lies in a file'; else pass 'no key lies in a file'; fi
like 'and somebody else finds it in the keyring' 'portaria: key of the tokens of' "$(secret-tool search application portaria 2>&1 | tr -d '\0')"
first=$(secret-tool search --all application portaria 2>&1 | grep -c '^\[')
login --cache secret-service
ends 'named' 0
same 'there is one key, however often somebody signs in' "$first" "$(secret-tool search --all application portaria 2>&1 | grep -c '^\[')"
token=$out

stop_keyring
start_keyring
client token --no-input
ends 'a locked keyring, and nobody to unlock it' 5
like 'it says so' 'secret-service cannot be used: it is locked' "$(cat "$LAB_STATE/error")"
client logout
ends 'and nobody is signed out unheard' 5
PORTARIA_PASSWORD=my-password client token --no-input --address "$grid" --method pingfederate --account 67890 --trust-host my-pf-baseurl --user my-sso-username
ends 'who can sign in anew does' 0
like 'and gets another token' "^$uuid\$" "$out"
client status --offline --json
unlike 'which the locked keyring does not keep' '"cache":"secret-service"' "$out"
login --cache secret-service
ends 'a locked keyring that was insisted on' 5

kill -STOP "$keyring"
start=$SECONDS
login
ends 'a keyring that does not answer' 0
if [ $((SECONDS - start)) -lt 40 ]; then pass 'does not stop a sign-in'; else miss 'does not stop a sign-in' "took $((SECONDS - start)) s"; fi
login --cache secret-service
ends 'and is named where it was insisted on' 1
like 'as what it is' 'it does not answer' "$(cat "$LAB_STATE/error")"
kill -CONT "$keyring"

stop_keyring
start_keyring --unlock <<<'the keyring of this test'
login --cache secret-service
ends 'unlocked again' 0
client logout
ends 'logout' 0
client status --offline
ends 'nobody is signed in' 5
login --cache file
ends 'a file that was insisted on' 0
keeps 'keeps it' file
login --cache none
ends 'nothing is kept' 0
keeps 'and what was kept stays' file
mkdir -p "$XDG_CONFIG_HOME/portaria"
printf '[profiles.plain]\ncache = "secret-service"\n' >"$XDG_CONFIG_HOME/portaria/config.toml"
login -p plain
ends 'a profile that names it' 0
client status -p plain --offline --json
like 'is heard' '"cache":"secret-service"' "$out"
finish
