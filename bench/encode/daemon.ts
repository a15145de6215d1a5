import { copyFile, link, mkdtemp, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TomlTable } from 'smol-toml'
import { testEncoder, type TestEncoder } from '../../test/support/encoder.ts'

const PATIENCE_MS = 1_800_000
/** The product’s own: what a daemon costs is also how often it looks. */
const INGEST = { settle: '1s', rescan: '10s' }

/** A real daemon on its own folders, started. `profile`: what its `default` differs in from the built-in one. */
export async function startedEncoder(profile: TomlTable): Promise<TestEncoder> {
  const encoder = await testEncoder({ root: await mkdtemp(join(tmpdir(), 'greenroom-bench-')), settings: { ingest: INGEST }, profiles: { default: profile }, patience: PATIENCE_MS })
  await encoder.start()
  return encoder
}

/** Drops a clip as a rename does it: whole at once. */
export async function drop(encoder: TestEncoder, clip: string, name: string): Promise<void> {
  const waiting = join(encoder.ingest, `.${name}.part`)
  // A link costs nothing; the cache may lie on another file system.
  await link(clip, waiting).catch(async () => copyFile(clip, waiting))
  await rename(waiting, join(encoder.ingest, name))
}
