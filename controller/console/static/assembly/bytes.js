// Bytes and texts: base64 as the API writes it, UTF-8, concatenation.

export const encode = (bytes) => {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
};
export const decode = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
export const utf8 = (text) => new TextEncoder().encode(text);
export const named = (...parts) => utf8(parts.join("\0"));
export const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const drawn = (count) => crypto.getRandomValues(new Uint8Array(count));

export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}
