import type { Test } from 'tap'
import { VHOST_BEFORE } from '../host.ts'
import { install, OLD } from '../packages.ts'
import type { Scene } from '../scene.ts'

const PLACES = '/etc/greenroom /var/lib/greenroom-agent/* /etc/nginx/greenroom /usr/lib/greenroom* /run/greenroom* /lib/systemd/system/greenroom* /etc/systemd/system/*/greenroom*'

/** 7. Removed and purged, the agent leaves Nginx on the last live colour; what is not in use leaves no trace. */
export async function removal(t: Test, scene: Scene): Promise<void> {
  const { machine, table } = scene
  const { sh } = machine
  const colour = await scene.served()
  const harm = await scene.unharmed(t, async () => {
    for (const verb of ['remove', 'purge']) {
      await sh(`apt-get -qq -y ${verb} greenroom-agent greenroom-encoder 2>&1`)
      t.equal(await scene.served(), colour)
    }
  })
  await sh('nginx -t && systemctl reload nginx && systemctl restart nginx')
  t.equal(await scene.served(), colour, 'also after Nginx is started anew')
  const left = (await sh(`ls -d ${PLACES} 2>/dev/null || true`)).split('\n')
  t.same(left, ['/etc/nginx/greenroom', '/var/lib/greenroom-agent/routes'], 'only what Nginx reads is left')
  await scene.stopLoad()

  // The lines of the vhost taken back, nothing is in use any more.
  await install(machine, OLD, 'greenroom-agent')
  await sh(`rm /etc/nginx/conf.d/greenroom.conf && cp ${VHOST_BEFORE} /etc/nginx/sites-available/app && nginx -t && systemctl reload nginx`)
  await sh('apt-get -qq -y purge greenroom-agent 2>&1')
  t.equal((await sh('ls -d /etc/greenroom /var/lib/greenroom* /etc/nginx/greenroom 2>/dev/null || true')).trim(), '', 'a purge of what is not in use leaves nothing')
  table.add('removed and purged', `${harm}; Nginx serves ${colour}, also restarted; left: ${left.join(', ')}`)
}
