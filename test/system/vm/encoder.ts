import type { JobView } from '../../../encoder/jobs/contract.ts'
import { wait } from './wait.ts'
import type { Machine } from './machine.ts'

const FRAMES_PER_MINUTE = 60 * 25
/** Of the kernel, as it tells processes about it. */
const TICKS_PER_SECOND = 100

/** The encoder of a machine, and sources to keep it busy. */
export interface MachineEncoder {
  jobs(): Promise<readonly JobView[]>
  job(asset: string): Promise<JobView | undefined>
  /** Drops a source of so many minutes whose content is new, as an asset of this name; answers how many pictures it has. */
  drop(asset: string, minutes: number): Promise<number>
  /** Drops what ffmpeg makes of these words, as an asset of this name. */
  dropMade(asset: string, words: string): Promise<void>
  /** Cancels whatever is under way. */
  clear(): Promise<void>
  /** Waits until a job of this asset fulfils it; throws when it has failed. */
  until(asset: string, what: string, condition: (job: JobView) => boolean): Promise<JobView>
  /** Seconds of pictures encoded so far, over all jobs; told by ffmpeg twice a second. */
  encoded(): Promise<number>
  /** Processor time that the daemon and its programs have had since it started, s. */
  processorTime(): Promise<number>
}

/** Makes one minute of moving pictures with sound, to the sample (AAC would end later), which longer sources repeat. */
export async function makeMinute({ sh }: Machine): Promise<void> {
  const picture = '-f lavfi -i testsrc2=size=640x360:rate=25:duration=60 -f lavfi -i sine=frequency=500:sample_rate=48000:duration=60'
  await sh(`ffmpeg -v error ${picture} -c:v libx264 -preset ultrafast -crf 35 -g 50 -c:a flac /var/tmp/minute.mkv`)
}

export function machineEncoder({ sh }: Machine): MachineEncoder {
  const api = (words: string) => sh(`curl -fsS --unix-socket /run/greenroom-encoder/api.sock ${words}`)
  const jobs = async () => (JSON.parse(await api('"http://encoder/v1/jobs?limit=100"')) as { jobs: JobView[] }).jobs
  const job = async (asset: string) => (await jobs()).find((each) => each.asset === asset)
  const dropMade = async (asset: string, words: string) => {
    const made = `/var/tmp/${asset}.mkv`
    // A title makes its content another one: what is published already would be done at once.
    await sh(`ffmpeg -v error ${words} -metadata title=${asset} -y ${made} && cp ${made} /srv/greenroom/ingest/.${asset} && rm ${made}`)
    await sh(`mv /srv/greenroom/ingest/.${asset} /srv/greenroom/ingest/${asset}.mkv`)
  }
  return {
    jobs,
    job,
    dropMade,
    async drop(asset, minutes) {
      await dropMade(asset, `-stream_loop ${minutes - 1} -i /var/tmp/minute.mkv -c copy`)
      return minutes * FRAMES_PER_MINUTE
    },
    async clear() {
      for (const { id, state } of await jobs()) if (!['done', 'failed', 'cancelled'].includes(state)) await api(`-o /dev/null -X POST http://encoder/v1/jobs/${id}/cancel`)
    },
    until: (asset, what, condition) =>
      wait(
        `${asset}: ${what}`,
        async () => {
          // The encoder may be between two lives.
          const found = await job(asset).catch(() => undefined)
          if (found?.state === 'failed' || found?.state === 'cancelled') throw new Error(`${asset} ${found.state}: ${found.error?.message}`)
          return found !== undefined && condition(found) ? found : undefined
        },
      ),
    async processorTime() {
      // systemd counts it only where its control groups do. Children that have ended are in what their parent tells.
      const stats = await sh('main=$(systemctl show -P MainPID greenroom-encoder); cat /proc/$main/stat $(sed "s/[0-9]\\+/\\/proc\\/&\\/stat/g" /proc/$main/task/*/children) 2>/dev/null || true')
      const ticks = stats.trim().split('\n').map((line) => line.slice(line.lastIndexOf(')') + 2).split(' ').slice(11, 15).map(Number))
      return ticks.flat().reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND
    },
    encoded: async () => (await jobs()).reduce((sum, { renditions, duration_s: duration }) => sum + (renditions.find(({ kind }) => kind === 'video')?.progress ?? 0) * (duration ?? 0), 0),
  }
}
