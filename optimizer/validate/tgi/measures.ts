import { z } from 'zod'
import { evaluate } from '../../../cost-model/evaluate.ts'
import { memoryOf } from '../../../cost-model/memory.ts'
import { poolOf } from '../../../cost-model/prepare.ts'
import { type Measure, measure } from '../measure.ts'
import { steps } from './spec.ts'
import type { Bench } from './timing.ts'

/** Requests of one replica: those of its clients, those whose memory fits at once, those that run in the mean. */
export interface Batch {
  readonly gpu: string
  readonly tp: number
  readonly clients: number
  readonly largest: number
  readonly running: number
}

/** Of every plan that can hold the model. */
export function batchesOf({ setting: { scenario }, plans }: Bench): readonly Batch[] {
  return plans.flatMap((plan) => {
    const evaluation = evaluate(scenario, plan)
    if (evaluation.kind === 'rejected') return []
    const { seats } = memoryOf(scenario, poolOf(scenario, plan), plan)
    const { running } = evaluation.values
    return [{ gpu: plan.pool, tp: plan.layout.tp, clients: plan.batch, largest: seats.reserved, running }]
  })
}

const among = z.strictObject({ among: z.enum(['clients', 'both']) })
const place = z.strictObject({ gpu: z.string(), tp: z.int(), step: z.enum(steps) })

/** Measures of the study of the seed. */
export function benchMeasures(bench: Bench): Readonly<Record<string, Measure>> {
  const batches = batchesOf(bench)
  const shares = (of: z.infer<typeof among>['among']) =>
    batches.map(({ running, clients, largest }) => running / (of === 'clients' ? clients : Math.min(clients, largest)))
  return {
    'largest share running': measure(among, (of) => Math.max(...shares(of.among))),
    'least share running': measure(among, (of) => Math.min(...shares(of.among))),
    clients: measure(z.strictObject({}), () => [...new Set(batches.map(({ clients }) => clients))].toSorted((a, b) => a - b).join(', ')),
    bound: measure(place, (at) => bench.timing(at).bound),
  }
}
