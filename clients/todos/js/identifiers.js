// UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random bits. Made here, so that a create that is
// sent again is the same create.
export function uuid7() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  let milliseconds = Date.now();
  for (let index = 5; index >= 0; index -= 1) {
    octets[index] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  octets[6] = 0x70 | (octets[6] & 0x0f);
  octets[8] = 0x80 | (octets[8] & 0x3f);
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
