import { startApp } from './server.ts'

// The sample app as a process of its own: node demo/app/main.ts COLOUR VERSION [PORT]. Prints its port when it serves.
const [colour, version = 'v1', port = '0'] = process.argv.slice(2)
if (colour !== 'blue' && colour !== 'green') throw new Error('usage: node demo/app/main.ts blue|green [VERSION] [PORT]')

const app = await startApp({ colour, version, port: Number(port) })
process.stdout.write(`${app.port}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.stop())
