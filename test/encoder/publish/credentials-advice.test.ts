import t from 'tap'
import { classifyS3 } from '../../../encoder/publish/classify.ts'

const refused = (credentialsFile: string) => classifyS3(Object.assign(new Error('no'), { code: 'SignatureDoesNotMatch' }), { store: 'http://127.0.0.1:9000/media', doing: 'store a', status: 403, credentialsFile })

t.test('keys that the store refuses are to be mended in the file that is named, wherever they come from', (t) => {
  t.match(refused('/etc/keys.toml').advice, /into \/etc\/keys\.toml.*read again when it changes/)
  // systemd hands over a copy, made at the start.
  t.match(refused('/run/credentials/greenroom-encoder.service/store-credentials.toml').advice, /\/etc\/greenroom\/store-credentials\.toml.*systemctl restart greenroom-encoder\.service.*systemd does not run needs another store\.credentials_file/)
  t.end()
})
