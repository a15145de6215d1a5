import type { Test } from 'tap'
import type { Scene } from '../scene.ts'

/** 6. The disk of the work area fills up while a source is encoded: it waits for space, and its asset is whole. */
export async function diskFull(t: Test, scene: Scene): Promise<void> {
  const { encoder, table } = scene
  const { sh } = scene.machine
  const colour = await scene.served()
  await sh('systemctl stop greenroom-encoder && mount -t tmpfs -o size=96M,mode=755 tmpfs /srv/greenroom && systemd-tmpfiles --create greenroom-encoder.conf && systemctl start greenroom-encoder')
  const dropped = await encoder.drop('full', 2)
  await encoder.until('full', 'is encoded', ({ state, chunks: { done } }) => state === 'encoding' && done > 0)
  await sh('dd if=/dev/zero of=/srv/greenroom/filler bs=1M 2>/dev/null || true')
  const full = await encoder.until('full', 'waits', ({ blocked }) => blocked !== null)
  await sh('rm /srv/greenroom/filler')
  await encoder.until('full', 'done', ({ state }) => state === 'done')
  t.equal(await scene.publishedFrames('full'), dropped)
  t.equal(await scene.served(), colour)
  await sh('systemctl stop greenroom-encoder && umount /srv/greenroom && systemctl start greenroom-encoder')
  t.ok((await encoder.jobs()).length > 1, 'jobs of before are known')
  table.add('disk full', `job waits (${full.blocked?.code}), ${dropped} of ${dropped} frames published once there was space`)
}
