import { table } from '../../shared/cli/table.ts'
import type { Style } from '../../shared/cli/terminal.ts'
import { bytesOf, lengthOf, timeOf } from '../../shared/cli/words.ts'
import { channelWord } from '../jobs/view.ts'
import type { AssetRecord, VersionRecord } from '../publish/contract.ts'

export function assetsTable(assets: readonly AssetRecord[], style: Style, columns: number): string {
  const rows = assets.map(({ asset, current, document, versions }) => {
    const shown = versions.find(({ version }) => version === current)
    const rungs = document?.video.map(({ height }) => `${height}p`).join(' ') ?? ''
    return {
      cells: [asset, document?.state ?? 'not public', document === null ? '' : lengthOf(document.duration_s * 1000), shown === undefined ? '' : bytesOf(shown.bytes), rungs || (document === null ? '' : 'audio only')],
    }
  })
  return table(['ASSET', 'STATE', 'DURATION', 'SIZE', 'RENDITIONS'].map(style.bold), rows, columns)
}

/** One asset: what players get, and the versions there are. */
export function assetText({ asset, current, document, versions }: AssetRecord, style: Style, columns: number): string {
  const head = document === null ? `${style.bold(asset)}: nothing of it is public` : `${style.bold(asset)}: ${document.state}, ${lengthOf(document.duration_s * 1000)}, version ${current ?? document.version}`
  const video = (document?.video ?? []).map(({ id, width, height, frame_rate: rate, codecs, bandwidth }) => `  ${id.padEnd(8)} ${width}x${height} ${rate} fps  ${codecs}  ${Math.round(bandwidth / 1000)} kbit/s`)
  const audio = (document?.audio ?? []).map(({ id, language, label, channels, codecs, bandwidth }) => `  ${id.padEnd(8)} ${language} (${label}) ${channelWord(channels)}  ${codecs}  ${Math.round(bandwidth / 1000)} kbit/s`)
  const captions = (document?.captions ?? []).map(({ id, language, label }) => `  ${id.padEnd(8)} ${language} (${label})`)
  return `${[head, ...video, ...audio, ...captions].join('\n')}\n${versionsTable(versions, style, columns)}`
}

function versionsTable(versions: readonly VersionRecord[], style: Style, columns: number): string {
  const rows = versions.map(({ version, state, current, ready_at: ready, objects, bytes, grace_ends_at: ends, source_name: source }) => ({
    cells: [version, current ? style.green('current') : state, ready === null ? '' : timeOf(ready), String(objects), bytesOf(bytes), ends === null ? '' : timeOf(ends), source],
  }))
  return rows.length === 0 ? '' : table(['VERSION', 'STATE', 'READY', 'OBJECTS', 'SIZE', 'KEPT UNTIL', 'SOURCE'].map(style.bold), rows, columns)
}
