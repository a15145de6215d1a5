import { join } from 'node:path'
import { readTrust } from '../../shared/http/trust.ts'
import { messageOf } from '../../shared/errors/problem.ts'
import type { StoreConfig } from '../config.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { lookAtMount } from '../mount-memory.ts'
import { directoryStore } from './directory/store.ts'
import { pace } from './pace.ts'
import type { Store } from './store.ts'

export interface StoreSurroundings {
  readonly now?: () => number
  /** The work area, which remembers where a directory store was mounted. */
  readonly work?: string
  readonly readMounts?: () => Promise<string>
}

/** The store that the configuration names. Nothing is asked of a server yet; throws a JobError `store_misconfigured`. */
export async function openStore(config: StoreConfig, { now = Date.now, work, readMounts }: StoreSurroundings = {}): Promise<Store> {
  const prefix = config.prefix === undefined ? '' : `${config.prefix}/`
  const limit = pace(config.max_rate)
  if (config.kind === 'directory') return directoryStore({ root: config.directory, prefix, pace: limit, concurrency: config.concurrency, mounted: async () => work === undefined ? undefined : requireMount(config.directory, storeMemory(work), readMounts) })
  const { endpoint: address, bucket, region, ca_file: caFile, proxy, timeout, credentials_file: credentialsFile } = config
  if (address === undefined || bucket === undefined) throw misconfigured('The store of kind "minio" has no endpoint or no bucket.')
  const endpoint = new URL(address)
  if (endpoint.pathname !== '/' || endpoint.search !== '') throw misconfigured(`store.endpoint ${address} has a path: give scheme, host and port only; folders go into store.prefix.`)
  const secure = endpoint.protocol === 'https:'
  const trust = secure ? await readTrust(caFile).catch((error: unknown) => Promise.reject(misconfigured(messageOf(error)))) : undefined
  // Loaded only where it is used: the client and what it brings take a third of the start.
  const [{ minioStore }, { connections }] = await Promise.all([import('./minio/store.ts'), import('./minio/transport.ts')])
  return minioStore({
    bucket: { endpoint, name: bucket, region, connections: connections(secure, { idle: timeout, proxy, trust }), pace: limit, credentialsFile, proxy },
    prefix,
    concurrency: config.concurrency,
    now,
  })
}

/** What remembers on which mount point a directory store lay. */
export function storeMemory(work: string): string {
  return join(work, 'store-folder.json')
}

async function requireMount(directory: string, memory: string, readMounts: StoreSurroundings['readMounts']): Promise<void> {
  const { missing } = await lookAtMount({ directory, memory, readMounts })
  if (missing === null) return
  throw new JobError(jobErrors.storageFailed, `The store ${directory} used to lie on a file system mounted at ${missing}, which is not mounted now.`, `Mount it; it goes on by itself then. If it is meant to be without, remove ${memory}.`, { gone: true })
}

function misconfigured(message: string): JobError {
  return new JobError(jobErrors.storeMisconfigured, message, 'Mend [store] in encoder.toml and start again.')
}
