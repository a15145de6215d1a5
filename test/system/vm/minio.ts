import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { wait } from './wait.ts'
import type { Machine } from './machine.ts'

const INSIDE = '/usr/local/bin/minio'
const PORT = 9000
const BUCKET = 'media'
const ACCESS_KEY = 'greenroom'
const SECRET_KEY = 'greenroom-secret'

/** The server that demo/test-tools.sh builds, or null where it could not. */
export function minioProgram(): string | null {
  const path = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'greenroom/bin/minio')
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return null
  }
}

export const minioBind = (program: string): string => `${program}:${INSIDE}`

/** Starts a MinIO server in a machine, with a bucket that anybody may read and keys where the encoder's unit looks; answers with words for `init`. */
export async function startMinio({ sh, attempt, inNetwork }: Machine): Promise<string> {
  await sh(`systemd-run --unit=minio --setenv=MINIO_ROOT_USER=${ACCESS_KEY} --setenv=MINIO_ROOT_PASSWORD=${SECRET_KEY} ${INSIDE} server --address 127.0.0.1:${PORT} /var/lib/minio`)
  const ready = async () => {
    if ((await attempt(`curl -fsS http://127.0.0.1:${PORT}/minio/health/ready`)).code === 0) return true
    if ((await attempt('systemctl is-active minio')).code !== 0) throw new Error(`MinIO ended:\n${await sh('journalctl -u minio -o cat --no-pager -n 5')}`)
    return false
  }
  await wait('MinIO is ready', ready)
  await execa('/usr/bin/env', [...inNetwork(), process.execPath, join(import.meta.dirname, 'make-bucket.ts'), String(PORT), ACCESS_KEY, SECRET_KEY, BUCKET])
  await sh(`mkdir -p /etc/greenroom && printf 'access_key = "${ACCESS_KEY}"\\nsecret_key = "${SECRET_KEY}"\\n' >/etc/greenroom/store-credentials.toml && chmod 600 /etc/greenroom/store-credentials.toml`)
  return `--store minio --endpoint http://127.0.0.1:${PORT} --bucket ${BUCKET}`
}
