import type { Command } from 'commander'
import type { TSchema } from 'typebox'
import { AGENT_PROGRAM } from '../../agent/cli/agent-program.ts'
import { createProgram as agentCommands } from '../../agent/cli/program.ts'
import { AgentConfigSchema } from '../../agent/config.ts'
import { createCommands } from '../../encoder/cli/commands.ts'
import { ENCODER_PROGRAM } from '../../encoder/cli/encoder-program.ts'
import { EncoderConfigSchema } from '../../encoder/config.ts'
import type { Cli } from '../../shared/cli/cli.ts'
import type { Program } from '../../shared/cli/program.ts'

/** What is told of a daemon to make its package. */
export interface Product {
  readonly program: Program
  readonly commands: (cli: Cli) => Command
  /** Module that is run. */
  readonly main: string
  readonly schema: TSchema
  readonly summary: string
  readonly description: readonly string[]
  readonly depends: readonly string[]
  readonly recommends: readonly string[]
  readonly suggests: readonly string[]
  readonly units: readonly string[]
  /** Files of `systemd/programs`, for units to run. */
  readonly programs: readonly string[]
  /** Files of `systemd/polkit`. */
  readonly polkit: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

export const agent: Product = {
  program: AGENT_PROGRAM,
  commands: agentCommands,
  main: 'agent/main.ts',
  schema: AgentConfigSchema,
  summary: 'blue/green switching of Nginx without a lost request',
  description: [
    'Owns the routing of blue/green services behind an unchanged Nginx, and changes',
    'it on authenticated HTTP calls: without a reload, without losing a request, and',
    'not done before it is proven. Nginx serves on without it.',
  ],
  depends: ['nginx | nginx-full | nginx-light | nginx-extras | nginx-core', 'polkitd'],
  recommends: [],
  suggests: ['greenroom-encoder'],
  units: ['greenroom-agent.service', 'greenroom-agent.socket', 'greenroom-nginx-test.service', 'greenroom.target'],
  programs: ['nginx-test'],
  polkit: ['greenroom-agent.rules'],
  files: {
    '/etc/greenroom/agent.toml': 'Its configuration, made by `init` or by hand.',
    '/etc/greenroom/tokens.toml': 'Credentials, as hashes, made by `token`.',
    '/etc/nginx/greenroom': 'What Nginx includes: generated, not to be edited.',
    '/var/lib/greenroom-agent': 'State, the journal, and the markers that route.',
    '/run/greenroom-agent/api.sock': 'Its API for root and the group `greenroom`.',
  },
}

export const encoder: Product = {
  program: ENCODER_PROGRAM,
  commands: createCommands,
  main: 'encoder/main.ts',
  schema: EncoderConfigSchema,
  summary: 'publishes dropped media as adaptive HLS and DASH',
  description: [
    'Watches an ingest folder, encodes what is dropped there with ffmpeg into an',
    'adaptive ladder (CMAF: HLS and DASH from one set of segments), and publishes it',
    'to an S3 store or a folder. Deploys and routing never touch it.',
  ],
  depends: ['ffmpeg (>= 7:5)'],
  recommends: [],
  suggests: ['greenroom-agent'],
  units: ['greenroom-encoder.service', 'greenroom-encoder.socket'],
  programs: [],
  polkit: [],
  files: {
    '/etc/greenroom/encoder.toml': 'Its configuration, made by `init` or by hand.',
    '/etc/greenroom/encoder-tokens.toml': 'Credentials, as hashes, made by `token`.',
    '/etc/greenroom/store-credentials.toml': 'Keys of the store, read by systemd for the unit.',
    '/srv/greenroom/ingest': 'Where sources are dropped.',
    '/srv/greenroom/work': 'Work area: jobs, segments until they are published.',
    '/srv/greenroom/media': 'What the directory store publishes.',
    '/run/greenroom-encoder/api.sock': 'Its API for root and the group `greenroom`.',
  },
}

export const products: readonly Product[] = [agent, encoder]
