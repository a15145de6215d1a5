const VALID = /^(?!gen-\d+$)[a-z][a-z0-9_-]{0,23}$/

/** The name asked for, else one made from the upstream's name, else one from the vhost's file name. */
export function serviceNameFor(asked: string | undefined, upstream: string, file: string): string {
  if (asked !== undefined) return asked
  const candidates = [upstream, file].map((text) => text.toLowerCase().replace(/\.conf$/, '').replaceAll(/[^a-z0-9_-]+/g, '-').replace(/^[^a-z]+/, '').slice(0, 24).replace(/-+$/, ''))
  return candidates.find((candidate) => VALID.test(candidate)) ?? 'app'
}
