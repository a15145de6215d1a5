import type { Test } from 'tap'
import { answersWhile } from '../calls.ts'
import { install, NEW, OLD } from '../packages.ts'
import type { Scene } from '../scene.ts'

/** 2. The agent is upgraded and downgraded: nothing fails, the encoder goes on. */
export async function agentUpgrade(t: Test, scene: Scene): Promise<void> {
  const { machine, encoder, table } = scene
  const [pid, before, agent] = [await scene.pid('greenroom-encoder'), await encoder.encoded(), await scene.pid('greenroom-agent')]
  let answers = ''
  const upgrades = async () => {
    for (const version of [NEW, OLD]) {
      await install(machine, version, 'greenroom-agent')
      t.equal((await machine.sh('greenroom-agent --version')).trim(), version)
      t.equal((await scene.call(`switch?to=${await scene.idle()}`)).outcome, 'succeeded')
    }
  }
  const harm = await scene.unharmed(t, async () => {
    answers = await answersWhile(machine, ['greenroom-agent'], upgrades)
  })
  t.match(answers, /^\d+ 200$/, 'no call to its API is refused')
  t.not(await scene.pid('greenroom-agent'), agent)
  t.equal(await scene.pid('greenroom-encoder'), pid, 'the encoder is the same process')
  const encoded = (await encoder.encoded()) - before
  t.ok(encoded > 0, 'and encoded on')
  table.add('agent upgraded and back, a switch after each', `${harm}; ${answers.split(' ')[0]} API calls, all answered; encoder’s pid the same, ${encoded.toFixed(0)} s of media encoded meanwhile`)
}
