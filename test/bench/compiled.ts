import { rowWidth } from '../../cost-model/column.ts'
import { compileServing, servedFields } from '../../cost-model/compile/compile-serving.ts'
import { createEvaluator } from '../../cost-model/evaluate.ts'
import { loadOf, preparing } from '../../cost-model/prepare.ts'
import { serveColocated } from '../../cost-model/serve/colocated.ts'
import type { StepFunction, StepSeconds } from '../../cost-model/serve/load.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'

// Points (a batch and a chunk of one layout) that the closed form serves per second on one thread: over compiled steps, over a step that is a
// linear formula, and by the reference, which fills in memory and money besides.
const { scenario } = resolveStudy(readStudy('llama-3.3-70b-on-64-h100'))
const key = 'h100-sxm:r16.pp1.sp1.adp1.tp4.dcp1.ep1.mtp4.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192'
const plan = parsePlanKey(key, 'plan') as ColocatedPlan
const chunks = [512, 1024, 2048, 4096, 8192]
const batch = Float64Array.from({ length: 512 * chunks.length }, (_, i) => 1 + Math.floor(i / chunks.length))
const chunk = Float64Array.from(batch, (_, i) => chunks[i % chunks.length]!)
const rows = new Float64Array(batch.length * servedFields.length)

function bench(name: string, pass: () => void): void {
  for (let warm = performance.now(); performance.now() - warm < 1000; ) pass()
  let [best, passes] = [0, 0]
  for (let start = performance.now(); performance.now() - start < 3000; passes++) {
    const before = performance.now()
    pass()
    best = Math.max(best, batch.length / (performance.now() - before))
  }
  console.log(`  ${name}  ${Math.round(best * 1000).toLocaleString('en')} (best of ${passes} passes of ${batch.length})`)
}

console.log(`points/s of one layout, closed form, one thread`)
const before = performance.now()
const serve = compileServing(scenario, plan)
console.log(`  compiled in ${(performance.now() - before).toFixed(1)} ms`)
bench('compiled steps ', () => serve({ batch, chunk }, rows))

const prepared = preparing(scenario)(plan)
const time: { -readonly [K in keyof StepSeconds]: number } = { latency: 0, period: 0 }
const linear: StepFunction = ({ prefillTokens, decodeSequences, decodeContext }) => {
  time.latency = 5e-3 + 1e-5 * prefillTokens + decodeSequences * (1e-5 + 1e-9 * decodeContext)
  time.period = time.latency
  return time
}
bench('linear steps   ', () => {
  for (let i = 0; i < batch.length; i++)
    rows[i] = serveColocated(loadOf(prepared, { batch: batch[i]!, chunk: chunk[i]! }, 400), linear).ttft
})

const { evaluate } = createEvaluator(scenario)
const row = new Float64Array(rowWidth)
bench('reference      ', () => {
  for (let i = 0; i < batch.length; i++) evaluate({ ...plan, batch: batch[i]!, chunk: chunk[i]! }, row, 0)
})
