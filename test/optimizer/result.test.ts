import { describe, expect, it } from 'vitest'
import { columnIndex, columns, rowWidth, statuses } from '../../cost-model/column.ts'
import { jsonSchemas } from '../../optimizer/json-schemas.ts'
import { objectivesOf } from '../../optimizer/objective.ts'
import { gatherer } from '../../optimizer/outcome.ts'
import { checkStudy } from '../../optimizer/read-study.ts'
import { makeResult } from '../../optimizer/result.ts'
import { type Result, resultSchema } from '../../optimizer/result-schema.ts'
import { makeFlags, type Search, searchRange } from '../../optimizer/search-range.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { makeSpace } from '../../spaces/space.ts'
import { resolved } from './written.ts'

/** A cost model of two lines: wide layouts are quick, large batches productive; TP 1 does not fit. */
const evaluate: Search['evaluate'] = ({ layout: { tp, pp }, batch }, rows, offset) => {
  const put = (name: (typeof columns)[number]['name'], value: number) => {
    rows[offset + columnIndex(name)] = value
  }
  rows.fill(Number.NaN, offset, offset + rowWidth)
  put('headroom_gib', (tp * pp - 1.5) * 2 ** 30)
  if (tp * pp === 1) put('status', statuses.indexOf('out-of-memory'))
  if (tp * pp === 1) return { code: 'memory-weights', message: `weights need ${70} GiB`, numbers: { batch } }
  put('ttft_ms', 0.1 * batch)
  put('tpot_ms', (0.01 * (8 + batch)) / (tp * pp))
  put('out_tok_s_per_gpu', (100 * batch) / (8 + batch))
  put('prefill_bound', 1)
  return null
}

function resultOf(changes: Readonly<Record<string, string>> = {}): { readonly result: Result; readonly setting: Setting } {
  const setting = resolved(changes)
  const objectives = objectivesOf(setting.objectives)
  const space = makeSpace(setting.scenario, setting.axes)
  const { limits } = setting
  const gathered = gatherer({ objectives, limits }, Infinity)
  gathered.add(searchRange({ space, evaluate, objectives, limits, keepsNear: false }, { from: 0, to: space.size }, makeFlags()))
  return { result: makeResult(setting, gathered.outcome(space.size), '1.2.3'), setting }
}

const { result, setting } = resultOf()
const space = makeSpace(setting.scenario, setting.axes)

describe('result.json', () => {
  it('fits its schema, unchanged by a trip through JSON', () => {
    expect(resultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(JSON.parse(JSON.stringify(result)))
  })

  it('names the tool, the question, the facts and the constants', () => {
    expect(result).toMatchObject({
      schemaVersion: 1,
      tool: { name: 'fleetfront', version: '1.2.3' },
      studyHash: setting.studyHash,
      catalogHash: setting.catalogHash,
      calibration: { id: 'built-in', hash: setting.calibrationHash },
      partial: false,
      kept: 'all',
    })
    expect(result.resolved.pools[0]).toMatchObject({ gpu: 'h100-sxm', gpus: 8, price: { usdPerGpuHour: 2.95, date: '2026-05-20' } })
  })

  it('holds a study that resolves to the same question', () => {
    expect(checkStudy(JSON.parse(JSON.stringify(result.study))).study).toEqual(setting.study)
  })

  it('counts every plan under one reason, with an example that has a key', () => {
    const { total, decided, evaluated, meeting, byReason } = result.counts
    expect(decided).toBe(total)
    expect(meeting + byReason.reduce((sum, { plans }) => sum + plans, 0)).toBe(total)
    expect(evaluated).toBeGreaterThan(meeting)
    for (const { plan, index } of byReason) expect(plan).toBe(planKey(space.at(index)))
    expect(byReason.map(({ reason }) => reason)).toContain('slo-tpot')
  })

  it('lists the front by index with values in the units of their columns', () => {
    expect(result.front.length).toBeGreaterThan(1)
    for (const { plan, index, values } of result.front) {
      const { batch } = space.at(index)
      expect(plan).toBe(planKey(space.at(index)))
      expect(values).toMatchObject({ status: 'ok', ttft_ms: 100 * batch, prefill_bound: 'memory', usd_per_h: null })
    }
    const indexes = result.front.map(({ index }) => index)
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
  })

  it('recommends plans of the front for the SLO', () => {
    expect(result.recommended.map(({ goal }) => goal)).toEqual(['highest out_tok_s_per_gpu', 'lowest tpot_ms'])
    for (const { index, slo, values } of result.recommended) {
      expect(slo).toBe('TTFT <= 2 s and TPOT <= 50 ms')
      expect(result.front.find((plan) => plan.index === index)?.values).toEqual(values)
    }
    expect(result.nearest).toBeNull()
    expect(result.nearestFit).toBeNull()
  })
})

describe('result.json where nothing meets the SLO', () => {
  const hard = resultOf({ slo: '{ ttft: 1 ms, tpot: 1 ms }' }).result

  it('has no front, and names the plan that misses by least with every SLO it misses', () => {
    expect(hard.front).toEqual([])
    expect(hard.recommended).toEqual([])
    const { values, misses } = hard.nearest!
    expect(misses.map(({ reason, limit }) => [reason, limit])).toEqual([
      ['slo-ttft', 'TTFT <= 1 ms'],
      ['slo-tpot', 'TPOT <= 1 ms'],
    ])
    expect(misses[0]!.message).toBe(`ttft_ms ${values.ttft_ms} ms misses TTFT <= 1 ms by ${misses[0]!.beyondPercent} %`)
    expect(hard.nearestFit).toBeNull()
  })
})

describe('result.json where nothing fits in memory', () => {
  const tight = resultOf({ axes: '{ weights: fp8, tp: 1, pp: 1, batch: [1, 8] }' }).result

  it('names the plan that lacks least and the term that binds', () => {
    expect(tight.counts.evaluated).toBe(0)
    expect(tight.nearest).toBeNull()
    expect(tight.nearestFit).toMatchObject({ reason: 'memory-weights', message: 'weights need 70 GiB', values: { headroom_gib: -0.5 } })
  })
})

describe('the JSON Schemas', () => {
  it('describe a study as a person writes it, and every column of a result', () => {
    const study = jsonSchemas.study() as { readonly required: readonly string[]; readonly properties: object }
    expect(study.required).toEqual(['name', 'model', 'fleet', 'workload'])
    expect(Object.keys(study.properties)).toContain('prices')
    const schema = JSON.stringify(jsonSchemas.result())
    for (const { name } of columns) expect(schema).toContain(`"${name}"`)
    expect(schema).toContain('mean time to first token at this concurrency [ms]')
  })
})
