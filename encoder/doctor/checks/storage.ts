import { existsSync } from 'node:fs'
import { directoryFinding, type FreeSpace } from '../../../shared/doctor/directory.ts'
import { fail, type Finding } from '../../../shared/doctor/finding.ts'
import { endFolders } from '../../config-rules/directories.ts'
import type { Check } from '../host.ts'

/** Bytes that a directory needs which holds no work of its own. */
const SPACE: FreeSpace = { tooLittle: 16 * 2 ** 20, little: 256 * 2 ** 20 }

/** The directories exist or can be made, the encoder may write them, and there is room. */
export const checkStorage: Check = async ({ config, owner }) => {
  const { ingest, work, store } = config
  const { done, failed } = endFolders(config)
  const look = (setting: string, path: string, space = SPACE) => directoryFinding(setting, path, owner, 'encoder', space)
  return Promise.all([
    // Below min_free no source is taken; twice of it is the moment to act.
    look('work.directory', work.directory, { tooLittle: work.min_free, little: 2 * work.min_free }),
    // These are not made by the encoder: a folder that is missing may be a mount that is missing.
    existsSync(ingest.directory) ? look('ingest.directory', ingest.directory) : missing('ingest.directory', ingest.directory, 'intake is paused', owner),
    look('ingest.done', done),
    look('ingest.failed', failed),
    ...(store.kind === 'minio' ? [] : [existsSync(store.directory) ? look('store.directory', store.directory) : missing('store.directory', store.directory, 'nothing is published', owner)]),
  ])
}

function missing(setting: string, path: string, what: string, owner: number): Finding {
  return fail(setting, `${path} does not exist: ${what} until it does`, `mount it, or make it: mkdir -p ${path} && chown ${owner} ${path}`)
}
