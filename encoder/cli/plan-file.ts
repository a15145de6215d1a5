import { access, constants, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Cli, CommonOptions } from '../../shared/cli/cli.ts'
import { Interrupted } from '../../shared/cli/interrupted.ts'
import { writeJson } from '../../shared/cli/write-json.ts'
import { messageOf, Problem, systemCodeOf } from '../../shared/errors/problem.ts'
import { openTools } from '../encode/open-tools.ts'
import { errors } from '../errors.ts'
import { companionsOf } from '../intake/add-checks.ts'
import { describeCaptions, readOptionsFor } from '../intake/claimed-source.ts'
import type { SidecarCaptions, SourceOptions } from '../intake/contract.ts'
import { kindOf } from '../intake/file-kind.ts'
import { nameOf } from '../intake/path-bytes.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { makePlan } from '../plan/make-plan.ts'
import { profileNames, resolveProfile } from '../plan/resolve-profile.ts'
import { problemOf } from '../problem-of.ts'
import { judge } from '../probe/judge.ts'
import { probeSource } from '../probe/probe.ts'
import { loadConfigurationOrDefaults } from './load-config.ts'
import { planText } from './render-plan.ts'

export interface PlanOptions extends CommonOptions {
  readonly profile?: string
}

/** Examines a file as the encoder would, and tells what it would make of it. @throws Problem `source_refused`, `environment` */
export async function planFile(cli: Cli, asked: PlanOptions, file: string): Promise<void> {
  const { out } = cli.terminal
  const config = await loadConfigurationOrDefaults(asked)
  await requireFile(file)
  const stopped = new AbortController()
  const forget = cli.terminal.onInterrupt(() => stopped.abort(new Interrupted('No longer looking at the file.')))
  try {
    const tools = await openTools(config.tools)
    const { options, captions } = await companions(file, new Set(profileNames(config.profiles)))
    const profile = resolveProfile(asked.profile ?? options.profile ?? 'default', config.profiles)
    const facts = await probeSource({ path: resolve(file), tools, deadlineMs: config.jobs.probe_deadline, limits: profile.limits, signal: stopped.signal })
    const verdict = judge(facts, profile, tools)
    const plan = makePlan(facts, profile, { options, captions, threads: config.jobs.threads, cores: availableParallelism(), verdict })
    if (asked.json === true) writeJson(cli, JSON.stringify({ file, facts, plan }))
    else out.write(planText(file, facts, plan, out.style, out.columns))
  } catch (error) {
    if (stopped.signal.aborted) throw stopped.signal.reason
    throw problemOf(error, `${file}: `)
  } finally {
    forget()
  }
}

/** @throws Problem `usage` for what is no file that can be read */
async function requireFile(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
    if ((await stat(file)).isFile()) return
  } catch (error) {
    throw new Problem(errors.usage, systemCodeOf(error) === 'ENOENT' ? `${file} does not exist.` : `${file} cannot be read: ${messageOf(error)}.`, { file }, error)
  }
  throw new Problem(errors.usage, `${file} is not a regular file.`, { file })
}

/** What lies beside the file would go along with it: options and captions. @throws JobError `options_invalid` */
async function companions(file: string, profiles: ReadonlySet<string>): Promise<{ readonly options: SourceOptions; readonly captions: readonly SidecarCaptions[] }> {
  const source = Buffer.from(resolve(file))
  const beside = await companionsOf(source)
  const optionsFile = beside.find((path) => kindOf(nameOf(path)) === 'options')
  const captions = beside.filter((path) => path !== optionsFile)
  const { options, fault } = await readOptionsFor(nameOf(source), optionsFile && { from: optionsFile, at: optionsFile }, captions, profiles)
  if (fault !== null) throw new JobError(jobErrors.optionsInvalid, fault.message, fault.advice)
  return { options, captions: captions.map((path) => describeCaptions({ from: path, to: path }, { from: source }, options)) }
}
