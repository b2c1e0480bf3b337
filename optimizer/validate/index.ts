import { InputError } from '../../spaces/issue.ts'
import { didYouMean } from '../../spaces/suggest.ts'
import { memorySuite } from './memory/index.ts'
import { operatorsSuite } from './operators/index.ts'
import { publishedSuite } from './published/index.ts'
import { replaySuite } from './replay/index.ts'
import { seedsSuite } from './seeds/index.ts'
import { servingSuite } from './serving/index.ts'
import type { Suite } from './suite.ts'
import { tgiSuite } from './tgi/index.ts'

/** Registry: every suite of `fleetfront validate`. */
export const suites: readonly Suite[] = [seedsSuite, tgiSuite, replaySuite, servingSuite, operatorsSuite, publishedSuite, memorySuite]

/** InputError for a name that no suite has. */
export function suiteOf(name: string): Suite {
  const found = suites.find((suite) => suite.name === name)
  if (found !== undefined) return found
  const names = suites.map((suite) => suite.name)
  const suggestion = didYouMean(name, names) ?? `one of ${names.join(', ')}`
  throw new InputError({ path: 'suite', code: 'unknown-name', message: `no suite is called "${name}"`, suggestion })
}
