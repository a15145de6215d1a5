import type { Answers } from '../../../shared/cli/init/question.ts'

const text = (value: string | undefined): string => JSON.stringify(value ?? '')

/** Where systemd puts what LoadCredential= of the unit reads as root. */
export const CREDENTIALS = '/run/credentials/greenroom-encoder.service/store-credentials.toml'
/** From where it reads it. */
export const CREDENTIALS_SOURCE = '/etc/greenroom/store-credentials.toml'

/** A first encoder.toml, with what one is most likely to change next as comments. */
export function configText({ ingest, store, media, endpoint, bucket, listen }: Answers, tokensFile: string | null): string {
  return `# The Greenroom encoder of this host. All settings: man encoder.toml. Look it over with: greenroom-encoder check-config
# A running encoder reads it at its start: systemctl restart greenroom-encoder (at most the chunks under way are encoded again).

[ingest]
# A file dropped here is published once it is whole. A subfolder named like a profile selects it.
directory = ${text(ingest)}
# What becomes of a source that is published: "keep" moves it to done/, "delete" removes it.
after = "keep"

# Another work area, or another disk, needs a drop-in of the unit (systemctl edit greenroom-encoder):
#   [Service]
#   ReadWritePaths=/mnt/media
# [work]
# directory = "/srv/greenroom/work"

[store]
kind = ${text(store)}
${store === 'minio' ? bucketLines(endpoint, bucket) : `directory = ${text(media)}`}

# A profile of your own, for ingest/mobile/:
# [profiles.mobile]
# based_on = "preview"

[api]
# The unix socket is for root and the group greenroom; every other call needs a token.
listen = [${text(listen)}, "unix:/run/greenroom-encoder/api.sock"]
${tokensFile === null ? '' : `tokens_file = ${text(tokensFile)}\n`}`
}

function bucketLines(endpoint: string | undefined, bucket: string | undefined): string {
  return `endpoint = ${text(endpoint)}
bucket = ${text(bucket)}
# systemd reads ${CREDENTIALS_SOURCE} as root and hands it over here: after a change, systemctl restart greenroom-encoder.
credentials_file = "${CREDENTIALS}"`
}
