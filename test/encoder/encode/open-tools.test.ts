import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openTools } from '../../../encoder/encode/open-tools.ts'
import { requireCodec } from '../../../encoder/encode/require-codec.ts'
import { parseVersion } from '../../../encoder/encode/tool-version.ts'
import { debian, ffmpegs } from '../../support/ffmpegs.ts'

t.test('the version is read from releases, distributions and development builds', async (t) => {
  const major = (first: string, util = '') => parseVersion(`${first} Copyright (c) the FFmpeg developers\nlibavutil      ${util}. 28.100 / ${util}. 28.100\n`)?.major
  t.equal(major('ffmpeg version 5.1.9-0+deb12u1'), 5)
  t.equal(major('ffmpeg version n9.0.2-17-g2a571b6068-20260930'), 9)
  t.equal(major('ffprobe version 7.1'), 7)
  t.equal(major('ffmpeg version 4.4.2-0ubuntu0.22.04.1'), 4)
  t.equal(major('ffmpeg version N-109468-gd39b34123d', '58'), 6, 'a development build is known by its libraries')
  t.equal(major('ffmpeg version 2020-09-30-git-a42f5d1', '56'), 4)
  t.equal(parseVersion('ImageMagick 7.1'), undefined)
})

for (const tool of ffmpegs) {
  t.test(`${tool.name} is opened: version, encoders, filters`, { skip: tool.skip }, async (t) => {
    const tools = await tool.open()
    t.ok(tools.major >= 5 && Number.isFinite(tools.major))
    t.ok(tools.encoders.has('libx264') && tools.encoders.has('aac'))
    t.ok(tools.filters.has('bwdif') && tools.filters.has('split') && tools.filters.has('anullsrc') && tools.filters.has('trim'))
    t.notOk(tools.encoders.has('=') || tools.filters.has('='), 'the legend is not taken for an entry')
    t.doesNotThrow(() => requireCodec(tools, { encoders: ['libx264'], filters: ['bwdif'] }))
    t.throws(() => requireCodec(tools, { encoders: ['libx264', 'libx999'], filters: ['nofilter'] }), { code: 'codec_missing', fault: 'environment', message: /the encoder libx999, the filter nofilter/ })
  })
}

t.test('a program that is missing, may not be run, is another or too old is the fault of the host', async (t) => {
  const ffprobe = '/usr/bin/ffprobe'
  const directory = t.testdir({ plain: '#!/bin/sh\n', other: '#!/bin/sh\necho something else\n', old: '#!/bin/sh\necho ffmpeg version 4.3.6-0+deb11u1 Copyright\n', broken: '#!/bin/sh\nexit 1\n' })
  for (const name of ['other', 'old', 'broken']) await chmod(join(directory, name), 0o755)
  await t.rejects(openTools({ ffmpeg: join(directory, 'none'), ffprobe }), { code: 'tool_missing', fault: 'environment', message: /none does not exist/ })
  await t.rejects(openTools({ ffmpeg: join(directory, 'plain'), ffprobe }), { code: 'tool_missing', message: /may not be run/ })
  await t.rejects(openTools({ ffmpeg: join(directory, 'other'), ffprobe }), { code: 'tool_missing', message: /is not ffmpeg/ })
  await t.rejects(openTools({ ffmpeg: join(directory, 'broken'), ffprobe }), { code: 'tool_missing', message: /cannot be run/ })
  await t.rejects(openTools({ ffmpeg: join(directory, 'old'), ffprobe }), { code: 'tool_too_old', fault: 'environment', message: /4\.3\.6/ })
  await t.rejects(openTools({ ffmpeg: debian.path, ffprobe: join(directory, 'none') }), { code: 'tool_missing', message: /none does not exist/ })
})
