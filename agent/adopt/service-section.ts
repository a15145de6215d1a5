/** What goes into agent.toml for an adopted service. */
export interface ServiceSection {
  readonly name: string
  readonly vhost: string
  readonly strategy: 'instant' | 'reload'
  readonly context: 'http' | 'stream'
  /** For strategy `reload`, where the upstream is not called like the service. */
  readonly upstream: string | null
  readonly keepalive: number
  readonly blue: readonly string[]
  readonly green: readonly string[]
  /** The servers of green were not given but taken to be on the following ports. */
  readonly greenAssumed: boolean
  readonly health: { readonly path: string; readonly scheme: 'http' | 'https' } | null
}

/** Pure: the section as text, to go at the end of agent.toml. */
export function serviceSection(section: ServiceSection): string {
  const { health } = section
  return [
    '',
    `# Added by "greenroom-agent adopt" for ${section.vhost}. Blue is what was live then.`,
    `[services.${section.name}]`,
    `strategy = "${section.strategy}"`,
    ...(section.context === 'stream' ? ['context = "stream"'] : []),
    ...(section.upstream === null ? [] : [`upstream = ${JSON.stringify(section.upstream)}`]),
    'initial = "blue"',
    ...(section.context === 'http' ? [`keepalive = ${section.keepalive}`] : []),
    `pools.blue.servers = ${strings(section.blue)}`,
    ...(section.greenAssumed ? ['# Assumed: the ports after those of blue. Correct this before the first switch.'] : []),
    `pools.green.servers = ${strings(section.green)}`,
    ...(health === null ? [] : [`health = { path = ${JSON.stringify(health.path)}${health.scheme === 'https' ? ', scheme = "https"' : ''} }`]),
    '',
  ].join('\n')
}

function strings(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
}
