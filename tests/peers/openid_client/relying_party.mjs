// openid-client as a relying party. It has no browser: it prints a URL as {"visit": …, "how": …}, and reads where that led as
// one line of standard input. Each step that holds is {"check": …, "good": true}.
import readline from "node:readline";
import { Issuer, custom, generators } from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT, BYE, PUBLIC_ID } = process.env;
custom.setHttpOptionsDefaults({ timeout: 20000 });

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => console.log(JSON.stringify(message));
const check = (what, good, seen = "") => say({ check: what, good: Boolean(good), seen: String(seen) });
const visit = async (url, how) => {
  say({ visit: url, how });
  return (await lines.next()).value;
};
const refusal = async (promise) => {
  try {
    await promise;
    return "accepted";
  } catch (error) {
    return error.error ?? error.message;
  }
};

const issuer = await Issuer.discover(ISSUER);
check("discovery names the issuer that was asked for", issuer.issuer === ISSUER, issuer.issuer);
const client = new issuer.Client({
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  redirect_uris: [REDIRECT],
  response_types: ["code"],
  id_token_signed_response_alg: "ES256",
});

// Authorization code with PKCE (RFC 7636), state, nonce and iss (RFC 9207).
const authorize = async (extra = {}) => {
  const kept = { state: generators.state(), nonce: generators.nonce(), code_verifier: generators.codeVerifier() };
  const url = client.authorizationUrl({
    scope: "openid profile email",
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: generators.codeChallenge(kept.code_verifier),
    code_challenge_method: "S256",
    ...extra,
  });
  return { kept, url };
};
const exchange = async ({ kept, url }, how = "authorize") => {
  const back = client.callbackParams(await visit(url, how));
  check("the answer names its issuer", back.iss === ISSUER, back.iss);
  return client.callback(REDIRECT, back, { ...kept, response_type: "code" });
};
const tokens = await exchange(await authorize());
const claims = tokens.claims();
check("openid-client accepts the ID token", claims.sub && claims.sid && claims.aud === CLIENT_ID, JSON.stringify(claims));
check("the ID token hashes the access token", claims.at_hash, JSON.stringify(claims));
const person = await client.userinfo(tokens);
check("userinfo tells of the same person", person.sub === claims.sub && person.email === "ana@example.com", JSON.stringify(person));
const posted = await client.userinfo(tokens, { method: "POST", via: "body" });
check("userinfo answers to POST too", posted.sub === claims.sub, JSON.stringify(posted));

const silent = await exchange(await authorize({ prompt: "none" }), "silent");
check("prompt=none answers without a question", silent.claims().sub === claims.sub);

// Refresh, with rotation.
const refreshed = await client.refresh(tokens.refresh_token);
check("a refresh token buys the next pair", refreshed.access_token !== tokens.access_token && refreshed.id_token);
const active = await client.introspect(refreshed.access_token);
check("introspection knows the live token", active.active && active.client_id === CLIENT_ID, JSON.stringify(active));
await client.revoke(refreshed.access_token);
const ended = await client.introspect(refreshed.access_token);
check("introspection says nothing of a revoked one", JSON.stringify(ended) === '{"active":false}', JSON.stringify(ended));
check("its refresh token is dead too", (await refusal(client.refresh(refreshed.refresh_token))) === "invalid_grant");

const machine = await client.grant({ grant_type: "client_credentials" });
check("the client gets a token for itself", machine.access_token && !machine.id_token && !machine.refresh_token);

// The device flow (RFC 8628), as a public client.
const tv = new issuer.Client({ client_id: PUBLIC_ID, token_endpoint_auth_method: "none", id_token_signed_response_alg: "ES256" });
const device = async (how) => {
  const handle = await tv.deviceAuthorization({ scope: "openid profile" });
  await visit(handle.verification_uri_complete, how);
  return handle.poll();
};
const seen = await device("approve");
check("an approved device gets tokens", seen.claims().sub === claims.sub, JSON.stringify(seen.claims()));
check("a refused one does not", (await refusal(device("deny"))) === "access_denied");

// RP-initiated logout.
const out = client.endSessionUrl({ id_token_hint: silent.id_token, post_logout_redirect_uri: BYE, state: "bye" });
const left = await visit(out, "logout");
check("the logout comes back with its state", left === `${BYE}?state=bye`, left);
check("tokens of the session are dead", (await client.introspect(silent.access_token)).active === false);
check("and so are the device's", (await refusal(tv.refresh(seen.refresh_token))) === "invalid_grant");
const nobody = client.callbackParams(await visit((await authorize({ prompt: "none" })).url, "silent"));
check("prompt=none finds nobody", nobody.error === "login_required", JSON.stringify(nobody));
process.exit(0);
