import { rowWidth } from '../../cost-model/column.ts'
import { createEvaluator } from '../../cost-model/evaluate.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { makeSpace } from '../../spaces/space.ts'

// How many plans of the default study one thread evaluates per second, in the order of the space. Thirty batch sizes per layout: what
// a layout costs once is spread over these.
const batch = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 512]
const { scenario, axes, name } = resolveStudy(readStudy('llama-3.3-70b-on-64-h100'))
const plans: ColocatedPlan[] = []
const space = makeSpace(scenario, { ...axes, batch, chunk: 8192 })
space.walk(
  0,
  space.size,
  (_, plan) => plans.push(plan),
  () => {},
)
const layouts = new Set(plans.map((plan) => plan.layout)).size

function pass(): void {
  const row = new Float64Array(rowWidth)
  const { evaluate } = createEvaluator(scenario)
  for (const plan of plans) evaluate(plan, row, 0)
}

pass()
const start = performance.now()
let passes = 0
while (performance.now() - start < 4000) {
  pass()
  passes++
}
const perSecond = (count: number) => Math.round((count * passes * 1000) / (performance.now() - start)).toLocaleString('en')
console.log(`reference evaluate, ${name}, one thread`)
console.log(`  plans/s    ${perSecond(plans.length)} (${plans.length} legal plans, ${batch.length} batch sizes per layout)`)
console.log(`  layouts/s  ${perSecond(layouts)} (${layouts} layouts)`)
