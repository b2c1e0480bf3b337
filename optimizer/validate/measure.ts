import type { z } from 'zod'
import { packageFile } from '../../spaces/package-root.ts'
import { readYaml } from '../../spaces/read.ts'
import { parseWith } from '../../spaces/validate.ts'

/** A quantity that rows of expected values name: computed from what the row says it is of. */
export type Measure = (of: unknown) => number | string

/** A measure that checks its arguments. */
export function measure<S extends z.ZodType>(schema: S, compute: (of: z.output<S>) => number | string): Measure {
  return (of) => compute(parseWith(schema, of, { path: ['of'] }))
}

/** A file of expected values, checked. */
export function readExpected<S extends z.ZodType>(name: string, schema: S): z.output<S> {
  const { value, where } = readYaml(packageFile(`optimizer/validate/expected/${name}`))
  return parseWith(schema, value, where)
}
