# To be sourced, with a proxy (nginx, traefik, envoy) and the files of an example: they as they stand there, on free ports, in a folder
# of their own, which is where the caller is afterwards. The real proxy, the program and the small API run from then until the caller
# ends. Sets $front and $api.
set -uo pipefail
peers=$(realpath "$here/../../target/peers")
proxy=$1
shift
folder=$(mktemp -d)
chmod 755 "$folder"
cp "$@" "$folder"
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
for file in *.conf *.toml *.yml *.yaml; do
  [ -e "$file" ] || continue
  # Envoy writes addresses and ports apart.
  sed -Ei "s/(:|port_value: )8080/\\1$front/; s/(:|port_value: )9080/\\1$door/; s/(:|port_value: )9091/\\1$asked/; s/(:|port_value: )9092/\\1$api/" "$file"
done
mkdir key && "$PROGRAM" init key >/dev/null && mv key/master.key .
"$PROGRAM" apply --config portaria.toml -f world.toml >log 2>&1 || { cat log; exit 1; }
"$PROGRAM" serve --config portaria.toml >>log 2>&1 &
running+=($!)
python3 api.py "$api" &
running+=($!)
case $proxy in
  nginx) exec "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$folder" -c nginx.conf ;;
  traefik) exec "$peers/proxies/bin/traefik" --configFile=traefik.yml ;;
  envoy) exec "$peers"/proxies/lib/python3*/site-packages/envoy/_bin/envoy -c envoy.yaml --log-level warn --disable-hot-restart --concurrency 1 ;;
esac >>log 2>&1 &
running+=($!)

header() { python3 -c 'import json, sys; print(json.load(sys.stdin)["headers"].get(sys.argv[1], ""))' "$1"; }
status() { ask --output /dev/null --write-out '%{http_code}' "$@"; }
at="http://127.0.0.1:$front"
# ready PATH STATUS: waits until the proxy answers so for PATH, and the API answers.
ready() {
  for _ in $(seq 100); do
    [ "$(status "$at$1")" = "$2" ] && [ "$(status "http://127.0.0.1:$api/")" = 200 ] && break
    sleep 0.1
  done
}
finish() {
  [ "$failures" = 0 ] || tail -5 log
  exit $((failures > 0))
}
