import t from 'tap'
import { ENCODER_INIT } from '../../../encoder/cli/init/init.ts'
import { ENCODER_QUESTIONS } from '../../../encoder/cli/init/questions.ts'
import { parseEncoderConfig } from '../../../encoder/load-config.ts'
import { answer } from '../../../shared/cli/init/question.ts'

const made = async (given: Readonly<Record<string, string>>) => {
  const answers = await answer(ENCODER_QUESTIONS, given, null)
  return { answers, text: ENCODER_INIT.config(answers, null), files: ENCODER_INIT.files(answers), next: ENCODER_INIT.next(answers, { again: (command) => `greenroom-encoder ${command}`, start: 'systemctl start greenroom-encoder' }) }
}

t.test('by default it publishes into the folder that Nginx serves', async (t) => {
  const { text, files } = await made({})
  t.match(parseEncoderConfig(text), { store: { kind: 'directory', directory: '/srv/greenroom/media' }, ingest: { directory: '/srv/greenroom/ingest' } })
  t.same(files, [])
})

t.test('every setting that is written as a comment is one that exists', async (t) => {
  const { text } = await made({})
  const uncommented = text.replaceAll(/^# (?=\[(?!Service)|\w+ = )/gm, '')
  t.not(uncommented, text)
  t.same(parseEncoderConfig(uncommented).profiles['mobile'], parseEncoderConfig('[profiles.mobile]\nbased_on = "preview"').profiles['mobile'])
})

t.test('for an S3 store the keys go into a file of root alone, which systemd hands over', async (t) => {
  const { text, files, next } = await made({ store: 'minio', endpoint: 'http://10.0.0.5:9000', 'access-key': 'AK', 'secret-key': 's"3' })
  t.match(parseEncoderConfig(text).store, { endpoint: 'http://10.0.0.5:9000', credentials_file: '/run/credentials/greenroom-encoder.service/store-credentials.toml' })
  t.same(files, [{ path: '/etc/greenroom/store-credentials.toml', text: '# Of the store; read by systemd for greenroom-encoder.service.\naccess_key = "AK"\nsecret_key = "s\\"3"\n', mode: 0o600 }])
  t.notMatch(text, /s"3/)
  t.match(next[0], /systemctl start greenroom-encoder/)
  t.match((await made({ store: 'minio' })).next[0], /write access_key/)
})
