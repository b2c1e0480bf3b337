/** Deflates bytes and writes them as base64. Web APIs only, so that it runs in a browser and in Node alike. */
export async function packBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return toBase64(new Uint8Array(await new Response(stream).arrayBuffer()))
}

/** Mantissa bits of a float32 that the page does not need: what is left has a relative error of 2^-14, below the 4 digits it shows. */
const droppedBits = 10

/** Rounds float32 values in place so that they deflate well. NaN and infinities stay. */
export function roundForPage(values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const half = 1 << (droppedBits - 1)
  for (let i = 0; i < bits.length; i++) {
    if (Number.isFinite(values[i])) bits[i] = ((bits[i]! + half) >>> droppedBits) << droppedBits
  }
}

/** Four-byte words as byte planes (all first bytes, then all second ones, ...): neighbours then resemble each other and deflate well. */
export function bytePlanes(words: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const n = words.length / 4
  const planes = new Uint8Array(words.length)
  for (let i = 0; i < words.length; i++) planes[(i % 4) * n + (i >> 2)] = words[i]!
  return planes
}

/** `sha256-...` of a script's text, for a Content-Security-Policy. */
export async function scriptHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${toBase64(new Uint8Array(digest))}`
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  // String.fromCharCode takes its arguments on the stack: feed it slices.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(binary)
}
