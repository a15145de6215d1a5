import t from 'tap'
import { formatClock, parseClock, writeWebVtt } from '../../../../encoder/package/captions/cue.ts'
import { fitCues } from '../../../../encoder/package/captions/fit.ts'
import { CaptionsFault, parseCaptions } from '../../../../encoder/package/captions/parse.ts'

void t.test('times are read in all spellings and written in one', (t) => {
  const spellings = { '00:00:01.500': 1500, '00:01,5': 1500, '1:02:03,004': 3_723_004, '100:00:00.000': 360_000_000, '0:1:1': 61_000 }
  for (const [text, milliseconds] of Object.entries(spellings)) t.equal(parseClock(text), milliseconds, text)
  for (const text of ['', '1', '00:61:00.000', '00:00:61', '00:00:-1', '00;00;01', '1.5']) t.equal(parseClock(text), undefined, text)
  t.equal(formatClock(3_723_004), '01:02:03.004')
  t.equal(formatClock(360_000_000), '100:00:00.000')
  t.end()
})

void t.test('SubRip becomes clean WebVTT', (t) => {
  const srt = `\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\n<I>Hello</I> <font color="#ff0000">there</font> & you\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000 X1:100 X2:200 Y1:1 Y2:2\r\n{\\an8}at the <top>\r\nsecond line\r\n\r\n\r\n3\n00:00:05,000-->00:00:06,000\n- 5 --&gt; 6\n\nafter a blank line\n4\n00:00:07,000 --> 00:00:08,000\nno blank line before`
  const { format, cues, notes } = parseCaptions(srt)
  t.equal(format, 'srt')
  t.same(notes, [])
  t.equal(
    writeWebVtt(cues),
    `WEBVTT

00:00:01.000 --> 00:00:02.500
<i>Hello</i> there &amp; you

00:00:03.000 --> 00:00:04.000 line:0
at the &lt;top&gt;
second line

00:00:05.000 --> 00:00:06.000
- 5 --&gt; 6
after a blank line

00:00:07.000 --> 00:00:08.000
no blank line before
`,
  )
  t.end()
})

void t.test('WebVTT keeps its cues and settings and loses styles, regions and notes', (t) => {
  const vtt = `WEBVTT - a title
X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

STYLE
::cue { color: red }

REGION
id:a

NOTE
00:00 is no cue

first
00:01.000 --> 00:02.000 align:start region:a position:10% nonsense
<v.loud Anna>Hello <00:01.500><c.red>you</c> <script>alert(1)</script>

00:03.000 --> 00:04.000
R&amp;D &nbsp; R&D
`
  const { format, cues, notes } = parseCaptions(vtt)
  t.equal(format, 'webvtt')
  t.same(notes, ['its X-TIMESTAMP-MAP and its styles and its regions are left out'])
  t.same(cues, [
    { start: 1000, end: 2000, settings: 'align:start position:10%', text: '<v.loud Anna>Hello <00:01.500><c.red>you</c> &lt;script&gt;alert(1)&lt;/script&gt;' },
    { start: 3000, end: 4000, settings: '', text: 'R&amp;D &nbsp; R&amp;D' },
  ])
  t.same(parseCaptions(writeWebVtt(cues)).cues, cues, 'what was written reads as the same')
  t.end()
})

void t.test('a broken file is refused with the line', (t) => {
  const broken: readonly (readonly [string, number, RegExp])[] = [
    ['', 1, /neither SubRip nor WebVTT/],
    ['WEBVTT\n', 1, /no captions/],
    ['just a text\nof two lines\n', 1, /before the first time: "just a text"/],
    ['1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:03,000 --> 00:00:\nb', 6, /no time: "00:00:03,000 --> 00:00:"/],
    ['1\n00:00:05,000 --> 00:00:02,000\na', 2, /ends before it begins/],
    ['1\n00:00:01,000 -->', 2, /no time/],
    ['1\n\n\nlost\n\n2\n00:00:01,000 --> 00:00:02,000\na', 4, /before the first time/],
  ]
  for (const [text, line, message] of broken) t.throws(() => parseCaptions(text), { name: 'CaptionsFault', line, message }, JSON.stringify(text))
  t.ok(new CaptionsFault(1, '') instanceof Error)
  t.end()
})

void t.test('cues are shifted to the time line of the asset, and what lies outside is told', (t) => {
  const cue = (start: number, end: number, text = 'a') => ({ start, end, text, settings: '' })
  const fitted = fitCues([cue(9000, 9500), cue(8000, 12_000), cue(11_000, 13_000), cue(500, 900), cue(10_500, 10_500), cue(10_600, 10_700, '<i> </i>'), cue(99_000, 100_000)], { shift_ms: -10_000, duration_ms: 2500 })
  t.same(fitted.cues, [cue(0, 2000), cue(1000, 2500)])
  t.same(fitted.notes, ['2 captions without text or duration are left out', '3 captions before the start or behind the end of the media are left out'])
  t.same(fitCues([cue(1, 2), cue(5000, 6000)], { shift_ms: 0, duration_ms: 1000 }).notes, ['1 caption before the start or behind the end of the media is left out'])
  t.end()
})
