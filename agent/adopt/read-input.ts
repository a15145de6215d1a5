import { readFile, realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import { parseAgentConfig } from '../load-config.ts'
import { nginxRunner, nginxVersion } from '../nginx/process/run-nginx.ts'
import { readTree } from '../nginx/syntax/read-tree.ts'
import { ConfigSyntaxError } from '../nginx/syntax/syntax-error.ts'
import { parseTree, type Tree } from '../nginx/syntax/tree.ts'
import { ConfigError } from '../../shared/config/load.ts'
import { textOf } from './change-nginx.ts'
import { listeningPorts } from '../../shared/sockets/listeners.ts'
import type { AdoptInput, AdoptOptions } from './plan.ts'

/** The agent's configuration, valid, and its text; the defaults where there is no such file yet. @throws Problem `config_invalid` */
export async function readConfig(file: string): Promise<{ config: AgentConfig; text: string | null }> {
  const text = await textOf(file)
  return { config: configOf(text ?? '', file), text }
}

export function configOf(text: string, file: string): AgentConfig {
  try {
    return parseAgentConfig(text, file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new Problem(errors.configInvalid, error.message, { file, faults: error.faults }, error)
  }
}

/** All that a plan needs, read from this host. @throws Problem for what cannot be read */
export async function readInput(configFile: string, vhost: string, options: AdoptOptions, again: AdoptInput['again']): Promise<AdoptInput> {
  const { config, text } = await readConfig(configFile)
  const tree = await treeOf(config)
  return { tree, vhost: await asIncluded(tree, vhost), config, configFile, configText: text, options, again, version: await nginxVersion(nginxRunner(config.nginx)).catch(() => null), listening: await listeningPorts() }
}

export async function treeOf(config: AgentConfig): Promise<Tree> {
  try {
    return parseTree(await readTree(config.nginx.config, readUtf8))
  } catch (error) {
    if (error instanceof ConfigSyntaxError) throw new Problem(errors.adoptRefused, `${error.message}. Mend that first ("nginx -t"), or adopt by hand.`, { file: error.file, line: error.line }, error)
    const code = systemCodeOf(error)
    if (code === undefined) throw error
    throw new Problem(errors.adoptRefused, `The Nginx configuration ${config.nginx.config} cannot be read: ${messageOf(error)}. Run this as root, or set nginx.config.`, {}, error)
  }
}

/** Text that is not UTF-8 could not be written back as it was. */
async function readUtf8(path: string): Promise<string> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

/** The path by which Nginx includes a file that may be named by another one (sites-available for sites-enabled). */
async function asIncluded(tree: Tree, vhost: string): Promise<string> {
  const path = resolve(vhost)
  if (tree.files.has(path)) return path
  const real = await realpath(path).catch((error: unknown) => {
    throw new Problem(errors.usage, `There is no file ${vhost}: ${messageOf(error)}. Name the vhost's file, such as /etc/nginx/sites-enabled/app.`, {}, error)
  })
  if ((await stat(real)).isDirectory()) throw new Problem(errors.usage, `${vhost} is a directory. Name the vhost's file in it, such as /etc/nginx/sites-enabled/app.`)
  for (const file of tree.files.keys()) if ((await realpath(file)) === real) return file
  return path
}
