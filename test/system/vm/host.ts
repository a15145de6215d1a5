import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

/**
 * What a team has on its host before Greenroom: an application in two colours, as units, and a vhost with TLS, several
 * locations and websockets that goes to one.
 */

const APP = `[Unit]
Description=app (%i)
After=network.target
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/app/%i.env
ExecStart=/usr/local/bin/node /src/demo/app/main.ts %i $VERSION $PORT
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`

const VHOST = `upstream app { server 127.0.0.1:3001; keepalive 8; }
server {
    listen 80 default_server;
    listen 443 ssl;
    ssl_certificate /etc/ssl/app.pem;
    ssl_certificate_key /etc/ssl/private/app.key;
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
    location /live/ { proxy_pass http://app/; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
    location /media/ { alias /srv/greenroom/media/; }
}
`

/** Copy of the vhost as it was, to go back to. */
export const VHOST_BEFORE = '/var/tmp/vhost-before'

export async function prepareHost({ root, sh }: Machine): Promise<void> {
  await sh('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=app.example -days 30 -keyout /etc/ssl/private/app.key -out /etc/ssl/app.pem 2>&1')
  await sh('mkdir -p /etc/app && rm /etc/nginx/sites-enabled/default')
  await Promise.all([
    writeFile(join(root, 'etc/systemd/system/app@.service'), APP),
    writeFile(join(root, 'etc/app/blue.env'), 'PORT=3001\nVERSION=v1\n'),
    writeFile(join(root, 'etc/app/green.env'), 'PORT=3002\nVERSION=v1\n'),
    writeFile(join(root, 'etc/nginx/sites-available/app'), VHOST),
  ])
  await sh(`cp /etc/nginx/sites-available/app ${VHOST_BEFORE}`)
  await sh('ln -s ../sites-available/app /etc/nginx/sites-enabled/app && systemctl daemon-reload')
  await sh('systemctl enable --now app@blue app@green && systemctl reload-or-restart nginx')
}
