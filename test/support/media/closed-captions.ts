/**
 * Puts CEA-608 captions into a raw H.264 stream with access unit delimiters: an SEI message (ATSC A/53, `GA94`) in
 * every picture, with a pair of characters of the first field.
 */
export function addClosedCaptions(annexB: Uint8Array, text = 'GREENROOM '): Uint8Array {
  const bytes = Buffer.from(annexB)
  const delimiter = Buffer.from([0, 0, 0, 1, 9])
  const parts: Buffer[] = []
  let at = 0
  for (let picture = 0, next = bytes.indexOf(delimiter); next !== -1; picture += 1, next = bytes.indexOf(delimiter, at)) {
    const end = next + delimiter.length + 1
    parts.push(bytes.subarray(at, end), captionsMessage(text.charCodeAt((picture * 2) % text.length), text.charCodeAt((picture * 2 + 1) % text.length)))
    at = end
  }
  if (parts.length === 0) throw new Error('no access unit delimiters')
  return Buffer.concat([...parts, bytes.subarray(at)])
}

function captionsMessage(first: number, second: number): Buffer {
  const data = [0xfc, oddParity(first), oddParity(second)]
  // Country 181, provider 49, user identifier, cc_data: process flag and count 1, the pair, marker.
  const payload = [0xb5, 0x00, 0x31, ...Buffer.from('GA94'), 0x03, 0x40 | 1, 0xff, ...data, 0xff]
  return Buffer.from([0, 0, 0, 1, 6, 4, payload.length, ...payload, 0x80])
}

function oddParity(character: number): number {
  const ones = character.toString(2).replaceAll('0', '').length
  return ones % 2 === 0 ? character | 0x80 : character
}
