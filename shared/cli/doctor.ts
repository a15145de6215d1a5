import type { Finding } from '../doctor/finding.ts'
import type { Cli, CommonOptions } from './cli.ts'
import type { Examine } from './commands/doctor.ts'
import { Finished } from './finished.ts'
import type { Style } from './terminal.ts'
import { count } from './words.ts'
import { writeJson } from './write-json.ts'

/** Tells every finding, the good ones too. @throws Finished with 1 where something fails */
export async function doctorCommand(cli: Cli, { config, json }: CommonOptions, examine: Examine): Promise<void> {
  const { out, env } = cli.terminal
  const findings = await examine(config, { path: env['PATH'] ?? '', now: cli.now(), uid: process.getuid?.() ?? 0 })
  const number = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const healthy = number('fail') === 0
  if (json === true) writeJson(cli, JSON.stringify({ ok: healthy, findings }))
  else {
    for (const finding of findings) out.write(lineOf(finding, out.style))
    out.write(`${count(findings.length, 'finding')}: ${number('ok')} ok, ${number('warn')} to look at, ${number('fail')} to mend\n`)
  }
  if (!healthy) throw new Finished(1)
}

function lineOf({ check, state, what, mend }: Finding, style: Style): string {
  const word = { ok: style.green('ok  '), warn: style.yellow('warn'), fail: style.red('FAIL') }[state]
  const rest = what.split('\n').join('\n     ')
  return `${word} ${style.bold(check)}: ${rest}\n${mend === null ? '' : `     mend: ${mend}\n`}`
}
