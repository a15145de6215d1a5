import type { MadeFile, MadeInit, MadeSegment } from '../encode/records.ts'
import type { NewObject } from '../publish/contract.ts'
import type { MadeCaptions, MadePictures } from './made.ts'
import { captionsKey, contentTypes, initKey, posterKey, segmentKey, storyboardKey, type VersionPlace } from './names.ts'

/** The files of a version as objects to be published. Renditions of sound are named by the plan: `audio` holds their ids. */
export function mediaObjects(place: VersionPlace, audio: ReadonlySet<string>, made: { readonly inits: readonly MadeInit[]; readonly segments: readonly MadeSegment[] }): NewObject[] {
  const type = (rendition: string) => (audio.has(rendition) ? contentTypes.audio : contentTypes.video)
  return [
    ...made.inits.map((init) => object(initKey(place, init), init, type(init.rendition))),
    ...made.segments.map((segment) => object(segmentKey(place, segment), segment, type(segment.rendition))),
  ]
}

export function captionObjects(place: VersionPlace, captions: readonly MadeCaptions[]): NewObject[] {
  return captions.map(({ plan, file }) => object(captionsKey(place, plan, file), file, contentTypes.captions))
}

export function pictureObjects(place: VersionPlace, pictures: MadePictures | null): NewObject[] {
  if (pictures === null) return []
  const { poster, storyboard } = pictures
  return [
    ...(poster === null ? [] : [object(posterKey(place, poster), poster, contentTypes.jpeg)]),
    ...(storyboard === null
      ? []
      : [object(storyboardKey(place, storyboard.sprite, 'jpg'), storyboard.sprite, contentTypes.jpeg), object(storyboardKey(place, storyboard.vtt, 'vtt'), storyboard.vtt, contentTypes.captions)]),
  ]
}

function object(key: string, file: MadeFile, content_type: string): NewObject {
  return { key, path: file.path, bytes: file.bytes, sha256: file.sha256, content_type }
}
