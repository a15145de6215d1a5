import type { AgentConfig } from '../config.ts'
import { variablesOf } from './names.ts'
import { walk, type Tree } from './syntax/tree.ts'

/** Per service: whether some directive of a file that is not generated sends traffic through it. */
export function wiringOf(config: AgentConfig, tree: Tree): Record<string, boolean> {
  const generated = `${config.nginx.include_dir}/`
  const passes = [...walk(tree)].filter(({ file }) => !file.startsWith(generated)).map(({ directive }) => directive.args.join(' '))
  return Object.fromEntries(
    Object.entries(config.services).map(([name, service]) => {
      const used = service.strategy === 'instant' ? variablePattern(name) : upstreamPattern(service.upstream ?? name)
      return [name, passes.some((args) => used.test(args))]
    }),
  )
}

/** The variable itself, and not one whose name only begins with it. */
function variablePattern(service: string): RegExp {
  const { upstream } = variablesOf(service)
  return new RegExp(String.raw`\$(?:${upstream}(?!\w)|\{${upstream}\})`)
}

/** `http://app`, `http://app/path`, `grpc://app`, or bare as in `fastcgi_pass app` and in a stream. */
function upstreamPattern(upstream: string): RegExp {
  return new RegExp(String.raw`(?:^|://|\s)${RegExp.escape(upstream)}(?:$|[/\s])`)
}
