import { figureValue } from '../spaces/figure.ts'
import type { Gpu } from '../spaces/gpu.ts'
import { findFormat, format, type MathDtype } from '../spaces/precision.ts'
import type { Calibration, EfficiencyRow, Family } from './calibration.ts'
import type { Pedigree } from './column.ts'
import type { Formats, Phase } from './graph.ts'

/** What a GPU can do at best, and where the constants that temper it come from. */
export interface Device {
  readonly gpu: Gpu
  /** Bytes/s of its memory. */
  readonly bandwidth: number
  /** Undefined: it is not known what work is dealt out to. */
  readonly multiprocessors: number | undefined
  readonly efficiency: Calibration['efficiency']
  readonly basis: string
  readonly pedigree: Pedigree
}

/** How fast a family of kernels runs on a device. */
export interface Rate {
  /** Seconds per FLOP and per byte, ceilings included. */
  readonly perFlop: number
  readonly perByte: number
  readonly floor: number
  readonly perDoubling: number
  /** Seconds per FLOP that no shape falls below: at the peak, or where the best matrix product anyone measured is. */
  readonly best: number
  readonly bandwidth: number
  readonly multiprocessors: number | undefined
  /** What it is from; absent where nothing is computed. */
  readonly source?: RateSource
}

/** Row of the efficiencies behind a rate, and the shares of the peak of `math` and of the memory bandwidth that it comes to. */
export interface RateSource {
  readonly row: EfficiencyRow
  readonly pedigree: Pedigree
  readonly math: MathDtype
  readonly compute: number
  readonly memory: number
}

const devices = new WeakMap<Gpu, WeakMap<Calibration['efficiency'], Device>>()

/** Every layout of a pool is on the same device, which keeps the rates it was asked for. */
export function makeDevice(gpu: Gpu, { efficiency }: Calibration): Device {
  const ofGpu = devices.get(gpu) ?? new WeakMap<Calibration['efficiency'], Device>()
  devices.set(gpu, ofGpu)
  const known = ofGpu.get(efficiency)
  if (known !== undefined) return known
  const listed =
    efficiency.bases.find((b) => b.gpus?.includes(gpu.id)) ?? efficiency.bases.find((b) => b.generations?.includes(gpu.generation))
  const pedigree = listed === undefined ? 'datasheet' : listed.transferred ? 'derived' : 'fitted'
  const own = gpu.multiprocessors
  const multiprocessors = own === undefined ? listed?.multiprocessors : figureValue(own)
  const bandwidth = figureValue(gpu.memory.bandwidth)
  const device: Device = { gpu, bandwidth, multiprocessors, efficiency, basis: listed?.basis ?? 'any', pedigree }
  ofGpu.set(efficiency, device)
  return device
}

const rates = new WeakMap<Device, Map<string, Rate>>()

function remembered(device: Device, key: string, make: () => Rate): Rate {
  const known = rates.get(device) ?? new Map<string, Rate>()
  rates.set(device, known)
  const rate = known.get(key) ?? make()
  known.set(key, rate)
  return rate
}

/** Arithmetic that stands in, from narrow to wide, where a GPU lacks the one asked for (weights are then only stored narrow). */
const wider: Readonly<Record<MathDtype, readonly MathDtype[]>> = {
  fp4: ['fp4', 'fp8', 'bf16', 'fp16', 'fp32'],
  fp8: ['fp8', 'bf16', 'fp16', 'fp32'],
  int8: ['int8', 'bf16', 'fp16', 'fp32'],
  bf16: ['bf16', 'fp16', 'fp32'],
  fp16: ['fp16', 'bf16', 'fp32'],
  tf32: ['tf32', 'fp32'],
  fp32: ['fp32', 'bf16', 'fp16'],
}

type Peak = readonly [math: MathDtype, flops: number]

/** Peak FLOP/s, and the arithmetic that has it. A GPU without any is refused by its schema's reader, so lacking all is a bug. */
function peak({ gpu }: Device, math: MathDtype): Peak {
  for (const dtype of wider[math]) {
    const figure = gpu.flops[dtype]
    if (figure !== undefined) return [dtype, figureValue(figure)]
  }
  const any = (Object.keys(gpu.flops) as MathDtype[]).find((dtype) => gpu.flops[dtype] !== undefined)
  if (any === undefined) throw new Error(`${gpu.id} lists no arithmetic`)
  return [any, figureValue(gpu.flops[any]!)]
}

