import { describe, expect, it } from 'vitest'
import type { Load } from '../../../../cost-model/serve/load.ts'
import { fullReplica } from '../../../../cost-model/serve/open/full.ts'
import { quantiles } from '../../../../cost-model/serve/open/latencies.ts'
import { serveOpen } from '../../../../cost-model/serve/open/open.ts'
import { makeRng } from '../../../../spaces/rng.ts'
import { baseLoad, linearStep, mixing, stalling, whole } from '../fixtures.ts'
import { simulate } from '../oracle.ts'

const schedulers = [mixing, { ...mixing, asyncScheduling: true }, stalling, whole]
const shares = [0.5, 0.9, 0.99]
const of = ['ttft', 'tpot', 'e2e', 'itl'] as const

/** Load `i` of a fixed random series, at 15 to 85 % of what it can bear. */
function point(random: () => number): { readonly load: Load; readonly rate: number } {
  const between = (low: number, high: number) => Math.round(low * (high / low) ** random())
  const one = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T
  const load = {
    ...baseLoad,
    isl: between(64, 4000),
    osl: between(32, 300),
    islCv: random(),
    oslCv: random(),
    chunk: one([1024, 2048, 8192]),
    seats: one([24, 64, 256]),
    scheduler: one(schedulers),
  }
  return { load, rate: (0.15 + 0.7 * random()) * fullReplica(load, linearStep).rate }
}

/** Errors of the open form against the simulation of as many requests, as fractions, by name. */
function errorsAt(load: Load, rate: number, requests: number): { readonly weak: boolean; readonly errors: ReadonlyMap<string, number> } {
  const served = serveOpen(load, { rate, cv: 1 }, linearStep)
  if (served.kind !== 'steady') throw new Error('overloaded')
  const measured = simulate({ ...load, kvTokens: 1e9, blockTokens: 16 }, linearStep, requests, { rate, cv: 1 })
  const errors = new Map([
    ['ttft', served.ttft / measured.ttft - 1],
    ['tpot', served.tpot / measured.tpot - 1],
  ])
  for (const name of of) {
    const values = (name === 'itl' ? [...measured.intervals] : measured.requests.map((r) => r[name])).sort((a, b) => a - b)
    for (const [i, value] of quantiles(served.latencies, name, shares).entries()) {
      const share = shares[i] as number
      errors.set(`${name} p${100 * share}`, value / (values[Math.ceil(share * values.length) - 1] as number) - 1)
    }
  }
  return { weak: served.weak !== undefined, errors }
}

function quartiles(errors: readonly number[]): { readonly median: number; readonly most: number } {
  const sorted = errors.map(Math.abs).sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] as number, most: sorted[Math.floor(0.9 * sorted.length)] as number }
}

/** Median absolute errors allowed where the form is not weak. What the simulation itself scatters by is part of them. */
const allowed: Readonly<Record<string, number>> = {
  ...{ ttft: 0.05, 'ttft p50': 0.03, 'ttft p90': 0.06, 'ttft p99': 0.15 },
  ...{ tpot: 0.03, 'tpot p50': 0.03, 'tpot p90': 0.06, 'tpot p99': 0.12 },
  ...{ 'e2e p50': 0.06, 'e2e p90': 0.08, 'e2e p99': 0.12, 'itl p50': 0.04, 'itl p90': 0.08, 'itl p99': 0.1 },
}

describe('the open form against a stepwise simulation with Poisson arrivals', () => {
  it('has the median errors it states, at 40 random operating points of four schedulers', { timeout: 240_000 }, () => {
    const random = makeRng(7).uniform
    const rows = Array.from({ length: 40 }, () => point(random)).map(({ load, rate }) => errorsAt(load, rate, 1500))
    const sure = rows.filter(({ weak }) => !weak)
    const table = Object.keys(allowed).map((name) => {
      const { median, most } = quartiles(sure.map(({ errors }) => errors.get(name) as number))
      return { name, median, most }
    })
    const text = [
      `${sure.length} of ${rows.length} points are not weak`,
      ...table.map(
        ({ name, median, most }) => `${name.padEnd(9)} median ${(100 * median).toFixed(1)} %, 9 of 10 below ${(100 * most).toFixed(1)} %`,
      ),
    ].join('\n')
    for (const { name, median } of table) expect(median, `${name}\n${text}`).toBeLessThan(allowed[name] as number)
    expect(sure.length / rows.length, text).toBeGreaterThan(0.75)
    console.info(text)
  })
})
