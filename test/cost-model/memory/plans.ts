import type { Scenario } from '../../../cost-model/scenario.ts'
import type { Axes } from '../../../spaces/axes.ts'
import { makePool } from '../../../spaces/fleet.ts'
import { firstBrokenRule } from '../../../spaces/rules/index.ts'
import { makeSpace } from '../../../spaces/space.ts'
import { type Case, catalog } from './cases.ts'

/** Dense, MoE, latent attention, windows, linear and recurrent hybrids, compressed attention. */
const models = [
  'llama-3.3-70b-instruct',
  'gemma-3-27b-it',
  'qwen3-30b-a3b',
  'gpt-oss-120b',
  'deepseek-v3',
  'deepseek-v4-flash',
  'qwen3-next-80b-a3b-instruct',
  'nvidia-nemotron-3-nano-30b-a3b-bf16',
]

const axes: Axes = {
  sp: 'all',
  spKind: 'all',
  redundantExperts: [0, 8],
  weights: ['shipped', 'bf16', 'fp8'],
  kv: ['bf16', 'fp8'],
  batch: [1, 8, 64, 512],
  chunk: [2048, 16384],
}

/** Legal plans of several kinds of model on 64 H100, drawn from everything that an engine without limits could lay out. */
export const legalPlans: readonly Case[] = models.flatMap((name) => {
  const pool = makePool({ node: 'dgx-h100', gpus: 64 }, catalog)
  const model = catalog.model(name)
  const scenario: Scenario = {
    model,
    engine: catalog.engine('generic'),
    pools: [pool],
    workload: catalog.workload('8k-1k'),
    calibration: { id: 'none' } as Scenario['calibration'],
  }
  const space = makeSpace(scenario, axes)
  const plans = space.sample(2000, 1).map((index) => space.at(index))
  return plans.filter((plan) => firstBrokenRule({ ...scenario, pool, plan }) === null).map((plan) => ({ scenario, pool, plan }))
})
