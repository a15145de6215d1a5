import { Duration, Type } from '../../shared/config/types.ts'

const Rung = Type.Object(
  {
    id: Type.String({ description: 'Name of the rendition in keys, playlists and jobs.', pattern: '^[a-z0-9][a-z0-9-]{0,15}$', examples: ['v720'] }),
    short_side: Type.Integer({ description: 'Length of the picture’s short side, pixels.', minimum: 64, maximum: 4320, examples: [720] }),
    codec: Type.Enum(['h264', 'hevc'], { description: 'Video codec.', default: 'h264' }),
    crf: Type.Integer({ description: 'Constant rate factor: lower is better and larger.', default: 23, minimum: 1, maximum: 51 }),
    maxrate_kbps: Type.Integer({ description: 'Ceiling of the bit rate (VBV), kbit/s; the buffer is one and a half seconds of it.', minimum: 50, maximum: 200_000, examples: [3000] }),
    keep_hdr: Type.Boolean({ description: 'Keeps HDR10 or HLG where the source has it (needs `hevc`); else it is tone-mapped to SDR.', default: false }),
  },
  { additionalProperties: false },
)

/** `[profiles.<name>]`: what differs from the profile it is based on. */
export const ProfileOverrides = Type.Object(
  {
    based_on: Type.Optional(Type.String({ description: 'Built-in profile that gives what is not said here. Default: the built-in one of the same name, else `default`.', pattern: '^(default|uhd|audio|preview)$', examples: ['uhd'] })),
    rungs: Type.Optional(Type.Array(Rung, { description: 'The ladder, whole: replaces the one of the profile this is based on. `[]`: audio only.', maxItems: 12 })),
    preset: Type.Optional(Type.Enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'], { description: 'Preset of the encoder: slower is smaller at the same quality.', examples: ['medium'] })),
    tune: Type.Optional(Type.Enum(['none', 'film', 'animation', 'grain', 'stillimage'], { description: 'What the encoder is tuned for.', examples: ['animation'] })),
    max_frame_rate: Type.Optional(Type.Integer({ description: 'Higher frame rates are halved until they are not above this.', minimum: 1, maximum: 240, examples: [60] })),
    segment: Type.Optional(Duration({ description: 'Length of a segment, about: it is snapped to whole frames.', examples: ['4s'] })),
    chunk: Type.Optional(Duration({ description: 'Length of a chunk, about: what a kill costs at most, and the step of early publishing.', examples: ['40s'] })),
    audio_bitrate_kbps: Type.Optional(Type.Integer({ description: 'Bit rate of stereo AAC, kbit/s.', minimum: 32, maximum: 512, examples: [128] })),
    loudness: Type.Optional(Type.Enum(['r128', 'source'], { description: '`r128`: brought to the target of EBU R128. `source`: as it is.' })),
    loudness_lufs: Type.Optional(Type.Integer({ description: 'Target of `r128`, LUFS.', minimum: -40, maximum: -5, examples: [-23] })),
    poster: Type.Optional(Type.Boolean({ description: 'Whether a poster is made.' })),
    storyboard: Type.Optional(Type.Boolean({ description: 'Whether a storyboard (sprite and WebVTT) is made.' })),
    publish_early: Type.Optional(Type.Boolean({ description: 'Whether a new asset is playable from its first chunk on, while the rest is encoded.' })),
    max_short_side: Type.Optional(Type.Integer({ description: 'Sources whose short side is longer are refused.', minimum: 64, maximum: 16384, examples: [2160] })),
    max_duration: Type.Optional(Duration({ description: 'Longer sources are refused.', examples: ['12h'] })),
    max_damaged_percent: Type.Optional(Type.Integer({ description: 'Share of the frames that may fail to decode.', minimum: 0, maximum: 100, examples: [1] })),
  },
  { additionalProperties: false, description: 'A profile. Its name: lower-case letters, digits and `-`, a letter first, at most 24 characters; it is also the name of its folder in the ingest folder.' },
)
