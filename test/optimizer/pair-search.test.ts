import { describe, expect, it } from 'vitest'
import { rowWidth } from '../../cost-model/column.ts'
import { estimatePlan } from '../../optimizer/estimate.ts'
import { costsOf, objectivesOf } from '../../optimizer/objective.ts'
import type { Outcome } from '../../optimizer/outcome.ts'
import { paretoFront } from '../../optimizer/pareto.ts'
import { studySpace } from '../../optimizer/plan-space.ts'
import { makeResult } from '../../optimizer/result.ts'
import { runStudy } from '../../optimizer/run.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { type DisaggregatedPlan, replicaGpus } from '../../spaces/plan.ts'
import { refusal, resolved } from './written.ts'

const small = {
  fleet: '[{ node: dgx-h100, nodes: 2 }]',
  serving: 'disaggregated',
  workload: '{ isl: 3000, osl: 200 }',
  axes: '{ weights: fp8, kv: fp8, tp: [4, 8], dcp: 1, batch: [1, 100], chunk: [2048, 4096, 8192] }',
  objectives: '[tpot_ms, out_tok_s_per_gpu, ttft_ms]',
}
type Changes = Readonly<Record<string, string>>

async function outcomeOf(setting: Setting, workers = 0): Promise<Outcome> {
  const end = await runStudy(setting, { workers })
  if (end.kind === 'failed') throw new Error(end.message)
  return end.outcome
}

/** Another worker would fit, of a side that may have any number; where the sides have pools of their own, of both. */
function leavesRoom({ pairs, scenario }: Setting, { prefill, decode, prefillWorkers, decodeWorkers }: DisaggregatedPlan): boolean {
  const [p, d] = [replicaGpus(prefill.layout), replicaGpus(decode.layout)]
  const gpusOf = (id: string) => scenario.pools.find((pool) => pool.id === id)!.gpus
  const [ofPrefill, ofDecode] = [gpusOf(prefill.pool) - p * prefillWorkers, gpusOf(decode.pool) - d * decodeWorkers]
  const [any, anyDecode] = [pairs?.prefill.workers === undefined, pairs?.decode.workers === undefined]
  if (prefill.pool !== decode.pool) return any && ofPrefill >= p && anyDecode && ofDecode >= d
  const left = ofPrefill - d * decodeWorkers
  return (any && left >= p) || (anyDecode && left >= d)
}

/** Every pair by itself: indexes and objectives of those that nothing beats. */
function bruteForce(setting: Setting): ReadonlyMap<number, string> {
  const space = studySpace(setting)
  const objectives = objectivesOf(setting.objectives)
  const [indexes, rows] = [[] as number[], [] as Float64Array[]]
  for (let index = 0; index < space.size; index++) {
    const plan = space.at(index)
    const { row, rejected } = estimatePlan(setting, plan)
    if (rejected !== null || (plan.kind === 'disaggregated' && leavesRoom(setting, plan))) continue
    indexes.push(index)
    rows.push(row)
  }
  const all = new Float64Array(rows.length * rowWidth)
  for (const [i, row] of rows.entries()) all.set(row, i * rowWidth)
  const costs = costsOf(objectives, { indexes: Float64Array.from(indexes), rows: all })
  return unbeaten(Float64Array.from(indexes), costs, objectives.length)
}

/** What nothing beats by more than rounding: pairs that tie in an objective may differ in its last bit. */
function unbeaten(indexes: ArrayLike<number>, costs: Float64Array, width: number): ReadonlyMap<number, string> {
  const rounded = costs.map((cost) => Number(cost.toPrecision(12)))
  const show = (i: number) => rounded.slice(i * width, (i + 1) * width).join(' ')
  return new Map(paretoFront(rounded, width).map((i) => [indexes[i]!, show(i)]))
}

function frontOf({ front }: Outcome, setting: Setting): ReadonlyMap<number, string> {
  const objectives = objectivesOf(setting.objectives)
  return unbeaten(front.indexes, costsOf(objectives, front), objectives.length)
}

