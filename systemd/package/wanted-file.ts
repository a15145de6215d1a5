/** What npm packages bring at their top beside what runs. Deeper down, a name such as `types` may well be code. */
const FOLDERS = /^(?:test|tests|__tests__|docs?|examples?|benchmarks?|bench|integration|coverage|\.[^/]+)\//
/** Types, maps, documentation and pages, what builds use. */
const KINDS = /\.(?:d\.[cm]?ts|[cm]?ts|tsx|map|md|markdown|html|sh|ya?ml|tsbuildinfo|flow)$|\.(?:test|spec)\.[cm]?js$/
/** Licences, too: all stand in the package's copyright file. */
const NAMES = /(?:^|\/)(?:\.[^/]*|tsconfig[^/]*|(?:licen[cs]e|copying|authors|changelog|history)[^/]*)$/i

/** Whether a file of an npm package goes into ours. */
export function wantedFile(path: string): boolean {
  return !FOLDERS.test(path) && !KINDS.test(path) && !NAMES.test(path)
}
