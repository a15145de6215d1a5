/** A value of an attribute list (RFC 8216bis 4.2): plain, or a quoted string. */
export type AttributeValue = string | number | { readonly quoted: string } | undefined

/** `#TAG:A=1,B="x"`; attributes that are undefined are left out. */
export function tag(name: string, attributes: Readonly<Record<string, AttributeValue>>): string {
  const list = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${typeof value === 'object' ? quote(value.quoted) : value}`]))
  return `#${name}:${list.join(',')}`
}

export function quoted(text: string): AttributeValue {
  return { quoted: text }
}

/** Quoted strings can hold neither double quotes nor line ends, and there is no way to escape them. */
function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return `"${text.replaceAll('"', '’').replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')}"`
}
