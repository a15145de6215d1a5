import { Problem } from '../../../shared/errors/problem.ts'
import type { AgentConfig } from '../../config.ts'
import { errors } from '../../errors.ts'
import type { ForeignEdit } from '../loaded/differences.ts'
import { placeOf } from './place.ts'

export function nginxNotRunning({ pid_file, config }: AgentConfig['nginx']): Problem {
  return new Problem(
    errors.nginxNotRunning,
    `Nginx is not running: ${pid_file} names no Nginx master process. Start it ("systemctl start nginx"), or set nginx.pid_file to the "pid" of ${config}.`,
    { pid_file },
  )
}

/** `complaint`: what Nginx says about the files as they are on disk, if it rejects them. */
export function foreignEditRefused(edits: readonly ForeignEdit[], complaint: string | null = null, overridable = true): Problem {
  const places = edits.map(({ file, line }) => `${file}:${line}`).join(', ')
  const diffs = edits.map(({ diff, file }) => (diff === '' ? `${file}: changed after Nginx loaded it; what it was is not known.` : diff)).join('\n')
  const invalid = complaint === null ? '' : ` Nginx rejects it as it is: ${complaint}.`
  return new Problem(
    errors.foreignEdit,
    `A reload would also activate what somebody else changed at ${places} and has not loaded yet.${invalid} ` +
      `Finish it and reload Nginx ("nginx -t && nginx -s reload")${overridable ? ', undo it, or override with force' : ' first, or undo it'}:\n${diffs}`,
    { edits, file: edits[0]?.file, line: edits[0]?.line },
  )
}

export function foreignEditWarning(edits: readonly ForeignEdit[]): string {
  return `By force, edits of somebody else were activated too: ${edits.map(({ file, line }) => `${file}:${line}`).join(', ')}.`
}

/** `files`: the texts that were tested, by path. */
export function candidateInvalid(complaint: string, files: ReadonlyMap<string, string>): Problem {
  const place = placeOf(complaint, files)
  const text = place === null ? undefined : files.get(place.file)?.split('\n')[place.line - 1]?.trim()
  return new Problem(
    errors.candidateInvalid,
    `Nginx rejects the new configuration: ${complaint}${text === undefined ? '' : ` ("${text}")`}. Nothing was changed. Mend what it names and try again.`,
    { nginx_error: complaint, ...(place !== null && { file: place.file, line: place.line }) },
  )
}

export function changedMeanwhile(file: string): Problem {
  return new Problem(errors.generatedFileEdited, `${file} was changed by something else while its change was prepared. Nothing was changed; try again.`, { files: [{ file }] })
}
