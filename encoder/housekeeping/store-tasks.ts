import type { HousekeepingConfig } from '../config.ts'
import type { PublisherAdmin } from '../publish/admin.ts'
import type { HousekeepingTask } from './task.ts'

/** What is tidied up in the store: versions that nothing holds any more, and differences between ledger and store. */
export function storeTasks(publisher: Pick<PublisherAdmin, 'collectVersions' | 'reconcile'>, config: Pick<HousekeepingConfig, 'versions' | 'reconcile'>): HousekeepingTask[] {
  return [
    {
      name: 'versions',
      cron: config.versions,
      async run(signal, { dryRun }) {
        const report = await publisher.collectVersions(signal, { dryRun })
        const objects = report.versions.reduce((sum, version) => sum + version.objects, 0)
        const bytes = report.versions.reduce((sum, version) => sum + version.bytes, 0)
        const what = `${counted(report.versions.length, 'old version')} (${counted(objects, 'object')}, ${(bytes / 1e6).toFixed(1)} MB)`
        const summary = dryRun ? `${what} would be deleted` : `${what} marked, ${counted(report.removed, 'object')} deleted`
        return { summary, attention: false, details: report }
      },
    },
    {
      name: 'reconcile',
      cron: config.reconcile,
      async run(signal, { dryRun }) {
        if (dryRun) return { summary: 'ledger and store would be compared; `greenroom-encoder publish verify` compares them and changes nothing', attention: false, details: null }
        const report = await publisher.reconcile(signal)
        const { objects, restored, missing, removed, unknown_count: unknown, tidied } = report
        const differences = [
          [restored.length, 'stored again'], [missing.length, 'missing and not at hand any more (encode those assets again)'],
          [removed.length, 'deleted a second time'], [unknown, 'not known to the ledger and left alone'], [tidied, 'leftovers of interrupted uploads removed'],
        ] as const
        const found = differences.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
        return { summary: `${counted(objects, 'object')} in the store: ${found.length === 0 ? 'all as in the ledger' : found.join(', ')}`, attention: missing.length > 0 || restored.length > 0, details: report }
      },
    },
  ]
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
