import { chmodSync, closeSync, existsSync, linkSync, mkdirSync, openSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { syncDirectory } from '../../../shared/files/atomic.ts'
import { systemCodeOf } from '../../../shared/errors/problem.ts'
import type { Route } from '../../switching/route.ts'
import { markersOf } from './buckets.ts'

/*
 * File system calls here are synchronous: a generation is about a hundred links of some 10 us each, and handing
 * each to the thread pool costs several times as much as making it.
 */

/** Where a generation is written before it gets its name. */
const UNFINISHED = '.next-generation'

const GENERATION = /^gen-([1-9]\d{0,14})$/

/**
 * The generation that Nginx serves for a service: the name of the directory that the service’s symbolic link points
 * to. Null where there is no such link, or it points to nothing.
 */
export function currentGeneration(routesDir: string, service: string): string | null {
  try {
    const target = readlinkSync(join(routesDir, service))
    return GENERATION.test(target) && existsSync(join(routesDir, target)) ? target : null
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/**
 * A generation that holds exactly the markers of `route`, on disk to stay: one kept from before, else a new one. So
 * going back, and forth again, costs no more than the rename. Throws the system’s error; nothing then has changed
 * that a request could see.
 */
export async function generationFor(routesDir: string, service: string, route: Route): Promise<string> {
  const numbers = generationNumbers(routesDir)
  const kept = numbers.map((number) => `gen-${number}`).find((name) => belongsTo(routesDir, name, service) && holds(routesDir, name, service, route))
  if (kept !== undefined) return kept
  const name = `gen-${(numbers[0] ?? 0) + 1}`
  const directory = join(routesDir, name)
  try {
    writeMarkers(routesDir, name, [ownerMarker(service), ...markersOf(route, name)])
    await Promise.all([syncDirectory(directory), syncDirectory(routesDir)])
  } catch (error) {
    discard(directory)
    discard(join(routesDir, UNFINISHED))
    throw error
  }
  return name
}

function discard(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true })
  } catch {
    // What kept it from being written is told. Nothing points here; it is written anew or pruned another time.
  }
}

/** Whether a generation is there with all the markers of `route` and no other. */
export function holds(routesDir: string, generation: string, service: string, route: Route): boolean {
  const wanted = new Set([ownerMarker(service), ...markersOf(route, generation)])
  const found = entriesOf(join(routesDir, generation))
  return found.length === wanted.size && found.every((entry) => entry.isFile() && wanted.has(entry.name))
}

/** Names of the markers in a generation. */
export function markerNames(routesDir: string, generation: string): string[] {
  return entriesOf(join(routesDir, generation)).map((entry) => entry.name)
}

/** Lets Nginx serve a generation from the next request on: one rename. It outlives a power loss after `syncDirectory(routesDir)`. */
export function pointTo(routesDir: string, service: string, generation: string): void {
  const next = join(routesDir, `.next-${service}`)
  // Left behind where a process was killed between the two calls below.
  rmSync(next, { force: true })
  symlinkSync(generation, next)
  renameSync(next, join(routesDir, service))
}

/** Removes a service’s generations but for the newest `keep`, the one that is served and those named. */
export function pruneGenerations(routesDir: string, service: string, keep: number, named: readonly string[] = []): void {
  const current = currentGeneration(routesDir, service)
  const own = generationNumbers(routesDir).map((number) => `gen-${number}`).filter((name) => belongsTo(routesDir, name, service))
  for (const name of own.slice(keep)) {
    if (name !== current && !named.includes(name)) rmSync(join(routesDir, name), { recursive: true, force: true })
  }
}

/** Removes all generations of a service and the link to them; answers how many there were. Links and directories of others stay. */
export function removeGenerations(routesDir: string, service: string): number {
  if (!existsSync(routesDir)) return 0
  const own = generationNumbers(routesDir).map((number) => `gen-${number}`).filter((name) => belongsTo(routesDir, name, service))
  // The link first: without it no test finds a marker, and a half removed generation is never looked at.
  const current = currentGeneration(routesDir, service)
  if (current !== null && own.includes(current)) rmSync(join(routesDir, service))
  for (const name of own) rmSync(join(routesDir, name), { recursive: true, force: true })
  return own.length
}

/** Numbers of the generations of all services of this host, newest first. */
function generationNumbers(routesDir: string): number[] {
  return readdirSync(routesDir)
    .map((name) => Number(GENERATION.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .toSorted((a, b) => b - a)
}

/** One new empty file, and hard links of it: of its own, since a file system allows a file only so many links. */
function writeMarkers(routesDir: string, generation: string, names: readonly string[]): void {
  const directory = join(routesDir, UNFINISHED)
  // Left behind where a process was killed in here.
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
  // Whatever the umask: the worker user must be able to look for a name in here.
  chmodSync(directory, 0o755)
  const first = join(directory, generation)
  closeSync(openSync(first, 'wx', 0o644))
  for (const name of names) if (name !== generation) linkSync(first, join(directory, name))
  renameSync(directory, join(routesDir, generation))
}

/** Tells which service a generation belongs to. */
function ownerMarker(service: string): string {
  return `of-${service}`
}

function belongsTo(routesDir: string, generation: string, service: string): boolean {
  return existsSync(join(routesDir, generation, ownerMarker(service)))
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EINVAL'].includes(systemCodeOf(error) ?? '')
}
