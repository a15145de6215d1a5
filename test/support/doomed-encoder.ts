import { ulid } from 'ulid'
import { startEncoder } from '../../encoder/encoder.ts'
import { loadEncoderConfig } from '../../encoder/load-config.ts'
import { createLogger } from '../../shared/log.ts'

/**
 * An encoder that kills itself with SIGKILL as it enters a step for the given time: node doomed-encoder.ts CONFIG STEP COUNT.
 * Whatever was not written by then never happened. Jobs from before its start do not count: those it only ends.
 */
const [file = '', step = '', count = '1'] = process.argv.slice(2)
const older = ulid()
let left = Number(count)

await startEncoder(await loadEncoderConfig(file), {
  log: createLogger({ level: 'info', name: 'doomed-encoder' }),
  onStep(job, entered) {
    if (entered !== step || job < older) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
