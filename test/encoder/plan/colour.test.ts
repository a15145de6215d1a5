import t from 'tap'
import { toBt709 } from '../../../encoder/plan/colour.ts'
import { ffmpegs } from '../../support/ffmpegs.ts'
import { ffmpeg } from '../../support/media/tools.ts'
import { testVideo } from '../../support/facts.ts'

// Every name that ffprobe has for them, as of ffmpeg 9.
const MATRICES = ['bt709', 'fcc', 'bt470bg', 'smpte170m', 'smpte240m', 'bt2020nc', 'bt2020c', 'gbr', 'ycgco', 'ictcp', 'future', null]
const PRIMARIES = ['bt709', 'bt470m', 'bt470bg', 'smpte170m', 'smpte240m', 'film', 'bt2020', 'smpte428', 'smpte431', 'smpte432', 'jedec-p22', 'ebu3213', null]
const TRANSFERS = ['bt709', 'gamma22', 'bt470m', 'gamma28', 'bt470bg', 'smpte170m', 'smpte240m', 'linear', 'log100', 'log316', 'iec61966-2-1', 'iec61966-2-4', 'bt2020-10', 'bt2020-12', null]

for (const { name, path, skip } of ffmpegs) {
  t.test(`${name} takes every name of a colour that is handed to it`, { skip }, async (t) => {
    const { stdout } = await ffmpeg(['-h', 'filter=zscale'], { program: path })
    const known = optionsOf(Buffer.from(stdout).toString('utf8'))
    for (const matrix of MATRICES) for (const primaries of PRIMARIES) for (const transfer of TRANSFERS) {
      const [zscale = ''] = toBt709(testVideo({ colour: { matrix, primaries, transfer } }))
      if (!zscale.startsWith('zscale=')) continue
      for (const [option = '', value = ''] of zscale.slice('zscale='.length).split(':').map((pair) => pair.split('='))) {
        if (!/^\d$/.test(value) && known.get(option)?.has(value) !== true) t.fail(`${option}=${value}, for ${matrix} ${primaries} ${transfer}`)
      }
    }
    t.ok(known.get('matrixin')?.has('709'), 'the options were found')
  })

  t.test(`${name}: full range of telephones and pictures becomes limited, with its colours`, { skip }, async (t) => {
    const cases = [
      // Format, what is drawn, and what BT.709 in limited range has for it: white, black, grey and pure red.
      ['yuvj420p', 'geq=lum=255:cb=128:cr=128,setparams=range=pc', [235, 128, 128]],
      ['yuvj420p', 'geq=lum=0:cb=128:cr=128,setparams=range=pc', [16, 128, 128]],
      ['yuv420p', 'geq=lum=255:cb=128:cr=128,setparams=range=pc', [235, 128, 128]],
      ['gbrp', 'geq=r=255:g=255:b=255', [235, 128, 128]],
      ['gbrp', 'geq=r=0:g=0:b=0', [16, 128, 128]],
      ['gbrp', 'geq=r=255:g=0:b=0', [63, 102, 240]],
      ['rgb24', 'geq=r=255:g=0:b=0', [63, 102, 240]],
      // Red in BT.601, full range.
      ['yuvj420p', 'geq=lum=76:cb=85:cr=255,setparams=range=pc', [63, 102, 240]],
    ] as const
    for (const [pixel_format, drawn, expected] of cases) {
      const rgb = !pixel_format.startsWith('yuv')
      const filters = toBt709(testVideo({ pixel_format, colour: { range: 'full', matrix: rgb ? null : 'bt470bg', primaries: 'bt709', transfer: null } }))
      // geq knows no `yuvj`: it would be given limited range.
      const chain = [`format=${pixel_format.replace('yuvj', 'yuv')}`, drawn, `format=${pixel_format}`, ...filters, 'scale=16:16:flags=bicubic', 'setsar=1', 'format=yuv420p'].join(',')
      const { stdout } = await ffmpeg(['-v', 'error', '-f', 'lavfi', '-i', 'color=black:s=32x32:r=1:d=1', '-vf', chain, '-f', 'rawvideo', '-'], { program: path })
      const got = [stdout[0], stdout[256], stdout[320]] as number[]
      t.ok(got.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= 2), `${pixel_format} ${drawn}: ${got.join()} for ${expected.join()}`)
    }
  })
}

function optionsOf(help: string): Map<string, Set<string>> {
  const options = new Map<string, Set<string>>()
  let values = new Set<string>()
  for (const line of help.split('\n')) {
    const option = /^ {2,3}-?(\w+) +</.exec(line)?.[1]
    const value = /^ {5}(\S+) +-?\d/.exec(line)?.[1]
    if (option !== undefined) options.set(option, (values = new Set()))
    else if (value !== undefined) values.add(value)
  }
  // `range` and `rangein` are listed as `r` and `in_range`, whose aliases carry no values of their own.
  return options
}
