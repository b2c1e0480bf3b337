import { expect, it } from 'vitest'
import { serveColocated } from '../../../../cost-model/serve/colocated.ts'
import type { Load } from '../../../../cost-model/serve/load.ts'
import { closedLatencies } from '../../../../cost-model/serve/open/closed.ts'
import { mean, quantiles } from '../../../../cost-model/serve/open/latencies.ts'
import { baseLoad, linearStep, mixing, stalling, whole } from '../fixtures.ts'
import { simulate } from '../oracle.ts'

const schedulers = { mixing, async: { ...mixing, asyncScheduling: true }, stalling, whole }
const lengths = [
  [128, 128],
  [1000, 200],
  [4000, 300],
] as const

function loads(): readonly Load[] {
  return Object.values(schedulers).flatMap((scheduler) =>
    lengths.flatMap(([isl, osl]) =>
      [0.1, 0.8].flatMap((cv) =>
        [1, 8, 32, 100].map((concurrency) => ({ ...baseLoad, isl, osl, islCv: cv, oslCv: cv, seats: 64, scheduler, concurrency })),
      ),
    ),
  )
}

/** Median absolute errors allowed, what the simulation scatters by included. */
const allowed = { ttft: [0.02, 0.05, 0.1], tpot: [0.02, 0.04, 0.06], e2e: [0.02, 0.04, 0.08], itl: [0.01, 0.02, 0.04] } as const

it('percentiles of a closed loop agree with a stepwise simulation, from one request to more than there are seats', {
  timeout: 120_000,
}, () => {
  const errors = new Map<string, number[]>()
  for (const load of loads()) {
    const latencies = closedLatencies(load, linearStep)
    const measured = simulate({ ...load, kvTokens: 1e9, blockTokens: 16 }, linearStep, Math.max(400, load.concurrency * 8))
    for (const name of ['ttft', 'tpot', 'e2e', 'itl'] as const) {
      const values = (name === 'itl' ? [...measured.intervals] : measured.requests.map((r) => r[name])).sort((a, b) => a - b)
      for (const [i, value] of quantiles(latencies, name, [0.5, 0.9, 0.99]).entries()) {
        const at = [0.5, 0.9, 0.99][i] as number
        const error = Math.abs(value / (values[Math.ceil(at * values.length) - 1] as number) - 1)
        errors.set(`${name} ${i}`, [...(errors.get(`${name} ${i}`) ?? []), error])
      }
    }
  }
  const medians = new Map([...errors].map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1] as number]))
  for (const [name, bounds] of Object.entries(allowed)) {
    for (const [i, bound] of bounds.entries()) expect(medians.get(`${name} ${i}`), `${name} p${[50, 90, 99][i]}`).toBeLessThan(bound)
  }
})

it('their mean is that of the closed form', () => {
  for (const load of loads()) {
    const served = serveColocated(load, linearStep)
    const latencies = closedLatencies(load, linearStep)
    expect(mean(latencies, 'ttft') / served.ttft).toBeCloseTo(1, 0)
    expect(mean(latencies, 'e2e') / served.e2e).toBeCloseTo(1, 1)
  }
})

it('a request alone meets nobody: every token takes a decode step', () => {
  const latencies = closedLatencies({ ...baseLoad, concurrency: 1 }, linearStep)
  const { tpot, ttft } = serveColocated({ ...baseLoad, concurrency: 1 }, linearStep)
  for (const value of quantiles(latencies, 'tpot', [0.01, 0.99])) expect(value / tpot).toBeCloseTo(1, 9)
  for (const value of quantiles(latencies, 'ttft', [0.01, 0.99])) expect(value / ttft).toBeCloseTo(1, 9)
})
