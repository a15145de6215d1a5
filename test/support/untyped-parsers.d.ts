// Parsers without types of their own: only what the tests read.
declare module 'm3u8-parser' {
  export interface ParsedPlaylist {
    readonly segments?: readonly { readonly uri: string; readonly duration: number; readonly map?: { readonly uri: string }; readonly byterange?: { readonly length: number; readonly offset: number } }[]
    readonly playlists?: readonly { readonly uri: string; readonly attributes: Readonly<Record<string, string | number | { readonly width: number; readonly height: number }>> }[]
    readonly mediaGroups?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, { readonly uri?: string; readonly default: boolean; readonly autoselect: boolean; readonly language?: string; readonly forced?: boolean; readonly characteristics?: string }>>>>>>
    readonly targetDuration?: number
    readonly endList?: boolean
    readonly playlistType?: string
    readonly start?: { readonly timeOffset: number }
    readonly iFramesOnly?: boolean
  }
  export class Parser {
    readonly manifest: ParsedPlaylist
    on(event: string, listener: (event: { readonly message: string }) => void): void
    push(text: string): void
    end(): void
  }
}
declare module 'mpd-parser' {
  export interface MpdPlaylist {
    readonly attributes: Readonly<Record<string, unknown>>
    readonly uri: string
    readonly resolvedUri?: string
    readonly segments: readonly { readonly resolvedUri: string; readonly uri: string; readonly duration: number; readonly presentationTime: number; readonly number: number; readonly map: { readonly resolvedUri: string } }[]
  }
  export function parse(
    text: string,
    options: { readonly manifestUri: string; readonly eventHandler?: (event: { readonly type: string; readonly message: string }) => void },
  ): {
    readonly duration: number
    readonly playlists: readonly MpdPlaylist[]
    readonly mediaGroups: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, { readonly language: string; readonly default: boolean; readonly playlists: readonly MpdPlaylist[] }>>>>>>
  }
}
