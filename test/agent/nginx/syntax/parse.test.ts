import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import t from 'tap'
import { parse } from '../../../../agent/nginx/syntax/parse.ts'
import { print } from '../../../../agent/nginx/syntax/print.ts'
import { quoteWord } from '../../../../agent/nginx/syntax/quote.ts'
import { readTree } from '../../../../agent/nginx/syntax/read-tree.ts'
import { ConfigSyntaxError } from '../../../../agent/nginx/syntax/syntax-error.ts'

const run = promisify(execFile)

t.test('words are unquoted and unescaped as Nginx does it', async (t) => {
  const words = (text: string) => parse(text).directives[0]!.args
  t.same(words(String.raw`log_format m "a \"b\" 'c'";`), ['m', `a "b" 'c'`])
  t.same(words(String.raw`x 'a\tb\\c\d';`), ['a\tb\\c\\d'])
  t.same(words('set $a ${b}c;'), ['$a', '${b}c'])
  t.same(words('if ($a = "b") { }'), ['($a', '=', 'b', ')'])
  t.same(words('a it"s b#c;'), ['it"s', 'b#c'])
  t.same(words('a "";'), [''])
  t.same(words(String.raw`location ~ \.(a|b){ }`), ['~', String.raw`\.(a|b)`])
})

t.test('positions are those of the text', async (t) => {
  const text = '# c\nserver {\n  listen 80; # d\n  location "/a b" { return 200; }\n}\n'
  const server = parse(text).directives[0]!
  const [listen, location] = server.block!
  t.equal(server.line, 2)
  t.equal(text.slice(server.start, server.end), text.slice(4, -1))
  t.equal(text.slice(listen!.start, listen!.end), 'listen 80;')
  t.equal(location!.line, 4)
  t.equal(text.slice(location!.words[1]!.start, location!.words[1]!.end), '"/a b"')
})

t.test('a text that Nginx cannot read is refused with its line', async (t) => {
  const fault = (text: string) => {
    try {
      parse(text, '/f')
    } catch (error) {
      if (error instanceof ConfigSyntaxError) return error.message
      throw error
    }
    return null
  }
  t.match(fault('a;\n}'), /^\/f:2: unexpected "}"/)
  t.match(fault('a\n b'), /^\/f:2: the text ends.*"a" of line 1/)
  t.match(fault('a {\n b;'), /"{" of line 1 is not closed/)
  t.match(fault('\n;'), /^\/f:2: unexpected ";"/)
  t.match(fault('a "b'), /quote " is not closed/)
  t.match(fault('a "b"c;'), /unexpected "c" right after/)
  t.match(fault('a { b }'), /"b" has no ";"/)
  t.match(fault('content_by_lua_block { local a = "}" }'), /holds Lua/)
})

t.test('printing what was parsed gives the same text, character for character', async () => {
  const space = fc.stringMatching(/^[ \t\r\n]{1,3}$/)
  const gap = fc.oneof(space, fc.stringMatching(/^#[^\n]{0,8}\n$/), fc.constant('\n'))
  const bare = fc.stringMatching(/^[^\s;{}"'#\\$][^\s;{}\\$]{0,6}$/)
  const quoted = fc.string({ maxLength: 8 }).map((value) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`)
  const word = fc.oneof(bare, quoted, fc.constantFrom('${a}', '$a', String.raw`\;`, String.raw`a\ b`, "'x;{}#'"))
  const { document } = fc.letrec<{ document: string; directive: string }>((tie) => ({
    document: fc.array(tie('directive'), { maxLength: 4 }).map((all) => all.join('')),
    directive: fc
      .tuple(fc.array(fc.tuple(word, gap, space), { minLength: 1, maxLength: 4 }), fc.option(tie('document'), { nil: undefined }), gap)
      .map(([words, block, after]) => words.map(([text, between, plain]) => text + plain + between).join('') + (block === undefined ? ';' : `{${block}}`) + after),
  }))
  fc.assert(
    fc.property(fc.tuple(document, gap), ([text, tail]) => print(parse(text + tail)) === text + tail),
    { numRuns: 1000 },
  )
})

t.test('a quoted word is read back as the same value', async () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const [directive] = parse(`x ${quoteWord(value)};`).directives
      return directive!.args.length === 1 && directive!.args[0] === value
    }),
    { numRuns: 1000 },
  )
})

t.test('accepts and refuses the same texts as Nginx itself', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'greenroom-syntax-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const file = join(root, 'nginx.conf')
  // A types block takes any words, so that only the syntax can be wrong.
  const piece = fc.constantFrom('a', 'b', ' ', '\n', ';', '"', "'", '\\', '#', '$', '${', '}', ')', 'a b;', '"c"')
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const text = `pid ${root}/pid; events {} http { types { ${pieces.join('')}\n}\n}\n`
      await writeFile(file, text)
      const nginx = await run('/usr/sbin/nginx', ['-t', '-q', '-c', file, '-e', join(root, 'log')]).then(
        () => null,
        (error: { stderr: string }) => error.stderr,
      )
      // Words that are no media types are not what is compared here, nor blocks where there can be none.
      if (nginx !== null && !/unexpected (end of file|"[^{])/.test(nginx)) return
      let ours: string | null = null
      try {
        parse(text)
      } catch (error) {
        ours = (error as Error).message
      }
      if ((ours === null) !== (nginx === null)) throw new Error(`${JSON.stringify(text)}: ours ${ours}, nginx ${nginx}`)
    }),
    { numRuns: 100 },
  )
})

t.test("Debian's shipped configuration is read whole and printed unchanged", async (t) => {
  const files = await readTree('/etc/nginx/nginx.conf')
  t.ok(files.some(({ path }) => path === '/etc/nginx/mime.types'))
  for (const { path, text } of files) t.equal(print(parse(text, path)), text, path)
  for (const path of ['/etc/nginx/sites-available/default', '/etc/nginx/snippets/fastcgi-php.conf', '/etc/nginx/fastcgi.conf', '/etc/nginx/proxy_params']) {
    const text = await readFile(path, 'utf8')
    t.equal(print(parse(text, path)), text, path)
  }
})
