import t from 'tap'
import { answer, type Question } from '../../../../shared/cli/init/question.ts'

const questions: readonly Question[] = [
  { name: 'kind', value: 'kind', text: 'kind', fallback: 'small', fault: (kind) => (['small', 'big'].includes(kind) ? null : 'expected small or big') },
  { name: 'size', value: 'n', text: 'size', fallback: '10', when: ({ kind }) => kind === 'big' },
  { name: 'key', value: '', text: 'key', fallback: '', secret: true },
]

t.test('where nobody can be asked, flags and defaults answer', async (t) => {
  t.same(await answer(questions, {}, null), { kind: 'small', key: '' })
  t.same(await answer(questions, { kind: 'big', size: '3' }, null), { kind: 'big', size: '3', key: '' })
})

t.test('a wrong flag is named with what was expected', async (t) => {
  await t.rejects(answer(questions, { kind: 'huge' }, null), { message: '--kind huge: expected small or big' })
})

t.test('a person is asked what no flag says, again until it is right, and never what does not matter', async (t) => {
  const prompts: [string, boolean][] = []
  const typed = ['huge', 'big', '', 's3cret']
  const answers = await answer(questions, {}, async (prompt, secret) => {
    prompts.push([prompt, secret])
    return typed.shift() ?? ''
  })
  t.same(answers, { kind: 'big', size: '10', key: 's3cret' })
  t.same(prompts, [['Kind [small]: ', false], ['expected small or big. Kind [small]: ', false], ['Size [10]: ', false], ['Key: ', true]])
  t.same((await answer(questions, { kind: 'small' }, async () => '')).kind, 'small')
})
