import { startEncoder } from '../../encoder/encoder.ts'
import { loadEncoderConfig } from '../../encoder/load-config.ts'
import { createLogger } from '../../shared/log.ts'

/**
 * An encoder that kills itself with SIGKILL as it enters a step for the given time: node doomed-encoder.ts CONFIG STEP COUNT.
 * Whatever was not written by then never happened.
 */
const [file = '', step = '', count = '1'] = process.argv.slice(2)
let left = Number(count)

await startEncoder(await loadEncoderConfig(file), {
  log: createLogger({ level: 'info', name: 'doomed-encoder' }),
  onStep(_job, entered) {
    if (entered !== step) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
