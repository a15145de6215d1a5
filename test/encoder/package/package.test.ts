import { join } from 'node:path'
import t from 'tap'
import { packageVersion, type PackageInput } from '../../../encoder/package/package.ts'
import { checkAsset } from '../../support/asset-check.ts'
import { layDown } from '../../support/asset-folder.ts'
import { makeMedia } from '../../support/made-media.ts'
import { testPlan } from '../../support/test-plan.ts'

const source = { name: 'clip.mp4', size: 1, sha256: 'a'.repeat(64) }

void t.test('a packaged asset is whole and consistent to parsers, boxes and decoders that are not ours', async (t) => {
  const folder = t.testdir()
  for (const frame_rate of ['25', '30000/1001']) {
    const name = frame_rate.replace('/', '-')
    const plan = testPlan({
      seconds: 13,
      frame_rate,
      segment_frames: 60,
      rungs: [{ id: 'v180', width: 320, height: 180 }, { id: 'v90', width: 160, height: 90 }],
      audio: [{ id: 'a0', language: 'en', label: 'English' }, { id: 'a1', language: 'de', label: 'Deutsch' }],
    })
    const input: PackageInput = {
      state: 'ready', asset: 'films/clip', version: '01jz', published_early: false, plan, source, captions: [], pictures: null, audio_complete: true, ...(await makeMedia(join(folder, 'work', name), plan)),
    }
    const asset = await layDown(join(folder, 'store', name), input, packageVersion(input))
    const summary = await checkAsset(asset)
    t.match(summary, { state: 'ready', renditions: [{ id: 'v180', segments: frame_rate === '25' ? 6 : 7 }, { id: 'v90' }, { id: 'a0' }, { id: 'a1' }] })
  }
})
