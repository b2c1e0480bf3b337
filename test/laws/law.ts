import fc from 'fast-check'
import { evaluate, type Values } from '../../cost-model/evaluate.ts'
import { buildLayoutModel, type LayoutModel } from '../../cost-model/layout-model.ts'
import type { StepShape } from '../../cost-model/step.ts'
import type { Drawn } from './random-plan.ts'

/** Steps of an engine: prompts, decodes, or both. */
export const anyStep: fc.Arbitrary<StepShape> = fc
  .record({
    phases: fc.constantFrom('prefill', 'decode', 'both'),
    tokens: fc.integer({ min: 1, max: 9000 }),
    prompts: fc.integer({ min: 1, max: 4 }),
    cached: fc.constantFrom(0, 0, 700, 20_000),
    running: fc.integer({ min: 1, max: 1500 }),
    context: fc.integer({ min: 1, max: 50_000 }),
  })
  .map(({ phases, tokens, prompts, cached, running, context }) => ({
    prefillTokens: phases === 'decode' ? 0 : tokens * prompts,
    prefillSequences: phases === 'decode' ? 0 : prompts,
    prefillContext: phases === 'decode' ? 0 : cached,
    decodeSequences: phases === 'prefill' ? 0 : running,
    decodeContext: phases === 'prefill' ? 0 : context,
  }))

/** The law holds for `runs` of what is drawn; each law with a seed of its own, so that together they see many plans. */
export function holds<T>(
  of: fc.Arbitrary<T>,
  { seed, runs }: { readonly seed: number; readonly runs: number },
  law: (it: T) => void,
): void {
  fc.assert(fc.property(of, law), { seed, numRuns: runs })
}

export function layoutModel({ scenario, pool, plan }: Drawn): LayoutModel {
  return buildLayoutModel(scenario, pool, plan)
}

/** The plan with other widths, requests or sizes; whoever asks keeps it legal. */
export function changed(drawn: Drawn, changes: Partial<Drawn['plan']>): Drawn {
  const plan = { ...drawn.plan, ...changes }
  return { ...drawn, plan, layout: plan.layout }
}

/** The plan on an engine that runs a step as one batch: halves are whole requests, so that of one request more the larger half may be smaller. */
export function inOneBatch(drawn: Drawn): Drawn {
  const { engine } = drawn.scenario
  const overlap = engine.overlap?.filter((beside) => beside === 'shared-expert')
  return { ...drawn, scenario: { ...drawn.scenario, engine: { ...engine, overlap } } }
}

/** Values of a plan whose memory is stated so large that it runs. */
export function valuesOf({ scenario, plan }: Drawn): Values {
  const result = evaluate(scenario, plan)
  if (result.kind !== 'ok') throw new Error(result.reason.message)
  return result.values
}
