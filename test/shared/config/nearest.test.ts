import t from 'tap'
import { editDistance, nearest } from '../../../shared/config/nearest.ts'

t.test('counts letters to insert, remove, change or swap', async (t) => {
  const known: [string, string, number][] = [['', '', 0], ['a', '', 1], ['health', 'helth', 1], ['health', 'haelth', 1], ['kitten', 'sitting', 3], ['listen', 'listen', 0]]
  for (const [a, b, distance] of known) {
    t.equal(editDistance(a, b), distance, `${a} ${b}`)
    t.equal(editDistance(b, a), distance, `${b} ${a}`)
  }
})

t.test('finds the key that was meant, and none where nothing is near', async (t) => {
  const keys = ['state_dir', 'log_level', 'api', 'nginx', 'services']
  t.equal(nearest('log_levl', keys), 'log_level')
  t.equal(nearest('log-level', keys), 'log_level', 'a dash for an underscore')
  t.equal(nearest('LogLevel', keys), 'log_level')
  t.equal(nearest('service', keys), 'services')
  t.equal(nearest('ngnix', keys), 'nginx')
  t.equal(nearest('apis', keys), 'api')
  t.equal(nearest('color', keys), undefined)
  t.equal(nearest('x', []), undefined)
})

t.test('of two words that are as close, the one that was only not finished is meant', async (t) => {
  t.equal(nearest('of', ['on', 'off']), 'off')
  t.equal(nearest('of', ['off', 'on']), 'off')
})
