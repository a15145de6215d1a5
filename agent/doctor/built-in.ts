import type { DoctorHost } from './host.ts'

/** What Nginx was built with (`prefix`, `pid-path`, `error-log-path`, `user`); null where it does not tell. */
export async function builtIn({ run }: Pick<DoctorHost, 'run'>, name: string): Promise<string | null> {
  const { complaint } = await run(['-V'])
  return new RegExp(`--${name}=(\\S+)`).exec(complaint)?.[1] ?? null
}
