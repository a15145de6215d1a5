import { X509Certificate, createPrivateKey } from 'node:crypto'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Fault } from '../shared/config/load.ts'
import { messageOf, systemCodeOf } from '../shared/errors/problem.ts'
import type { AgentConfig } from './config.ts'

/** A check of one path; undefined when it is fine, else what was found and what to do. */
type Check = (path: string) => Promise<{ found: string; expected: string } | undefined>

/** What agent.toml names and this machine does not have, or this user may not use. Changes nothing. */
export async function checkMachine(config: AgentConfig): Promise<Fault[]> {
  const checks: [place: string, path: string | undefined, check: Check][] = [
    ['state_dir', config.state_dir, directory],
    ['nginx.binary', config.nginx.binary, program('install it (apt-get install nginx), or set nginx.binary to where it is (command -v nginx)')],
    ['nginx.config', config.nginx.config, readable],
    ['nginx.include_dir', config.nginx.include_dir, directory],
    ['nginx.routes_dir', config.nginx.routes_dir, directory],
    ['api.tls.cert', config.api.tls?.cert, certificates],
    ['api.tls.key', config.api.tls?.key, privateKey(config.api.tls?.cert)],
    ['api.tls.client_ca', config.api.tls?.client_ca, certificates],
  ]
  for (const [name, service] of Object.entries(config.services)) {
    const at = `services.${name}`
    checks.push([`${at}.health.ca_file`, service.health?.ca_file, certificates])
    checks.push([`${at}.probe.ca_file`, service.probe?.ca_file, certificates])
    checks.push([`${at}.maintenance.page`, service.maintenance.page, readable])
    for (const [index, gate] of service.gates.http.entries()) checks.push([`${at}.gates.http[${index}].ca_file`, gate.ca_file, certificates])
    for (const [index, gate] of service.gates.command.entries()) {
      const [path] = gate.command
      if (path?.includes('/') === true) checks.push([`${at}.gates.command[${index}].command[0]`, path, program('name a program that exists (chmod +x FILE makes one of a script)')])
    }
  }
  const results = await Promise.all(
    checks.map(async ([place, path, check]) => {
      const fault = path === undefined ? undefined : await check(path)
      return fault === undefined ? [] : [{ place, found: `${JSON.stringify(path)}, ${fault.found}`, expected: fault.expected }]
    }),
  )
  return results.flat()
}

function program(fix: string): Check {
  return async (path) => {
    const found = await stat(path).catch(whyNot)
    if (typeof found === 'string') return { found, expected: `a program: ${fix}` }
    if (!found.isFile()) return { found: 'which is not a file', expected: `a program: ${fix}` }
    const denied = await access(path, constants.X_OK).then(() => undefined, whyNot)
    return denied === undefined ? undefined : { found: 'which this user may not execute', expected: `an executable program: ${fix}` }
  }
}

async function readable(path: string) {
  const read = await readFile(path).catch(whyNot)
  return typeof read === 'string' ? { found: read, expected: `a file that this user can read: see ls -l ${path}` } : undefined
}

async function certificates(path: string) {
  const unreadable = await readable(path)
  if (unreadable !== undefined) return unreadable
  try {
    parseCertificate(await readFile(path))
    return undefined
  } catch (error) {
    return { found: `which holds no certificate (${messageOf(error)})`, expected: 'a PEM file with -----BEGIN CERTIFICATE-----' }
  }
}

function parseCertificate(pem: Buffer): X509Certificate {
  return new X509Certificate(pem)
}

function privateKey(certificate: string | undefined): Check {
  return async (path) => {
    const unreadable = await readable(path)
    if (unreadable !== undefined) return unreadable
    const expected = 'a PEM file with the private key of api.tls.cert, without passphrase'
    try {
      const key = createPrivateKey(await readFile(path))
      const pem = certificate === undefined ? undefined : await readFile(certificate).catch(() => undefined)
      // A certificate that cannot be read is a fault of its own.
      if (pem === undefined || !pem.includes('BEGIN CERTIFICATE') || parseCertificate(pem).checkPrivateKey(key)) return undefined
      return { found: 'which is the key of another certificate', expected }
    } catch (error) {
      return { found: `which holds no usable private key (${messageOf(error)})`, expected }
    }
  }
}

/** A directory that this user can use, or can make. */
async function directory(path: string): Promise<{ found: string; expected: string } | undefined> {
  const found = await stat(path).catch((error: unknown) => (systemCodeOf(error) === 'ENOENT' ? null : whyNot(error)))
  const fix = `mkdir -p ${path} && chown $USER ${path}, with the user that runs the agent`
  if (typeof found === 'string') return { found, expected: `a directory that this user can write: ${fix}` }
  if (found === null) {
    if (path === '/') return undefined
    const above = await directory(dirname(path))
    return above === undefined ? undefined : { found: 'which does not exist, and this user may not make it', expected: `a directory: ${fix}` }
  }
  if (!found.isDirectory()) return { found: 'which is not a directory', expected: `a directory: move the file away, then ${fix}` }
  const denied = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(() => undefined, whyNot)
  if (denied === undefined) return undefined
  const readOnly = denied.includes('EROFS')
  return { found: readOnly ? 'which is on a read-only file system' : 'which this user may not read and write', expected: readOnly ? 'a writable directory (under systemd: add it to ReadWritePaths=)' : `a directory of the user that runs the agent: ${fix}` }
}

function whyNot(error: unknown): string {
  switch (systemCodeOf(error) ?? '') {
    case 'ENOENT':
      return 'which does not exist'
    case 'EACCES':
      return 'which this user may not read'
    case 'EISDIR':
      return 'which is a directory'
    default:
      return `which cannot be used (${messageOf(error)})`
  }
}
