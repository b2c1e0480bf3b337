import type { StepFunction } from '../../cost-model/serve/load.ts'
import type { Arrivals } from '../../cost-model/serve/replay/arrivals.ts'
import { replicaOf } from '../../cost-model/serve/replay/plan.ts'
import { type Replayed, replay } from '../../cost-model/serve/replay/replay.ts'
import { drawRequests } from '../../cost-model/serve/replay/requests.ts'
import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'

/** Llama-3.3-70B on 4 H100, 1024/256, Poisson at 70 % of what it serves, 128 seats: requests and steps per second of one core. */
const { scenario } = resolveStudy(readStudy('llama-3.3-70b-on-64-h100'))
const key = 'h100-sxm:r16.pp1.sp1.adp1.tp4.dcp1.ep1.mtp4.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b128:c8192'
const plan = parsePlanKey(key, 'plan') as ColocatedPlan
const replica = replicaOf(scenario, plan)
if (!('kind' in replica)) throw new Error(replica.message)
const { engine, step } = replica

/** Through two points of the plan's own step times in each direction. */
function linear(of: StepFunction): StepFunction {
  const shape = { prefillTokens: 0, prefillSequences: 0, prefillContext: 0, decodeSequences: 64, decodeContext: 1000 }
  const at = (changes: Partial<typeof shape>) => of({ ...shape, ...changes }).latency
  const perToken = at({ prefillTokens: 1024, prefillSequences: 1 }) - at({})
  const perKv = (at({ decodeContext: 2000 }) - at({})) / 64_000
  const perDecode = (at({ decodeSequences: 128, decodeContext: 500 }) - at({})) / 64
  const floor = at({}) - 64 * perDecode - 64_000 * perKv
  return ({ prefillTokens, decodeSequences, decodeContext }) => {
    const seconds = floor + (perToken / 1024) * prefillTokens + decodeSequences * (perDecode + perKv * decodeContext)
    return { latency: seconds, period: seconds }
  }
}

const fixed = (tokens: number) => ({ kind: 'fixed', tokens }) as const

function run(steps: StepFunction, count: number, arrivals: Arrivals, blocks = engine.blocks): Replayed {
  const requests = drawRequests({ kind: 'drawn', isl: fixed(1024), osl: fixed(256) }, count, 0, 1)
  const replayed = replay({ engine: { ...engine, seats: 128, blocks }, requests, arrivals, step: steps, seed: 1 })
  if (replayed.kind !== 'replayed') throw new Error('a request is too long')
  return replayed
}

function bench(name: string, steps: StepFunction, blocks?: number): void {
  const saturated = run(steps, 2000, { kind: 'closed', concurrency: 256, ramp: 0 }, blocks)
  const rate = (0.7 * 2000) / saturated.makespan
  const arrivals = { kind: 'poisson', rate } as const
  for (const count of [8000, 8000, 100_000]) {
    const before = performance.now()
    const { steps: taken, evaluations } = run(steps, count, arrivals, blocks)
    const seconds = (performance.now() - before) / 1e3
    const per = (n: number) => Math.round(n / seconds).toLocaleString('en')
    console.log(
      `replay, ${name}: ${count} requests in ${(1e3 * seconds).toFixed(0)} ms, ${per(count)} requests/s, ${per(taken)} steps/s, ${(evaluations / taken).toFixed(2)} evaluations per step`,
    )
  }
}

bench('table of step times', step)
bench('linear step times', linear(step))
bench('linear step times, bound by KV', linear(step), Math.round((60 * 1280) / engine.blockTokens))
