/** Corners and edges of `{\an1}` to `{\an9}` (a keypad), as settings of a cue; 2 is where captions are anyway. */
const PLACES: Readonly<Record<string, string>> = {
  1: 'align:start', 2: '', 3: 'align:end',
  4: 'line:50% align:start', 5: 'line:50%', 6: 'line:50% align:end',
  7: 'line:0 align:start', 8: 'line:0', 9: 'line:0 align:end',
}
const SETTING = /^(?:vertical:(?:rl|lr)|line:-?\d+(?:\.\d+)?%?(?:,(?:start|center|end))?|position:\d+(?:\.\d+)?%(?:,(?:line-left|center|line-right))?|size:\d+(?:\.\d+)?%|align:(?:start|center|end|left|right))$/
const SRT_TAG = /^<(\/?)([biu])>$/i
const VTT_TAG = /^<(?:\/?(?:[biu]|c|v|lang|ruby|rt)(?:\.[^\s<>&]+)*(?:[ \t][^<>&]*)?|(?:\d+:)?\d\d:\d\d\.\d{3})>$/
const ENTITY = /&(?!(?:amp|lt|gt|nbsp|lrm|rlm|#\d{1,7}|#x[0-9a-f]{1,6});)/gi

/** Text of a SubRip cue as WebVTT: bold, italic and underline stay, colours and fonts go, `{\an8}` becomes a place. */
export function srtMarkup(text: string): { readonly text: string; readonly settings: string } {
  const place = /\{\\an([1-9])\}/.exec(text)?.[1]
  const plain = text.replaceAll(/\{\\[^}]*\}/g, '').replaceAll(/<\/?font\b[^>]*>/gi, '')
  return { text: escapeAround(plain, (tag) => SRT_TAG.test(tag), (tag) => tag.toLowerCase()), settings: place === undefined ? '' : (PLACES[place] ?? '') }
}

/** Text of a WebVTT cue without what WebVTT does not know. */
export function vttMarkup(text: string): string {
  return escapeAround(text, (tag) => VTT_TAG.test(tag), (tag) => tag)
}

/** The settings that stand by themselves: regions are not kept. */
export function vttSettings(text: string): string {
  return text.split(/[ \t]+/).filter((setting) => SETTING.test(setting)).join(' ')
}

/** Keeps known tags and entities, and escapes what else has a meaning in WebVTT. */
function escapeAround(text: string, known: (tag: string) => boolean, spell: (tag: string) => string): string {
  return text
    .split(/(<[^<>]*>)/)
    .map((part) => (known(part) ? spell(part) : part.replaceAll(ENTITY, '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')))
    .join('')
}
