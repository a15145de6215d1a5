import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { daemonOwner, handOver } from '../../../shared/cli/hand-over.ts'
import { fail, ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import { JobError } from '../../job-errors.ts'
import { TEMPORARY } from '../../publish/directory/store.ts'
import { openStore, storeMemory } from '../../publish/open-store.ts'
import { examineStore } from '../../publish/store-doctor.ts'
import type { Store } from '../../publish/store.ts'
import type { Check } from '../host.ts'

const CHECK = 'store'
const DEADLINE_MS = 30_000

/** Everything that publishing asks of the store, with one small object of our own. */
export const checkStore: Check = async ({ config }) => {
  // That the directory is missing is told with the other directories.
  if (config.store.kind === 'directory' && !existsSync(config.store.directory)) return []
  let store: Store | null = null
  try {
    const work = config.work.directory
    // Only compared here: to remember is the encoder's.
    store = await openStore(config.store, existsSync(storeMemory(work)) ? { work } : {})
    return await tryOut(store)
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return [fail(CHECK, `${store?.name ?? 'it'} did not answer within ${DEADLINE_MS / 1000} s`, 'see that it runs and can be reached from here')]
    if (!(error instanceof JobError)) throw error
    return [fail(CHECK, error.message, error.advice)]
  } finally {
    await store?.close()
    // Run by root, it would leave the encoder a folder that it may not enter.
    if (config.store.kind === 'directory') await handOver(join(config.store.directory, TEMPORARY), await daemonOwner(config.work.directory))
  }
}

async function tryOut(store: Store): Promise<Finding[]> {
  const findings = await examineStore(store, AbortSignal.timeout(DEADLINE_MS))
  const faults = findings.filter(({ works }) => !works).map(({ what, detail, mend, harmless }) => {
    const told = `${what}: ${detail}`
    return harmless ? warn(CHECK, `${store.name}: ${told}`, mend ?? 'nothing has to be done') : fail(CHECK, told, mend ?? 'see the log of the store')
  })
  const works = findings.filter((finding) => finding.works).map(({ what }) => what)
  return works.length === 0 ? faults : [ok(CHECK, `${store.name}: ${works.join(', ')} work`), ...faults]
}
