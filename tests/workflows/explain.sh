#!/usr/bin/env bash
# `portaria explain` on every response, request and logout message that the tests of crate `saml` prove to be refused: it names the
# code of the refusal.
. "$(dirname "$0")/shell.sh"
# `./test` has collected them already.
export PORTARIA_REFUSALS=${PORTARIA_REFUSALS:-$LAB_STATE/refusals}
if [ ! -d "$PORTARIA_REFUSALS" ]; then
  cargo test --quiet -p saml --test it -- assertion_rules wrapping requests logouts >"$LAB_STATE/refused" 2>&1 ||
    miss 'the refusals' "$(tail -20 "$LAB_STATE/refused")"
fi
# explained WHAT FOLDER LEAST: every message of that folder.
explained() {
  local known file code said named=0 total=0
  mapfile -t known <"$2/arguments"
  for file in "$2"/*.xml "$2"/*.url; do
    [ -e "$file" ] || continue
    total=$((total + 1))
    code=$(basename "${file%.*}")
    code=${code%-*}
    said=$("$PROGRAM" explain "$file" --metadata "$2/metadata" "${known[@]}" 2>&1 >/dev/null)
    if [ "$said" = "portaria: broken: $code" ]; then named=$((named + 1)); else miss "explain names $code" "$file: $said"; fi
  done
  same "explain names the rule of each of $total $1 that are refused" "$total" "$named"
  if [ "$total" -ge "$3" ]; then pass "there are $3 $1 or more"; else miss "there are $3 $1 or more" "$total"; fi
}
explained responses "$PORTARIA_REFUSALS" 100
explained requests "$PORTARIA_REFUSALS/requests" 30
explained 'logout messages' "$PORTARIA_REFUSALS/logouts" 20
finish
