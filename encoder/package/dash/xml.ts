/** An XML element as text, its children indented; attributes that are undefined are left out. */
export function element(name: string, attributes: Readonly<Record<string, string | number | boolean | undefined>>, children: readonly string[] | string = []): string {
  const list = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escape(String(value))}"`]))
  const open = `<${name}${list.join('')}`
  if (typeof children === 'string') return `${open}>${escape(children)}</${name}>`
  if (children.length === 0) return `${open}/>`
  return [`${open}>`, ...children.flatMap((child) => child.split('\n')).map((line) => `  ${line}`), `</${name}>`].join('\n')
}

function escape(text: string): string {
  // Control characters cannot stand in XML 1.0 at all, not even escaped.
  // oxlint-disable-next-line no-control-regex -- they are what is removed
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
