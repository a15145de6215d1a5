import type { Program } from '../../shared/cli/program.ts'
import { ENCODER } from '../daemon.ts'
import { errors } from '../errors.ts'

/** The encoder, as its command line knows it. */
export const ENCODER_PROGRAM: Program = {
  ...ENCODER,
  configFile: '/etc/greenroom/encoder.toml',
  port: 9441,
  defaults: {
    listen: ['127.0.0.1:9441', 'unix:/run/greenroom-encoder/api.sock'],
    tokensFile: '/etc/greenroom/encoder-tokens.toml',
    stateDir: '/srv/greenroom/work',
  },
  stateDirAt: ['work', 'directory'],
  services: null,
  catalogue: Object.values(errors),
  withoutDaemon: 'plan FILE',
  lostChange: (path) => {
    const job = /^\/v1\/jobs\/([^/]+)/.exec(path)?.[1]
    return `Nobody told its outcome here; see \`greenroom-encoder ${job === undefined ? 'jobs' : `show ${job}`}\`.`
  },
}
