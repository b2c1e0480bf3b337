import type { Explanation } from '../../cost-model/explain/explanation.ts'
import type { Pool } from '../../spaces/fleet.ts'
import { linkName } from '../explain-text/answers.ts'

/** The explanation with links called as people do on these GPUs: `NVLink4` rather than `scale-up`. */
export function namedLinks({ phases, ...rest }: Explanation, pool: Pool): Explanation {
  const named = phases.map((phase) => ({
    ...phase,
    stages: phase.stages.map((stage) => ({
      ...stage,
      segments: stage.segments.map((segment) => ({
        ...segment,
        ops: segment.ops.map(({ exchange, ...op }) => ({
          ...op,
          exchange: exchange && { ...exchange, link: linkName(pool, exchange.link) },
        })),
      })),
    })),
  }))
  return { ...rest, phases: named }
}
