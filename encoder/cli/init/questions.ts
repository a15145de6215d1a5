import { faultOf, type Question } from '../../../shared/cli/init/question.ts'
import { formats } from '../../../shared/config/formats.ts'

const directory = (answers: Readonly<Record<string, string>>): boolean => answers['store'] === 'directory'
const minio = (answers: Readonly<Record<string, string>>): boolean => answers['store'] === 'minio'
const absolute = (path: string): string | null => (path.startsWith('/') ? null : 'expected an absolute path')

/** What `greenroom-encoder init` has to know. */
export const ENCODER_QUESTIONS: readonly Question[] = [
  { name: 'ingest', value: 'directory', text: 'folder where sources are dropped', fallback: '/srv/greenroom/ingest', fault: absolute },
  { name: 'store', value: 'kind', text: 'where to publish: directory (served by Nginx) or minio (any S3)', fallback: 'directory', fault: (kind) => (['directory', 'minio'].includes(kind) ? null : 'expected directory or minio') },
  { name: 'media', value: 'directory', text: 'folder that Nginx serves', fallback: '/srv/greenroom/media', when: directory, fault: absolute },
  { name: 'endpoint', value: 'url', text: 'URL of the S3 server', fallback: 'http://127.0.0.1:9000', when: minio, fault: (url) => faultOf(formats['http-url'], url) },
  { name: 'bucket', value: 'name', text: 'its bucket, which must exist', fallback: 'media', when: minio },
  { name: 'access-key', value: 'key', text: 'access key of the store; the secret key is asked, or written into the credentials file by hand', fallback: '', when: minio },
  { name: 'secret-key', value: '', text: 'secret key (is not shown)', fallback: '', when: (answers) => minio(answers) && answers['access-key'] !== '', secret: true },
  { name: 'listen', value: 'host:port', text: 'address of the API and the page, beside the unix socket', fallback: '127.0.0.1:9441', fault: (address) => faultOf(formats['listen-address'], address) },
]
