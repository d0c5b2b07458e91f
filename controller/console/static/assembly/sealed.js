// Opens what controllers seal for tablets, with WebCrypto alone. Format and reasons: contract/sealed_roll.py, ADR 0034.
//
// HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002, one message.

import { decode, encode, drawn, joined, named, utf8 } from "./bytes.js";

const KEM = joined(utf8("KEM"), new Uint8Array([0, 0x20]));
const SUITE = joined(utf8("HPKE"), new Uint8Array([0, 0x20, 0, 1, 0, 2]));
const NOTHING = new Uint8Array(0);
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const ROUNDS = 1_000_000;

async function mac(key, data) {
  // An empty key is one of zeros (RFC 2104); browsers import no empty one.
  const raw = key.byteLength ? key : new Uint8Array(KEY_BYTES);
  const made = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, data));
}

const extract = (suite, salt, label, ikm) => mac(salt, joined(utf8("HPKE-v1"), suite, utf8(label), ikm));

async function expand(suite, prk, label, info, length) {
  // All our lengths fit one block of HMAC-SHA256.
  const labeled = joined(new Uint8Array([0, length]), utf8("HPKE-v1"), suite, utf8(label), info, new Uint8Array([1]));
  return (await mac(prk, labeled)).slice(0, length);
}

/** Open what was sealed to a key pair: `privateKey` a CryptoKey, `publicRaw` its public half. Throws if it was not. */
export async function openSealedTo(privateKey, publicRaw, info, sealed) {
  const [sender, content] = [sealed.slice(0, KEY_BYTES), sealed.slice(KEY_BYTES)];
  const theirs = await crypto.subtle.importKey("raw", sender, { name: "X25519" }, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, privateKey, 8 * KEY_BYTES);
  const prk = await extract(KEM, NOTHING, "eae_prk", new Uint8Array(shared));
  const secretOf = await expand(KEM, prk, "shared_secret", joined(sender, publicRaw), KEY_BYTES);
  const idHash = await extract(SUITE, NOTHING, "psk_id_hash", NOTHING);
  const infoHash = await extract(SUITE, NOTHING, "info_hash", info);
  const context = joined(new Uint8Array([0]), idHash, infoHash);
  const secret = await extract(SUITE, secretOf, "secret", NOTHING);
  const key = await expand(SUITE, secret, "key", context, KEY_BYTES);
  const nonce = await expand(SUITE, secret, "base_nonce", context, NONCE_BYTES);
  return openWith(await aesKey(key), nonce, content);
}

const aesKey = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

const openWith = async (key, iv, sealed, additionalData = NOTHING) =>
  new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed));

const partName = (purpose, site, part, ...more) =>
  named("sacs/1", purpose, site, part.controller, String(part.period_s), String(part.made_s), ...more);

const personsOf = (content) => JSON.parse(new TextDecoder().decode(content)).persons;

/** Open one part of a sealed roll with both halves; `own` and `commander`: {privateKey, publicRaw}. */
export async function openPart(site, tablet, part, own, account, commander) {
  const half = await openSealedTo(
    own.privateKey,
    own.publicRaw,
    partName("roll-half/tablet", site, part, tablet),
    decode(part.half),
  );
  const other = await openSealedTo(
    commander.privateKey,
    commander.publicRaw,
    partName("roll-half/commander", site, part, account),
    decode(part.commanders[account]),
  );
  const info = partName("roll-part", site, part);
  const halves = await crypto.subtle.importKey("raw", joined(half, other), "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(KEY_BYTES), info },
    halves,
    { name: "AES-GCM", length: 256 },
    false,
    ["decrypt"],
  );
  const sealed = decode(part.sealed);
  return personsOf(await openWith(key, sealed.slice(0, NONCE_BYTES), sealed.slice(NONCE_BYTES), info));
}

/** Open one part of a list that was handed to this tablet. */
export async function openHanded(site, tablet, copy, part, own) {
  const info = partName("handed-list", site, part, tablet, String(copy));
  return personsOf(await openSealedTo(own.privateKey, own.publicRaw, info, decode(part.sealed)));
}

/** Draw a key under which this device alone reads what it keeps. */
export const ownKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** Seal what this device keeps for itself. */
export async function keep(key, value) {
  const iv = drawn(NONCE_BYTES);
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(JSON.stringify(value))) };
}

/** Open what this device kept. */
export const kept = async (key, { iv, sealed }) => JSON.parse(new TextDecoder().decode(await openWith(key, iv, sealed)));

async function fromPassphrase(passphrase, salt, rounds) {
  const raw = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
    raw,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** Make a commander's keys; the private ones leave this function under his passphrase only. */
export async function newCommander(account, passphrase) {
  const roll = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  const sign = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const raw = async (key) => encode(await crypto.subtle.exportKey("raw", key));
  const whole = async (key) => encode(await crypto.subtle.exportKey("pkcs8", key));
  const [salt, iv] = [drawn(16), drawn(NONCE_BYTES)];
  const both = utf8(JSON.stringify({ roll: await whole(roll.privateKey), sign: await whole(sign.privateKey) }));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: named("sacs/1", "roll-key", account) },
    await fromPassphrase(passphrase, salt, ROUNDS),
    both,
  );
  const wrapped = { version: 1, rounds: ROUNDS, salt: encode(salt), iv: encode(iv), sealed: encode(sealed) };
  return { roll: await raw(roll.publicKey), sign: await raw(sign.publicKey), wrapped: JSON.stringify(wrapped) };
}

/** Unlock a commander's keys. Throws if the passphrase is not his. */
export async function unlocked(commander, passphrase) {
  const wrapped = JSON.parse(commander.wrapped);
  const key = await fromPassphrase(passphrase, decode(wrapped.salt), wrapped.rounds);
  const about = named("sacs/1", "roll-key", commander.account);
  const both = JSON.parse(new TextDecoder().decode(await openWith(key, decode(wrapped.iv), decode(wrapped.sealed), about)));
  const privateKey = await crypto.subtle.importKey("pkcs8", decode(both.roll), { name: "X25519" }, false, ["deriveBits"]);
  const signKey = await crypto.subtle.importKey("pkcs8", decode(both.sign), { name: "Ed25519" }, false, ["sign"]);
  return { privateKey, publicRaw: decode(commander.roll), signKey };
}
