# To be sourced: points curl at the lab of $LAB_STATE, and counts checks.
set -uo pipefail

manifest="$LAB_STATE/state/lab.json"
of_lab() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$manifest" "$1"; }

HTTPS_PROXY=$(of_lab proxy)
CURL_CA_BUNDLE=$(of_lab ca)
export HTTPS_PROXY https_proxy="$HTTPS_PROXY" http_proxy="$HTTPS_PROXY" NO_PROXY='' no_proxy=''
export CURL_CA_BUNDLE SSL_CERT_FILE="$CURL_CA_BUNDLE"

# Without its option, `--include` would show the answer of the proxy as well.
curl() { command curl --silent --show-error --max-time 20 --suppress-connect-headers "$@"; }
# The status alone.
status() { curl --output /dev/null --write-out '%{http_code}' "$@"; }
# A field of a JSON document on standard input.
json() { python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$1"; }

failures=0
pass() { echo "ok - $1"; }
miss() {
  echo "not ok - $1"
  [ $# -gt 1 ] && printf '%s' "$2" | head -c 600 | sed 's/^/    /' && echo
  failures=$((failures + 1))
}
# same WHAT WANTED FOUND
same() { if [ "$3" = "$2" ]; then pass "$1"; else miss "$1" "wanted $2, found $3"; fi; }
# like WHAT PATTERN TEXT
like() { if grep -qE -- "$2" <<<"$3"; then pass "$1"; else miss "$1" "wanted /$2/, found: $3"; fi; }
# unlike WHAT PATTERN TEXT
unlike() { if grep -qE -- "$2" <<<"$3"; then miss "$1" "did not want /$2/"; else pass "$1"; fi; }
finish() { exit $((failures > 0)); }
