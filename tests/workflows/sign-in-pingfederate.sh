#!/usr/bin/env bash
# StorageGRID's document for PingFederate with the account that it prints: a lab of its own, in which that account signs in there.
set -uo pipefail
LAB_STATE=$(mktemp -d)
export LAB_STATE
lab=
end() {
  [ -n "$lab" ] && kill "$lab" 2>/dev/null && wait "$lab"
  rm -rf "$LAB_STATE"
}
trap end EXIT
"$PROGRAM" lab --sign-in pingfederate --state "$LAB_STATE/state" >"$LAB_STATE/out" 2>&1 &
lab=$!
for _ in $(seq 600); do
  [ -s "$LAB_STATE/state/lab.json" ] && break
  kill -0 "$lab" 2>/dev/null || break
  sleep 0.1
done
"$(dirname "$0")/storagegrid-pingfederate.sh" 12345
