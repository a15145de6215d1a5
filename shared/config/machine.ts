import { X509Certificate, createPrivateKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, systemCodeOf } from '../errors/problem.ts'
import type { Fault } from './fault.ts'

export interface MachineFault {
  readonly found: string
  readonly expected: string
}

/** A check of one path; undefined when it is fine, else what was found and what to do. */
export type Check = (path: string) => Promise<MachineFault | undefined>

/** What systemd hands over to a unit (LoadCredential=) is there only while the unit runs. */
function isYetToCome(path: string): boolean {
  const unit = /^\/run\/credentials\/[^/]+(?=\/)/.exec(path)?.[0]
  return unit !== undefined && !existsSync(unit)
}

/** Checks paths that a configuration names, by their place in it. Changes nothing. */
export async function checkPaths(checks: readonly (readonly [place: string, path: string | undefined, check: Check])[]): Promise<Fault[]> {
  const results = await Promise.all(
    checks.map(async ([place, path, check]) => {
      const fault = path === undefined || isYetToCome(path) ? undefined : await check(path)
      return fault === undefined ? [] : [{ place, found: `${JSON.stringify(path)}, ${fault.found}`, expected: fault.expected }]
    }),
  )
  return results.flat()
}

export function program(fix: string): Check {
  return async (path) => {
    const found = await stat(path).catch(whyNot)
    if (typeof found === 'string') return { found, expected: `a program: ${fix}` }
    if (!found.isFile()) return { found: 'which is not a file', expected: `a program: ${fix}` }
    const denied = await access(path, constants.X_OK).then(() => undefined, whyNot)
    return denied === undefined ? undefined : { found: 'which this user may not execute', expected: `an executable program: ${fix}` }
  }
}

export async function readable(path: string) {
  const read = await readFile(path).catch(whyNot)
  return typeof read === 'string' ? { found: read, expected: `a file that this user can read: see ls -l ${path}` } : undefined
}

export async function certificates(path: string) {
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

export function privateKey(certificate: string | undefined): Check {
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
export function directory(noun: string): Check {
  return (path) => usableDirectory(path, noun)
}

async function usableDirectory(path: string, noun: string): Promise<MachineFault | undefined> {
  const found = await stat(path).catch((error: unknown) => (systemCodeOf(error) === 'ENOENT' ? null : whyNot(error)))
  const fix = `mkdir -p ${path} && chown $USER ${path}, with the user that runs the ${noun}`
  if (typeof found === 'string') return { found, expected: `a directory that this user can write: ${fix}` }
  if (found === null) {
    if (path === '/') return undefined
    const above = await usableDirectory(dirname(path), noun)
    return above === undefined ? undefined : { found: 'which does not exist, and this user may not make it', expected: `a directory: ${fix}` }
  }
  if (!found.isDirectory()) return { found: 'which is not a directory', expected: `a directory: move the file away, then ${fix}` }
  const denied = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(() => undefined, whyNot)
  if (denied === undefined) return undefined
  const readOnly = denied.includes('EROFS')
  return { found: readOnly ? 'which is on a read-only file system' : 'which this user may not read and write', expected: readOnly ? 'a writable directory (under systemd: add it to ReadWritePaths=)' : `a directory of the user that runs the ${noun}: ${fix}` }
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
