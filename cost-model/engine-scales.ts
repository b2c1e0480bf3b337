import type { Engine } from '../spaces/engine.ts'
import type { Calibration, EfficiencyRow, EngineScales } from './calibration.ts'
import type { Rate } from './device.ts'
import type { Op } from './graph.ts'

/** Of kernels that run by themselves. */
export const alone: EngineScales = { linear: 1, attention: 1, expert: 1, small: 1, exchange: 1, arithmetic: 1 }

/** What an engine's kernels take over what they take alone; as alone where nobody fitted it. */
export function scalesOf({ family, version }: Pick<Engine, 'family' | 'version'>, { engines }: Pick<Calibration, 'engines'>): EngineScales {
  const found = engines.scales.find((row) => row.family === family)
  if (found === undefined) return alone
  const release = found.releases?.[version ?? ''] ?? 1
  const { linear, attention, expert, small, exchange, arithmetic } = found
  return {
    ...{ linear: linear * release, attention: attention * release, expert: expert * release },
    ...{ small: small * release, exchange: exchange * release, arithmetic },
  }
}

export function familyScale(kind: Op['kind'], scales: EngineScales): number {
  return kind === 'linear' || kind === 'attention' || kind === 'expert' ? scales[kind] : scales.small
}

const known = new WeakMap<Rate, Map<string, Rate>>()

/** One object for each rate and scale: what is tabled by rate is shared. */
export function scaledRate(rate: Rate, scale: number, arithmetic: number): Rate {
  if (scale === 1 && arithmetic === 1) return rate
  const rates = known.get(rate) ?? new Map<string, Rate>()
  known.set(rate, rates)
  const key = `${scale} ${arithmetic}`
  const { perFlop, perByte, floor, perDoubling, best, bandwidth, source } = rate
  const scaled = rates.get(key) ?? {
    ...rate,
    perFlop: perFlop * scale * arithmetic,
    perByte: perByte * scale,
    floor: floor * scale,
    perDoubling: perDoubling * scale,
    best: best * scale * arithmetic,
    bandwidth: bandwidth / scale,
    ...(source !== undefined && { source: { ...source, row: scaledRow(source.row, scale) } }),
  }
  rates.set(key, scaled)
  return scaled
}

/** Its constants that are seconds, and that no field of the rate holds. */
function scaledRow(row: EfficiencyRow, scale: number): EfficiencyRow {
  const { split, perContextDoubling, perExpert } = row
  return {
    ...row,
    ...(split !== undefined && { split: split * scale }),
    ...(perContextDoubling !== undefined && { perContextDoubling: perContextDoubling * scale }),
    ...(perExpert !== undefined && { perExpert: perExpert * scale }),
  }
}
