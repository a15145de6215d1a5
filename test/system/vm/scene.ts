import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { wait } from './wait.ts'
import { machineEncoder, type MachineEncoder } from './encoder.ts'
import type { LoadShape, MachineLoad } from './load.ts'
import { loadMachine } from './load.ts'
import type { Machine } from './machine.ts'
import { minioProgram } from './minio.ts'
import { ProofTable } from './table.ts'

/** How much of everything is done: all of it, or what fits beside the other tests. */
export interface Pace {
  readonly switches: number
  /** Of the sources that are encoded from beginning to end. */
  readonly minutes: number
  /** Of those that keep the encoder busy. */
  readonly busyMinutes: number
}

export const WHOLE: Pace = { switches: 50, minutes: 3, busyMinutes: 12 }
export const SHORT: Pace = { switches: 8, minutes: 2, busyMinutes: 6 }

export type Unit = 'greenroom-agent' | 'greenroom-encoder' | 'nginx'
const CLIENTS: LoadShape = { connections: 20, streams: 10, pauseMs: 50 }

/** An operation, as far as it is looked at here. */
interface Operation {
  readonly outcome: string
  readonly timings_ms: { readonly total: number }
}

/** What a load saw of something: requests, and streams held. */
export interface Harm {
  readonly requests: number
  readonly failed: number
  readonly cut: number
  readonly held: number
}

export function inWords(harms: readonly Harm[]): string {
  const sum = (of: (harm: Harm) => number) => harms.reduce((total, harm) => total + of(harm), 0)
  return `${sum(({ requests }) => requests)} requests, ${sum(({ failed }) => failed)} failed, ${sum(({ cut }) => cut)} of ${harms[0]?.held} streams cut`
}

/** What the points of the proof share: one machine, from the first to the last. */
export class Scene {
  readonly machine: Machine
  readonly pace: Pace
  readonly encoder: MachineEncoder
  readonly table = new ProofTable()
  readonly hasMinio = minioProgram() !== null
  /** For calls to the agent. */
  token = ''
  #load: MachineLoad | undefined

  constructor(machine: Machine, pace: Pace) {
    this.machine = machine
    this.pace = pace
    this.encoder = machineEncoder(machine)
  }

  get load(): MachineLoad {
    if (this.#load === undefined) throw new Error('there is no load')
    return this.#load
  }

  async startLoad(shape: LoadShape = CLIENTS): Promise<void> {
    this.#load = await loadMachine(this.machine, 'http://127.0.0.1', shape)
  }

  async stopLoad(): Promise<void> {
    await this.load.stop()
    this.#load = undefined
  }

  /** A load that a point left running, by intent or because it failed, would keep this process from ending. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load?.[Symbol.asyncDispose]()
  }

  async pid(unit: Unit): Promise<number> {
    return Number(await this.machine.sh(`systemctl show -P MainPID ${unit}`))
  }

  async ready(unit: Unit): Promise<void> {
    await wait(`${unit} is active`, async () => (await this.machine.attempt(`systemctl is-active ${unit}`)).code === 0)
  }

  /** Colour and version of the application that Nginx shows. */
  async served(): Promise<string> {
    return (await this.machine.sh('curl -sS http://127.0.0.1/')).trim()
  }

  async idle(): Promise<'blue' | 'green'> {
    return (await this.served()).startsWith('blue') ? 'green' : 'blue'
  }

  async call(path: string): Promise<Operation> {
    return JSON.parse(await this.machine.sh(`curl -sS -X POST -H 'Authorization: Bearer ${this.token}' http://127.0.0.1:9440/v1/services/app/${path}`)) as Operation
  }

  /** Switches to and fro, with a pause after each; answers how long each took, ms. */
  async switches(count: number, pauseMs = 0): Promise<number[]> {
    const times: number[] = []
    let to = await this.idle()
    for (let done = 0; done < count; done += 1) {
      const { outcome, timings_ms: timings } = await this.call(`switch?to=${to}`)
      if (outcome !== 'succeeded') throw new Error(`a switch ended as ${outcome}`)
      times.push(timings.total)
      to = to === 'blue' ? 'green' : 'blue'
      await delay(pauseMs)
    }
    return times
  }

  /** Switches to and fro so many times with little work of our own in between, an even number; answers how long each took, ms. */
  async switchesAtOnce(count: number): Promise<number[]> {
    const [idle, other] = (await this.idle()) === 'blue' ? ['blue', 'green'] : ['green', 'blue']
    const call = (to: string) => `curl -sS -X POST -H 'Authorization: Bearer ${this.token}' http://127.0.0.1:9440/v1/services/app/switch?to=${to}`
    const said = await this.machine.sh(`for each in $(seq ${count / 2}); do ${call(idle ?? '')}; ${call(other ?? '')}; done | jq -r 'if .outcome == "succeeded" then .timings_ms.total else error("a switch ended as " + .outcome) end'`)
    return said.trim().split('\n').map(Number)
  }

  /** Runs something under the load, which must not notice; answers with its counts in words. */
  async unharmed(t: Test, work: () => Promise<void>): Promise<string> {
    return inWords([await this.harm(t, work)])
  }

  /** The same, with the counts themselves. */
  async harm(t: Test, work: () => Promise<void>): Promise<Harm> {
    const before = await this.load.counts()
    await work()
    const after = await this.load.counts()
    const harm = { requests: after.requests - before.requests, failed: after.failed - before.failed, cut: after.streams.cut - before.streams.cut, held: after.streams.held }
    t.equal(harm.failed, 0, `no request failed: ${JSON.stringify(after.reasons)}`)
    t.equal(harm.cut, 0, `no stream was cut: ${JSON.stringify(after.streams.reasons)}`)
    t.ok(harm.requests > 0, 'there was a load')
    return harm
  }

  /** Gives the encoder one source that lasts, and nothing else; answers with its name once chunks of it are done. */
  async keepBusy(minutes = this.pace.busyMinutes): Promise<string> {
    await this.encoder.clear()
    const name = `work-${Date.now().toString(36)}`
    await this.encoder.drop(name, minutes)
    await this.encoder.until(name, 'is encoded', ({ state, chunks }) => state === 'encoding' && chunks.done > 0)
    return name
  }

  /** Pictures of a published asset, as a player would find them. */
  async publishedFrames(asset: string): Promise<number> {
    const url = this.hasMinio ? `http://127.0.0.1:9000/media/${asset}/master.m3u8` : `/srv/greenroom/media/${asset}/master.m3u8`
    const words = '-v error -allowed_extensions ALL -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0'
    return Number(await this.machine.sh(`ffprobe ${words} ${url} | head -n 1`))
  }
}

export const seconds = (ms: number): string => (ms / 1000).toFixed(0)
