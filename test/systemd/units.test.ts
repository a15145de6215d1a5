import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'

const UNITS = join(import.meta.dirname, '../../systemd/units')
const units = await readdir(UNITS)
const { failed } = await execa('systemd-analyze', ['--version'], { reject: false })
const skip = failed ? 'there is no systemd-analyze on this machine' : false

t.test('systemd finds nothing wrong with the units', { skip }, async (t) => {
  const directory = t.testdir({})
  // The programs are in the packages, not on this machine.
  for (const unit of units) await writeFile(join(directory, unit), (await readFile(join(UNITS, unit), 'utf8')).replaceAll(/^ExecStart=\S+/gm, 'ExecStart=/bin/true'))
  const { exitCode, all } = await execa('systemd-analyze', ['verify', '--man=no', ...units.map((unit) => join(directory, unit))], { all: true, reject: false })
  t.equal(exitCode, 0)
  t.equal(all, '')
})

for (const daemon of ['greenroom-agent', 'greenroom-encoder']) {
  t.test(`the exposure of ${daemon} is under 2.0`, { skip }, async (t) => {
    const { exitCode, stdout } = await execa('systemd-analyze', ['security', '--offline=yes', '--no-pager', '--threshold=19', join(UNITS, `${daemon}.service`)], { reject: false })
    t.equal(exitCode, 0, /Overall exposure.*/.exec(stdout)?.[0] ?? stdout)
  })
}

t.test('what is left open in a unit is explained in it', async (t) => {
  for (const unit of ['greenroom-agent.service', 'greenroom-encoder.service']) {
    const text = await readFile(join(UNITS, unit), 'utf8')
    const said = text.slice(text.indexOf('# What is left open'))
    for (const setting of ['MemoryDenyWriteExecute', 'PrivateNetwork', 'ProcSubset', 'IPAddressDeny']) t.match(said, new RegExp(`# .*${setting}`), `${unit}: ${setting}`)
  }
})
