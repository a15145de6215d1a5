import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExamineOptions } from '../../shared/cli/commands/doctor.ts'
import { againWith, startWith } from '../../shared/cli/cli.ts'
import { ConfigError } from '../../shared/config/load.ts'
import { clockFinding } from '../../shared/doctor/clock.ts'
import { credentialsFinding } from '../../shared/doctor/credentials.ts'
import { examineBy } from '../../shared/doctor/examine.ts'
import { fail, ok, warn, type Finding } from '../../shared/doctor/finding.ts'
import { lockHolder } from '../../shared/doctor/lock-holder.ts'
import { toolFindings } from '../../shared/doctor/programs.ts'
import { socketUnitFindings } from '../../shared/doctor/socket-unit.ts'
import { ENCODER_PROGRAM } from '../cli/encoder-program.ts'
import { checkMachine } from '../config-machine.ts'
import { ENCODER } from '../daemon.ts'
import { loadEncoderConfig } from '../load-config.ts'
import { checkFence } from './checks/fence.ts'
import { checkFfmpeg } from './checks/ffmpeg.ts'
import { checkFileSystems } from './checks/file-systems.ts'
import { checkInotify } from './checks/inotify.ts'
import { checkStorage } from './checks/storage.ts'
import { checkStore } from './checks/store.ts'
import type { Check, DoctorHost } from './host.ts'

const checkCredentials: Check = async ({ config, configFile, now }) => [await credentialsFinding(config.api.tokens_file, now, ENCODER, againWith(ENCODER_PROGRAM, { config: configFile }))]

const checkTools: Check = async ({ path }) => toolFindings(path, 'encoder', 'work area')

const checkClock: Check = async ({ config, now }) => {
  const ledger = await stat(join(config.work.directory, 'ledger.sqlite')).catch(() => null)
  return [await clockFinding(now, ledger === null ? null : { at: ledger.mtimeMs, what: 'the ledger of jobs was written at' })]
}

const checkEncoder: Check = async ({ config, configFile }) => {
  const holder = await lockHolder(join(config.work.directory, 'lock'))
  return [holder === null ? warn('encoder running', 'no encoder holds the work area', `start it: ${startWith(ENCODER_PROGRAM, configFile)}`) : ok('encoder running', `process ${holder}`)]
}

const CHECKS: readonly Check[] = [checkFfmpeg, checkFence, checkStorage, checkFileSystems, checkInotify, checkStore, checkCredentials, checkTools, checkClock, checkEncoder]

/** Looks at everything between a dropped file and a published asset. */
export async function examine(configFile: string, { path, now, uid }: ExamineOptions): Promise<Finding[]> {
  let config: DoctorHost['config']
  try {
    config = await loadEncoderConfig(configFile)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const mend = existsSync(configFile) ? `mend ${configFile}` : `name another with --config; "${againWith(ENCODER_PROGRAM, { config: configFile })('init')}" makes one where there is none`
    return [fail('configuration', error.message, `${mend}. The other checks need it.`)]
  }
  const machine = await checkMachine(config)
  const findings: Finding[] = machine.map(({ place, found, expected }) => fail('configuration', `${place} is ${found}`, `it must be ${expected}`))
  if (machine.length === 0) findings.push(ok('configuration', `${configFile} is valid`))
  // The units run on this file; another one is somebody's own affair.
  if (configFile === ENCODER_PROGRAM.configFile) findings.push(...(await socketUnitFindings(`${ENCODER_PROGRAM.command}.socket`, config.api.listen)))
  const area = await stat(config.work.directory).catch(() => null)
  return [...findings, ...(await examineBy(CHECKS, { configFile, config, path, now, owner: area?.uid ?? uid }))]
}
