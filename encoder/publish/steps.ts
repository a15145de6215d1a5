/**
 * The places at which a crash was tried, in the order in which a version passes them. What was done before a step has
 * happened, nothing of what comes after has.
 *
 * `upload` an object is about to be sent · `uploaded` it lies in the store, proven, and the ledger does not know ·
 * `recorded` the ledger knows · `journal` a switch is about to be written down · `pointer` one pointer is about to be
 * written (`asset.json` last) · `pointed` it lies there, proven, and the ledger does not know · `outcome` all of them
 * do, and the switch is about to be closed · `notice` somebody is about to be told of it · `noticed` was told, and the
 * ledger does not know · `mark` a version is about to be marked for deletion · `remove` an object is about to go ·
 * `removed` it is gone, and the ledger does not know · `swept` the version is gone, and the ledger does not know.
 */
export const PUBLISH_STEPS = [
  'upload', 'uploaded', 'recorded', 'journal', 'pointer', 'pointed', 'outcome', 'notice', 'noticed', 'mark', 'remove', 'removed', 'swept',
] as const
export type PublishStep = (typeof PUBLISH_STEPS)[number]

/** Told of each step and what it is about: a key or a version. */
export type OnPublishStep = (step: PublishStep, subject: string) => void
