import type { Operation } from '../switching/operation.ts'
import { colouredDiff, gateLines, warningsOf } from './render-operation.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { lengthOf } from '../../shared/cli/words.ts'
import { deedOf } from './words.ts'

/**
 * What a finished change is told with. `done` says what is so now (`green is live`), `next` what may be typed.
 */
export function changeText(operation: Operation, done: string, next: readonly string[], style: Style): string {
  const { service, timings_ms, diff, dry_run, id } = operation
  const parts = [timings_ms.gates >= 0.05 ? `gates ${lengthOf(timings_ms.gates)}` : '', `apply ${lengthOf(timings_ms.apply)}`, `prove ${lengthOf(timings_ms.prove)}`]
  const head = dry_run
    ? `${service}: ${deedOf(operation)}: it would be tried; nothing was changed`
    : `${service}: ${done}, proven in ${lengthOf(timings_ms.total)} (${parts.filter(Boolean).join(', ')})`
  const lines = [
    style.bold(head),
    ...gateLines(operation, style).map((line) => `  ${line}`),
    ...warningsOf(operation).map((warning) => `  ${style.yellow('warning')} ${warning}`),
    ...(dry_run ? [] : [`  operation ${id}`]),
    ...(dry_run ? [] : next).map((line) => `  ${line}`),
  ]
  const difference = dry_run && diff === '' ? '  no generated file would change, only route markers\n' : ''
  return `${lines.join('\n')}\n${difference}${diff === '' || !dry_run ? '' : colouredDiff(diff, style)}`
}