/** Share of the peak that the best matrix product reaches: measured on this GPU, else on its generation, else a stated default. */
function matmulCeiling({ gpu, efficiency }: Device, math: MathDtype): number {
  const half = math === 'fp16' ? 'bf16' : math
  const measured = half === 'bf16' || half === 'fp8' ? gpu.measured?.[half] : undefined
  const nominal = gpu.flops[math]
  if (measured !== undefined && nominal !== undefined) return Math.min(1, figureValue(measured) / figureValue(nominal))
  const { ceilings, unknown } = efficiency.matmul
  return ceilings.find((c) => c.generation === gpu.generation && c.math === half)?.share ?? unknown
}

/** Arithmetic of a product: that of the wider of weights and activations. */
export function productMath(weights: string, activations: string): MathDtype {
  const order: readonly MathDtype[] = ['fp4', 'fp8', 'int8', 'bf16', 'fp16', 'tf32', 'fp32']
  const [w, a] = [format(weights).math, findFormat(activations)?.math ?? format(weights).math]
  return order.indexOf(w) >= order.indexOf(a) ? w : a
}

/** The row of a family: its own basis before `any`, the format itself before one of the same arithmetic before bf16. */
function rowOf(device: Device, family: Family, phase: Phase | undefined, name: string): EfficiencyRow {
  const { efficiency, basis } = device
  const fits = efficiency.rows.filter((row) => row.family === family && (row.phase === undefined || row.phase === phase))
  const alike = (row: EfficiencyRow) => row.format !== undefined && sameArithmetic(row.format, name)
  for (const from of [basis, 'any']) {
    const own = fits.filter((row) => row.basis === from)
    const row = own.find((r) => r.format === name || r.format === undefined) ?? own.find(alike) ?? own.find((r) => r.format === 'bf16')
    if (row) return row
  }
  throw new Error(`no efficiency of ${family} on ${basis}`)
}

function sameArithmetic(a: string, b: string): boolean {
  const [p, q] = [format(a), format(b)]
  return p.math === q.math && p.bytes < 1 === q.bytes < 1
}

/** Rate of kernels that are not matrix products of weights. */
export function kernelRate(device: Device, family: Family, phase: Phase | undefined, name: string): Rate {
  return remembered(device, `${family} ${phase} ${name}`, () => {
    const row = rowOf(device, family, phase, name)
    const best = peak(device, 'bf16')
    return makeRate(device, row, 1 / reached(device, row, best), 1 / best[1], best)
  })
}

/** Rate of products with weights of several formats, each for its fraction of the elements. */
export function productRate(device: Device, family: 'linear' | 'expert', formats: Formats, activations: string): Rate {
  return remembered(device, `${family} ${activations} ${formats.join(' ')}`, () => {
    let [perFlop, least] = [0, 0]
    for (const [name, share] of formats) {
      const [math, flops] = peak(device, productMath(name, activations))
      perFlop += share / reached(device, rowOf(device, family, undefined, name), [math, flops])
      least += share / (flops * matmulCeiling(device, math))
    }
    const [most] = formats.reduce((a, b) => (b[1] > a[1] ? b : a))
    return makeRate(device, rowOf(device, family, undefined, most), perFlop, least, peak(device, productMath(most, activations)))
  })
}

/** FLOP/s of a family's best kernels; of products no more than anyone measured. */
function reached(device: Device, row: EfficiencyRow, [math, flops]: Peak): number {
  const ceiling = matmulCeiling(device, math)
  return flops * (row.family === 'linear' ? Math.min(row.compute ?? 1, ceiling) : (row.compute ?? ceiling))
}

/** Rows of `any` are estimates, however well the rest of the device was measured. */
function makeRate(device: Device, row: EfficiencyRow, perFlop: number, best: number, [math, flops]: Peak): Rate {
  const { bandwidth, multiprocessors, pedigree } = device
  const weaker = row.basis === 'any' && pedigree === 'fitted' ? 'derived' : pedigree
  const source = { row, pedigree: weaker, math, compute: 1 / (perFlop * flops), memory: row.memory }
  const { floor, perDoubling = 0 } = row
  return { perFlop, perByte: 1 / (bandwidth * row.memory), floor, perDoubling, best, bandwidth, multiprocessors, source }
}
