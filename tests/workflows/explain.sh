#!/usr/bin/env bash
# `portaria explain` on every response that the tests of crate `saml` prove to be refused: it names the code of the refusal.
. "$(dirname "$0")/shell.sh"
# `./test` has collected them already.
export PORTARIA_REFUSALS=${PORTARIA_REFUSALS:-$LAB_STATE/refusals}
refusals=$PORTARIA_REFUSALS
if [ ! -d "$refusals" ]; then
  cargo test --quiet -p saml --test it -- assertion_rules wrapping >"$LAB_STATE/refused" 2>&1 ||
    miss 'the refusals' "$(tail -20 "$LAB_STATE/refused")"
fi
mapfile -t known <"$refusals/arguments"
named=0 total=0
for file in "$refusals"/*.xml; do
  total=$((total + 1))
  code=$(basename "$file" .xml)
  code=${code%-*}
  said=$("$PROGRAM" explain "$file" --metadata "$refusals/metadata" "${known[@]}" 2>&1 >/dev/null)
  if [ "$said" = "portaria: broken: $code" ]; then named=$((named + 1)); else miss "explain names $code" "$file: $said"; fi
done
same "explain names the rule of each of $total refusals" "$total" "$named"
if [ "$total" -gt 100 ]; then pass 'there are more than a hundred'; else miss 'there are more than a hundred' "$total"; fi
finish
