import { formats as common, type Formats } from '../../shared/config/formats.ts'
import { nearest } from '../../shared/config/nearest.ts'
import { Named, Type } from '../../shared/config/types.ts'
import { isAssetName, takenPart } from './asset-name.ts'
import { canonicalLanguage } from './companions.ts'

/** `<name>.json` beside a source. */
export const OptionsSchema = Type.Object(
  {
    asset: Type.Optional(Type.String({ description: 'Name of the asset in the store. Default: made from the path of the source.', format: 'asset-name', examples: ['news/2026-08-01'] })),
    profile: Type.Optional(Type.String({ description: 'The profile. Default: the one whose folder the source lies in, else `default`.', format: 'known-profile', examples: ['uhd'] })),
    language: Type.Optional(Type.String({ description: 'Language of audio tracks that do not say theirs.', format: 'language', examples: ['de'] })),
    title: Type.Optional(Type.String({ description: 'Title for people.', minLength: 1, maxLength: 500, examples: ['Evening news'] })),
    priority: Type.Optional(Type.Integer({ description: 'Jobs of a higher one go first; 0 by default.', minimum: -1000, maximum: 1000, examples: [10] })),
    captions: Type.Optional(
      Named(
        'captions-file',
        Type.Object(
          {
            language: Type.Optional(Type.String({ description: 'Language of the captions.', format: 'language', examples: ['en'] })),
            label: Type.Optional(Type.String({ description: 'What players show.', minLength: 1, maxLength: 100, examples: ['English, simple'] })),
            default: Type.Optional(Type.Boolean({ description: 'Shown unless the viewer chooses otherwise.', examples: [true] })),
            forced: Type.Optional(Type.Boolean({ description: 'Only what must be read by those who hear the language of the film.', examples: [true] })),
          },
          { additionalProperties: false, description: 'What is to be said of it.' },
        ),
        { description: 'By the name of a captions file beside the source: what its own name does not say.', examples: [{ 'film.en.srt': { label: 'English' } }] },
      ),
    ),
  },
  { additionalProperties: false, title: '<name>.json beside a source' },
)

/** For one source: the profiles there are and the captions files that came with it decide too. */
export function optionFormats(profiles: ReadonlySet<string>, captions: ReadonlySet<string>): Formats {
  const known = [...profiles].toSorted().map((name) => JSON.stringify(name)).join(', ')
  const beside = captions.size === 0 ? 'there are none beside the source' : `beside the source: ${[...captions].map((name) => JSON.stringify(name)).join(', ')}`
  return {
    ...common,
    'asset-name': {
      expected: 'a name of letters, digits, ".", "_" and "-", folders by "/", at most 200 characters, no part beginning with "." or "-"',
      example: 'news/2026-08-01',
      check(text) {
        if (isAssetName(text)) return undefined
        const taken = takenPart(text)
        return taken === undefined ? this.expected : `another name: every asset has an object called ${taken}`
      },
    },
    'known-profile': {
      expected: `a profile of the configuration: ${known}`,
      example: 'uhd',
      check(text) {
        if (profiles.has(text)) return undefined
        const meant = nearest(text, [...profiles])
        return meant === undefined ? this.expected : `${this.expected} (did you mean ${JSON.stringify(meant)}?)`
      },
    },
    language: {
      expected: 'a language tag such as "en", "pt-BR" or "zh-Hans"',
      example: 'en',
      check(text) {
        return canonicalLanguage(text) === undefined ? this.expected : undefined
      },
    },
    'captions-file': {
      expected: `the name of a captions file (${beside})`,
      example: 'film.en.srt',
      check(text) {
        return captions.has(text) ? undefined : this.expected
      },
    },
  }
}

