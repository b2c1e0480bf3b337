import { explainInSetting } from '../../optimizer/explain.ts'
import { checkStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { graphSvg } from '../../reports/explain/graph-svg.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'

// How long one plan takes to explain and its graph to draw: 61 layers of a mixture of experts on two stages of eight GPUs.
const study = {
  name: 'explain',
  model: 'deepseek-v3',
  fleet: [{ node: 'dgx-h200', nodes: 2 }],
  workload: { isl: 4000, osl: 500 },
}
const setting = resolveStudy(checkStudy(study))
const plan = parsePlanKey('h200-sxm:r1.pp2.sp1.adp1.tp8.dcp1.ep8.mtp1.mdp1:w=shipped,a=fp8,kv=fp8,comm=bf16:b64:c8192', 'plan')
if (plan.kind !== 'colocated') throw new Error('a colocated plan')

const start = performance.now()
const explained = explainInSetting(setting, plan)
const drawn = performance.now()
if (explained.kind !== 'runs') throw new Error('the plan does not run')
for (const phase of explained.explanation.phases) graphSvg(phase)
console.log('explain, DeepSeek-V3 at TP8 x EP8 x PP2, cold')
console.log(`  explain    ${Math.round(drawn - start)} ms`)
console.log(`  draw       ${Math.round(performance.now() - drawn)} ms (the graphs of both phases)`)
