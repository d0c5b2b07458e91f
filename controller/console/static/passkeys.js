// Talks to the authenticator: signing in with a passkey, and adding one. Needs a page of ours with data-passkey-*.
//
// Browsers give passkeys to host names, not to addresses of numbers; there the page offers the name that works.

const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.status === 204 ? null : answer.json();
}

function plain(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  return { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response };
}

async function signIn(next) {
  const options = await post("/api/session/passkey/options");
  options.challenge = decode(options.challenge);
  const credential = await navigator.credentials.get({ publicKey: options });
  await post("/api/session/passkey", plain(credential));
  location.assign(next);
}

async function add(label) {
  const options = await post("/api/account/passkeys/options");
  options.challenge = decode(options.challenge);
  options.user.id = decode(options.user.id);
  options.excludeCredentials = (options.excludeCredentials ?? []).map((each) => ({ ...each, id: decode(each.id) }));
  const credential = await navigator.credentials.create({ publicKey: options });
  await post("/api/account/passkeys", { credential: plain(credential), label });
  location.assign("/account?said=changed");
}

function attempt(part, act) {
  const said = part.querySelector("[data-passkey-said]");
  said.hidden = true;
  act().catch(() => {
    said.textContent = part.dataset.passkeyFailed;
    said.hidden = false;
  });
}

const signInPart = document.querySelector("[data-passkey-sign-in]");
const addPart = document.querySelector("[data-passkey-add]");
const elsewhere = document.querySelector("[data-passkey-elsewhere]");

if (/^[\d.]+$|^\[/.test(location.hostname)) {
  if (elsewhere && (location.hostname === "127.0.0.1" || location.hostname === "[::1]")) {
    const link = elsewhere.querySelector("[data-passkey-link]");
    link.href = `${location.protocol}//localhost:${location.port}${location.pathname}`;
    link.textContent = `localhost:${location.port}`;
    elsewhere.hidden = false;
  }
} else if (window.PublicKeyCredential) {
  for (const part of [signInPart, addPart]) if (part) part.hidden = false;
  signInPart?.querySelector("button").addEventListener("click", () =>
    attempt(signInPart, () => signIn(signInPart.dataset.passkeySignIn)),
  );
  addPart?.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(addPart, () => add(addPart.elements.label.value));
  });
}
