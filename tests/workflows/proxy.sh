#!/usr/bin/env bash
# The lab's proxy leads to the lab's host names and nowhere else, and passes bodies of any size on.
. "$(dirname "$0")/shell.sh"

same 'a host of the lab on another port is reached too' 200 "$(status -X POST https://storagegrid.example.com:9443/api/v3/authorize-saml --data '{"accountId": "12345"}')"
for host in example.com 127.0.0.1 localhost adfs.example.com.example.net; do
  same "https://$host is refused by the proxy" 403 "$(curl --output /dev/null --write-out '%{http_connect}' "https://$host/" 2>/dev/null)"
  same "http://$host is refused by the proxy" 403 "$(status "http://$host/")"
done

# A listener of our own hears nothing of a request to its address.
exec 3< <(python3 -c 'import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
listener.settimeout(3)
try:
    listener.accept()
    print("called", flush=True)
except OSError:
    print("silent", flush=True)')
read -r port <&3
status "http://127.0.0.1:$port/" >/dev/null
curl --output /dev/null "https://127.0.0.1:$port/" 2>/dev/null
read -r heard <&3
same 'an address that is no name of the lab is never dialled' silent "$heard"

big="$LAB_STATE/big"
head -c 3000000 /dev/zero | tr '\0' a >"$big"
same 'a body that is too large gets its answer' 413 "$(status -X POST https://storagegrid.example.com/api/saml-response --data-binary "@$big")"
same 'in chunks too' 413 "$(status -X POST https://storagegrid.example.com/api/saml-response -H 'Transfer-Encoding: chunked' --data-binary "@$big")"
rm -f "$big"
finish
