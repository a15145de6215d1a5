import { join } from 'node:path'
import type { Fault } from '../../shared/config/load.ts'
import type { EncoderConfig } from '../config.ts'

/** Where ended sources go: as configured, else in the ingest folder. */
export function endFolders({ ingest }: EncoderConfig): { readonly done: string; readonly failed: string } {
  return { done: ingest.done ?? join(ingest.directory, 'done'), failed: ingest.failed ?? join(ingest.directory, 'failed') }
}

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)

/**
 * Directories that would feed on each other: what is made or kept in the ingest folder would be taken as a source again,
 * and what lies in the store is served to everybody.
 */
export function directoryFaults(config: EncoderConfig): Fault[] {
  const { ingest, work, store } = config
  const faults: Fault[] = []
  const apart = (place: string, path: string, other: string, otherPlace: string, why: string) => {
    if (isWithin(path, other)) faults.push({ place, found: `${JSON.stringify(path)}, which is ${path === other ? '' : 'inside '}${otherPlace}`, expected: `a directory elsewhere: ${why}` })
  }
  apart('work.directory', work.directory, ingest.directory, 'ingest.directory', 'what is made there would be taken as a source')
  if (work.directory !== ingest.directory) apart('ingest.directory', ingest.directory, work.directory, 'work.directory', 'the work area is tidied up')
  const { done, failed } = endFolders(config)
  // What is not said lies in the ingest folder and is told of with it.
  const named = Object.entries({ 'ingest.done': ingest.done, 'ingest.failed': ingest.failed }).flatMap(([place, path]) => (path === undefined ? [] : [[place, path] as const]))
  for (const [place, path] of named) {
    if (path === ingest.directory) faults.push({ place, found: `${JSON.stringify(path)}, which is ingest.directory`, expected: 'a directory of its own (it may be inside the ingest folder)' })
    apart(place, path, work.directory, 'work.directory', 'the work area is tidied up')
  }
  if (done === failed) faults.push({ place: 'ingest.failed', found: `${JSON.stringify(failed)}, which is where ended sources go (ingest.done)`, expected: 'a directory of its own' })
  if (store.kind === 'directory') {
    apart('store.directory', store.directory, ingest.directory, 'ingest.directory', 'what is published would be taken as a source')
    apart('store.directory', store.directory, work.directory, 'work.directory', 'the work area is tidied up')
    for (const [place, path] of [['ingest.directory', ingest.directory], ['work.directory', work.directory], ...named] as const) {
      if (path !== store.directory) apart(place, path, store.directory, 'store.directory', 'what lies in the store is served to everybody')
    }
  }
  for (const [place, path] of Object.entries({ 'ingest.directory': ingest.directory, 'work.directory': work.directory, 'store.directory': store.directory })) {
    const system = /^\/(?:proc|sys)(?=\/|$)/.exec(path)?.[0]
    if (system !== undefined) faults.push({ place, found: JSON.stringify(path), expected: `a directory on a disk: the kernel shows itself in ${system} and keeps no files there` })
  }
  return faults
}
