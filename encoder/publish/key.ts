import { jobErrors, JobError } from '../job-errors.ts'

/** Whether a key is one that any store can hold under that very name: parts of letters, digits, `.`, `_`, `-`, none of them hidden. */
export function isKey(key: string): boolean {
  return key.length <= 1000 && key.split('/').every((part) => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(part))
}

export function checkKey(key: string): string {
  if (!isKey(key)) throw new JobError(jobErrors.internal, `${JSON.stringify(key)} cannot be the key of an object`, 'Please report it, with the log of this time.')
  return key
}

/** Where the objects of a version lie, with the slash at the end. */
export function versionPrefix(asset: string, version: string): string {
  return `${asset}/${version}/`
}
