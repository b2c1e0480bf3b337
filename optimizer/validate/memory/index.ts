import { planMeasures } from '../plans.ts'
import { checksOf } from '../rows.ts'
import { checkMetrics, type Suite } from '../suite.ts'

/** Bytes per GPU: what start-up logs and running engines reported, and the seed documents' sums. */
export const memorySuite: Suite = {
  name: 'memory',
  summary: 'memory per GPU against start-up logs of vLLM, running engines and checkpoints',
  run: () => {
    const checks = ['memory.yaml', 'memory-measured.yaml'].flatMap((file) => checksOf(file, planMeasures))
    return { checks, sideBySide: [], metrics: checkMetrics(checks), skipped: [] }
  },
}
