import { existsSync } from 'node:fs'

// Loaded before a program (node --import): its wall clock is 20 minutes ahead as long as the file named in SHIFTED_CLOCK is there.
const RealDate = Date
const file = process.env['SHIFTED_CLOCK'] ?? ''
const now = () => RealDate.now() + (existsSync(file) ? 20 * 60_000 : 0)

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: []) => (args.length === 0 ? new target(now()) : new target(...args)),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
})
