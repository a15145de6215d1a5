import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { createServer, type ListenOptions } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { boundAddress, hostOf } from '../../../shared/sockets/bound-address.ts'

/** What is said of a listening server, and its port. */
async function bound(options: ListenOptions): Promise<{ address: string | null; port: number | undefined }> {
  const server = createServer().listen(options)
  await once(server, 'listening')
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const at = server.address()
  const address = await boundAddress(fd)
  server.close()
  return { address, port: typeof at === 'object' ? at?.port : undefined }
}

t.test('a descriptor tells where it listens, as a configuration would write it', async (t) => {
  const four = await bound({ host: '127.0.0.5', port: 0 })
  t.equal(four.address, `127.0.0.5:${four.port}`)
  const directory = await mkdtemp(join(tmpdir(), 'greenroom bound  '))
  t.after(() => rm(directory, { recursive: true }))
  t.equal((await bound({ path: join(directory, 'api.sock') })).address, `unix:${join(directory, 'api.sock')}`, 'also with spaces in it')
})

t.test('what does not listen has no address', async (t) => {
  const file = await open('/dev/null')
  t.equal(await boundAddress(file.fd), null)
  await file.close()
  t.equal(await boundAddress(9999), null)
})

t.test('an IPv6 address is read from the words of the kernel', (t) => {
  t.equal(hostOf('00000000000000000000000001000000'), '[::1]')
  t.equal(hostOf('00000000000000000000000000000000'), '[::]')
  t.equal(hostOf('B80D0120000000000000000001000000'), '[2001:db8::1]')
  t.end()
})
