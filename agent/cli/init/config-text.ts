import type { Answers } from '../../../shared/cli/init/question.ts'

const text = (value: string | undefined): string => JSON.stringify(value ?? '')

/** A first agent.toml, with what one is most likely to change next as comments. */
export function configText({ listen, service = '', blue, green, health }: Answers, tokensFile: string | null): string {
  return `# The Greenroom agent of this host. All settings: man agent.toml. Look it over with: greenroom-agent check-config
# A running agent reads it at its start: systemctl restart greenroom-agent (traffic goes on meanwhile).

[api]
# The unix socket is for root and the group greenroom; every other call needs a token.
listen = [${text(listen)}, "unix:/run/greenroom-agent/api.sock"]
${tokensFile === null ? '' : `tokens_file = ${text(tokensFile)}\n`}# From other hosts with TLS only. The key reaches the agent by a drop-in of its unit (systemctl edit greenroom-agent):
#   [Service]
#   LoadCredential=tls.key:/etc/ssl/private/edge1.key
# [api.tls]
# cert = "/etc/ssl/certs/edge1.pem"
# key = "/run/credentials/greenroom-agent.service/tls.key"
${service === '' ? example() : section(service, blue, green, health)}`
}

function section(service: string, blue: string | undefined, green: string | undefined, health: string | undefined): string {
  return `
[services.${service}]
pools.blue.servers = [${text(blue)}]
pools.green.servers = [${text(green)}]
# A colour takes traffic when each of its servers answers 200 three times in a row.
health = { path = ${text(health)} }
# What a client sees decides, too:
# probe = { url = "http://127.0.0.1/version", header = "X-Colour" }
`
}

function example(): string {
  return `
# Services: \`greenroom-agent adopt VHOST\` adds one here from an existing vhost. By hand:
# [services.app]
# pools.blue.servers = ["127.0.0.1:3001"]
# pools.green.servers = ["127.0.0.1:3002"]
# health = { path = "/healthz" }
`
}