const studies: readonly (readonly [string, Changes])[] = [
  ['three objectives', {}],
  [
    'ties in every objective, and limits on all of it',
    { objectives: '[tpot_ms, out_tok_s_per_gpu]', slo: '{ ttft: 600 ms, tpot: 12 ms }' },
  ],
  ['arrivals', { arrivals: '{ rate: 3 req/s, cv: 2 }', slo: '{ ttft: 2 s }', objectives: '[tpot_ms, ttft_ms, usd_per_h]' }],
  [
    'stated numbers of workers',
    { prefill: '{ workers: [1, 2] }', decode: '{ workers: { from: 1, to: 3 } }', objectives: '[usd_per_mtok_out, e2e_ms]' },
  ],
  ['two pools', { fleet: '[{ id: a, node: dgx-h100, nodes: 1 }, { id: b, node: dgx-h200, nodes: 1 }]', prefill: '{ pools: [a] }' }],
  ['tokens of prompts spread over ranks', { prefill: '{ axes: { sp: [1, 2], tp: [2, 4] } }' }],
  [
    'KV sent in chunks, and formats that do not match',
    { engine: 'sglang', axes: '{ weights: fp8, kv: [bf16, fp8], tp: 4, batch: [1, 32], chunk: [1024, 4096] }' },
  ],
  [
    'layers sent by who gives the first token',
    { engine: 'generic', axes: '{ weights: fp8, kv: fp8, tp: 4, pp: 1, dcp: 1, batch: [1, 32], chunk: [1024, 4096] }' },
  ],
  [
    'colocated plans beside them',
    { serving: 'both', axes: '{ weights: fp8, kv: fp8, tp: [4, 8], pp: 1, dcp: 1, batch: [8, 32], chunk: [4096, 8192] }' },
  ],
  [
    'latents and experts',
    {
      model: 'deepseek-v2-lite',
      axes: '{ tp: [1, 2], attentionDp: [1, 2], ep: [1, 2], batch: [1, 16], chunk: [2048, 8192] }',
      prefill: '{ gpus: [2] }',
      decode: '{ gpus: [2], workers: [1, 4] }',
    },
  ],
  ['an objective that a better prefill worker may worsen', { objectives: '[admission_ms, prefill_wait_ms, tpot_ms]' }],
]

describe('the front of pairs', () => {
  it.each(studies)('composed of its two sides is that of every pair by itself: %s', async (_, changes) => {
    const setting = resolved({ ...small, ...changes })
    const outcome = await outcomeOf(setting)
    const [composed, every] = [frontOf(outcome, setting), bruteForce(setting)]
    expect(every.size).toBeGreaterThan(0)
    expect([...new Set(composed.values())].sort()).toEqual([...new Set(every.values())].sort())
    for (const [index, costs] of composed) expect(every.get(index)).toBe(costs)
    // Only ties are missing: of beaten prefill workers, or where rounding decides.
    expect(composed.size).toBeLessThanOrEqual(every.size)
  })

  it('leaves beaten prefill workers out: chunks shorter than the prompt, where a longer one takes no more time', async () => {
    const setting = resolved(small)
    const { counts, evaluated } = await outcomeOf(setting)
    expect(counts.find(({ reason }) => reason === 'prefill-beaten')?.plans).toBeGreaterThan(evaluated / 10)
    const other = await outcomeOf(resolved({ ...small, limits: '{ weights_gib: { max: 40 } }' }))
    expect(other.counts.map(({ reason }) => reason)).not.toContain('prefill-beaten')
  })

  it('accounts for every pair, whatever the workers', async () => {
    const setting = resolved({ ...small, serving: 'both' })
    const [alone, two] = [await outcomeOf(setting), await outcomeOf(setting, 2)]
    const { size } = studySpace(setting)
    expect(alone).toMatchObject({ total: size, decided: size, partial: false })
    expect(alone.meeting + alone.counts.reduce((sum, { plans }) => sum + plans, 0)).toBe(size)
    expect(JSON.stringify(makeResult(setting, two, '1'))).toBe(JSON.stringify(makeResult(setting, alone, '1')))
  })
})

describe('the number line of a study with separate workers', () => {
  it('finds every plan again, colocated ones first', () => {
    const space = studySpace(resolved({ ...small, serving: 'both' }))
    const step = Math.ceil(space.size / 400)
    for (let index = 0; index < space.size; index += step) expect(space.indexOf(space.at(index))).toBe(index)
    expect(space.at(0).kind).toBe('colocated')
    expect(space.at(space.size - 1).kind).toBe('disaggregated')
    expect(() => space.at(space.size)).toThrow(`no pair ${space.pairs?.size}`)
  })
})

describe('separate workers in a study', () => {
  it.each<readonly [Changes, string]>([
    [
      { serving: 'colocated', prefill: '{ workers: 2 }' },
      'prefill: says what separate workers are, and there are none (write serving: disaggregated, or both)',
    ],
    [{ serving: 'apart' }, 'serving: '],
    [{ prefill: '{ pools: [h100-smx] }' }, 'prefill.pools[0]: unknown pool "h100-smx" (did you mean "h100-sxm"?)'],
    [{ decode: '{ workers: [] }' }, 'decode.workers: has no values'],
    [{ decode: '{ axes: { tp: 3 } }' }, 'decode.axes: no widths on these axes make a worker'],
    [{ decode: '{ axes: { batch: [] } }' }, 'decode.axes.batch: has no values'],
    [
      { serving: 'both', objectives: '[admission_ms, tpot_ms]' },
      'objectives[0]: admission_ms needs separate workers (write serving: disaggregated)',
    ],
  ])('is refused by name where it says %o', (changes, message) => {
    expect(refusal(() => resolved({ ...small, ...changes }))).toContain(message)
  })
})
