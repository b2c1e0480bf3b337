import type { Routing } from '../cost-model/calibration.ts'
import { requestMoments } from '../cost-model/serve/moments.ts'
import type { Limit } from '../optimizer/limit.ts'
import type { Setting } from '../optimizer/setting.ts'
import type { Benchmark } from '../spaces/benchmark.ts'
import type { Pool } from '../spaces/fleet.ts'
import { type Length, lengthMoments } from '../spaces/length.ts'
import type { Workload } from '../spaces/workload.ts'
import { printNumber } from './number.ts'

export type Fact = readonly [label: string, value: string]

/** What a study assumes, labelled, as a reader should see it before any result: every $ with where its price is from. */
export function studyFacts({ scenario, study, limits, objectives, pairs }: Setting): readonly Fact[] {
  const { model, pools, engine, workload, calibration, arrivals } = scenario
  const routed = model.layerGroups.some(({ ffn }) => ffn.kind === 'moe')
  return [
    ['model', model.id],
    ['fleet', pools.map(describePool).join('; ')],
    ['engine', engine.name],
    ...(pairs === undefined ? [] : [['serving', describeServing(pairs)] as const]),
    ['workload', describeWorkload(workload)],
    ...(arrivals === undefined ? [] : [['arrivals', describeArrivals(arrivals)] as const]),
    ...(routed ? [['experts', describeRouting(calibration.routing, study.routing !== undefined)] as const] : []),
    ['limits', limits.length === 0 ? 'none' : limits.map((l: Limit) => l.label).join(', ')],
    ['objectives', objectives.join(', ')],
    ['price', pools.map(describePrice).join('; ')],
    ['memory', pools.map((p) => `${printNumber(p.memory.bytes / 2 ** 30, 5)} GiB per GPU (${p.memory.basis})`).join('; ')],
  ]
}

function describeServing({ alone }: NonNullable<Setting['pairs']>): string {
  return alone ? 'separate prefill and decode workers' : 'replicas that do both phases, or separate prefill and decode workers'
}

function describePool({ gpus, gpu, gpusPerNode, links }: Pool): string {
  const scaleUp = links.find((l) => l.kind === 'scale-up')
  const scaleOut = links.find((l) => l.kind === 'scale-out')
  const up =
    scaleUp === undefined
      ? ''
      : `, ${gpu.scaleUp?.kind ?? 'scale-up'} over ${scaleUp.span} at ${printNumber(scaleUp.bandwidth / 1e9, 4)} GB/s`
  const out = scaleOut === undefined ? '' : `, network ${printNumber((8 * scaleOut.bandwidth) / 1e9, 4)} Gb/s per GPU`
  return `${gpus} x ${gpu.name}, ${Math.min(gpusPerNode, gpus)} per node${up}${out}`
}

function describePrice({ gpu, price }: Pool): string {
  return price === undefined ? `${gpu.id}: none` : `${gpu.id} $${printNumber(price.usdPerGpuHour, 4)}/h (${price.source}, ${price.date})`
}

function describeWorkload(workload: Workload): string {
  const { id, name, isl, osl, benchmark } = workload
  const held = requestMoments(workload).prefixHit
  const hit = held > 0 ? `, ${printNumber(100 * held, 3)} % of the prompt cached` : ''
  const lengths = `${describeLength(isl)} prompt and ${describeLength(osl)} output tokens${hit}${benchmark === undefined ? '' : `; ${describeBenchmark(benchmark)}`}`
  return id === 'inline' ? lengths : `${name}: ${lengths}`
}

function describeBenchmark({ promptsPerSlot, warmUp, statistic, burst }: Benchmark): string {
  const start = burst ? 'all slots started at once' : 'slots started one by one'
  const before = warmUp > 0 ? `, after ${printNumber(warmUp, 4)} not counted` : ''
  return `${statistic} of a benchmark of ${printNumber(promptsPerSlot, 4)} prompts per slot${before}, ${start}`
}

function describeArrivals({ rate, cv }: NonNullable<Setting['scenario']['arrivals']>): string {
  return `${printNumber(rate, 5)} requests/s at the whole fleet, ${cv === 1 ? 'Poisson' : `gamma with CV ${printNumber(cv, 3)}`}`
}

function describeRouting({ exponent, tokenCounts, staleness }: Routing, stated: boolean): string {
  const byRank = exponent === 0 ? 'all used alike' : `the i-th most popular is used as i^-${printNumber(exponent, 3)}`
  const popularity =
    tokenCounts === undefined ? byRank : `tokens per expert follow a power law of density x^-${printNumber(tokenCounts, 3)}`
  const stale = staleness === 0 ? '' : `, copies ${printNumber(100 * staleness, 3)} % stale`
  return `${popularity}${stale} (${stated ? 'stated in the study' : 'assumed'})`
}

function describeLength(length: Length): string {
  const { mean, cv } = lengthMoments(length)
  return cv === 0 ? printNumber(mean, 5) : `${printNumber(mean, 5)} (CV ${printNumber(cv, 2)})`
}
