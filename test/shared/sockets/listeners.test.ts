import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { listeners, listenersOn } from '../../../shared/sockets/listeners.ts'
import { ownersOf } from '../../../shared/sockets/socket-owner.ts'

t.test('a listener is found by its address, and its process by its socket', async (t) => {
  const server = createServer().listen(0, '127.0.0.3')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const all = await listeners()
  t.same(listenersOn(all, `127.0.0.4:${port}`), [])
  const [found] = listenersOn(all, `127.0.0.3:${port}`)
  t.match(await ownersOf(found!.inode), [{ pid: process.pid, title: /node/ }])
})

t.test('a listener on all addresses takes connections to each of them', async (t) => {
  for (const host of ['0.0.0.0', '::']) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    t.equal(listenersOn(await listeners(), `127.0.0.1:${port}`).length, 1, host)
  }
})

t.test('a command line with line ends is told in one line', async (t) => {
  const child = spawn(process.execPath, ['-e', `const s = require('net').createServer()\n  s.listen(0, '127.0.0.3', () => console.log(s.address().port))`], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const [found] = listenersOn(await listeners(), `127.0.0.3:${port.toString().trim()}`)
  t.match(await ownersOf(found!.inode), [{ pid: child.pid, title: /createServer\(\) s\.listen/ }])
})
