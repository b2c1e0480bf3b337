import { describe, expect, it } from 'vitest'
import { openCatalog } from '../../spaces/catalog.ts'
import { type Figure, figureValue } from '../../spaces/figure.ts'
import type { Gpu } from '../../spaces/gpu.ts'
import { needs } from '../needs.ts'
import { readTable } from './table.ts'

const catalog = openCatalog()
const gpus = catalog.list('gpu').map((id) => catalog.gpu(id))
const nodes = catalog.list('node').map((id) => catalog.node(id))
const shared = needs('shared')

/** Every figure inside an entry, with its path. */
function figuresOf(value: unknown, path = ''): readonly (readonly [string, Exclude<Figure, number>])[] {
  if (typeof value !== 'object' || value === null) return []
  if ('value' in value && 'from' in value) return [[path, value as Exclude<Figure, number>]]
  return Object.entries(value).flatMap(([key, inner]) => figuresOf(inner, `${path}.${key}`))
}

const ratio = (a: Figure | undefined, b: Figure | undefined) => (a === undefined || b === undefined ? 0 : figureValue(a) / figureValue(b))
const idsWhere = (holds: (gpu: Gpu) => boolean) => gpus.filter(holds).map((gpu) => gpu.id)

describe('GPUs and nodes of the catalogue', () => {
  it('are all there: 64 accelerators of six vendors, 26 nodes', () => {
    expect(gpus.length).toBe(64)
    expect(nodes.length).toBe(26)
    expect([...new Set(gpus.map((gpu) => gpu.vendor))].sort()).toEqual(['AMD', 'AWS', 'Google', 'Huawei', 'Intel', 'NVIDIA'])
  })

  it('give every figure a source that the file has, and use every source', () => {
    for (const entry of [...gpus, ...nodes]) {
      const figures = figuresOf(entry)
      expect(new Set(figures.map(([, figure]) => figure.from)), entry.id).toEqual(new Set(Object.keys(entry.sources)))
    }
  })

  it('trust nothing that is only announced', () => {
    const trusted = gpus.filter((gpu) => gpu.status !== 'GA' && gpu.sources.spec.confidence !== 'low')
    expect(trusted).toEqual([])
  })

  it('have bus width / 8 x pin rate = memory bandwidth to 0.1 % where the pin rate was published (RTX 5090: 512 / 8 x 28 Gb/s = 1792 GB/s)', () => {
    const published = gpus.filter((gpu) => gpu.memory.pinRatePublished)
    expect(published.length).toBe(24)
    for (const { id, memory } of published) {
      const product = (figureValue(memory.busWidthBits as Figure) / 8) * figureValue(memory.pinRate as Figure)
      expect(Math.abs(product / figureValue(memory.bandwidth) - 1), id).toBeLessThan(1e-3)
    }
    expect(figureValue(catalog.gpu('rtx-5090').memory.bandwidth)).toBe(1.792e12)
  })

  it('mark every other pin rate as derived, so that nobody takes the product for a check', () => {
    for (const { id, memory, sources } of gpus.filter((gpu) => !gpu.memory.pinRatePublished && gpu.memory.pinRate !== undefined)) {
      expect(sources[(memory.pinRate as Exclude<Figure, number>).from].title, id).toMatch(/derived/)
    }
  })

  it('list dense rates: FLOP/s of well-known parts (vendor sheets halve the sparse figure)', () => {
    const tera = (id: string) => {
      const { flops } = catalog.gpu(id)
      return [flops.bf16 ?? flops.fp16, flops.fp8, flops.fp4].map((figure) => (figure === undefined ? 0 : figureValue(figure) / 1e12))
    }
    expect(tera('v100-sxm2-32gb')).toEqual([125, 0, 0])
    expect(tera('a100-sxm-80gb')).toEqual([312, 0, 0])
    expect(tera('l40s')).toEqual([362, 733, 0])
    expect(tera('h100-sxm')).toEqual([989, 1979, 0])
    expect(tera('b200-sxm')).toEqual([2250, 4500, 9000])
    expect(tera('mi300x').map(Math.round)).toEqual([1307, 2615, 0])
  })

  it('double at most with each halving of the operand, but for parts known to do more', () => {
    expect(idsWhere(({ flops }) => ratio(flops.fp8, flops.bf16 ?? flops.fp16) > 2.1)).toEqual(['rubin-vr200-nvl72', 'trainium3'])
    // Blackwell Ultra and Rubin have extra fp4 units; GeForce 5090 halves fp8 with fp32 accumulation, not fp4.
    const extraFp4 = ['b300-sxm', 'gb300-nvl72', 'rtx-5090', 'rubin-ultra-nvl576']
    expect(idsWhere(({ flops }) => ratio(flops.fp4, flops.fp8) > 2.1)).toEqual(extraFp4)
    // GeForce halves 16-bit products with fp32 accumulation, not int8.
    expect(idsWhere(({ flops }) => ratio(flops.int8, flops.bf16 ?? flops.fp16) > 2.1)).toEqual(['rtx-3090', 'rtx-4090', 'rtx-5090'])
  })

  it('do not offer int8 on Blackwell Ultra, which almost removed it', () => {
    expect(idsWhere(({ flops }) => ratio(flops.int8, flops.fp8) > 0 && ratio(flops.int8, flops.fp8) < 0.1)).toEqual([
      'b300-sxm',
      'gb300-nvl72',
    ])
  })

  it('measure no more than the peak', () => {
    expect(idsWhere(({ measured, flops }) => ratio(measured?.bf16, flops.bf16) > 1 || ratio(measured?.fp8, flops.fp8) > 1)).toEqual([])
    expect(ratio(catalog.gpu('mi300x').measured?.bf16, catalog.gpu('mi300x').flops.bf16)).toBeCloseTo(0.51, 2)
  })

  it('see at most the driver memory, and at least 94 % of it', () => {
    expect(idsWhere(({ memory }) => memory.cudaVisible !== undefined && ratio(memory.cudaVisible, memory.reported) > 1)).toEqual([])
    expect(idsWhere(({ memory }) => memory.cudaVisible !== undefined && ratio(memory.cudaVisible, memory.reported) < 0.94)).toEqual([])
  })

  it('order their prices low, median, high', () => {
    const ordered = ({ price }: Gpu) => {
      if (price === undefined) return true
      const [low, high] = [figureValue(price.low), figureValue(price.high)]
      const median = price.median === undefined ? low : figureValue(price.median)
      return low <= median && median <= high
    }
    expect(idsWhere((gpu) => !ordered(gpu))).toEqual([])
    expect(figureValue(catalog.gpu('h100-sxm').price?.median as Figure)).toBe(2.95)
  })

  it('give a pair of a mesh less than all peers together', () => {
    expect(idsWhere(({ scaleUp }) => ratio(scaleUp?.pairBandwidth, scaleUp?.bandwidth) > 1)).toEqual([])
    expect(figureValue(catalog.gpu('mi300x').scaleUp?.pairBandwidth as Figure)).toBe(6.4e10)
    expect(idsWhere(({ scaleUp }) => scaleUp !== undefined && scaleUp.domain < 2)).toEqual([])
  })

  it('have nodes whose GPU exists and whose network cards add up to what each GPU gets', () => {
    for (const node of nodes) {
      expect(catalog.gpu(node.gpu).id).toBe(node.gpu)
      if (node.nics === undefined) continue
      const perGpu = (node.nics.count * figureValue(node.nics.rate)) / 8 / node.gpusPerNode
      expect(figureValue(node.scaleOutBandwidth), node.id).toBeCloseTo(perGpu, -3)
    }
    expect(catalog.node('dgx-h100').nics).toMatchObject({ count: 8, rate: { value: 4e11 } })
    expect(nodes.filter((node) => node.nics === undefined).map((node) => node.id)).toEqual(['aws-p6e-gb200', 'rtx-4090-8'])
  })

  it('have nodes that draw more than their GPUs, and less than two and a half times as much', () => {
    for (const node of nodes.filter((n) => n.power !== undefined)) {
      const tdp = figureValue(catalog.gpu(node.gpu).power.tdp as Figure) * node.gpusPerNode
      expect(figureValue(node.power as Figure) / tdp, node.id).toBeGreaterThan(1)
      expect(figureValue(node.power as Figure) / tdp, node.id).toBeLessThan(2.5)
    }
  })

  it.skipIf(!shared)('agree with the table they were compiled from', () => {
    for (const row of readTable(`${shared}/reference/catalog/gpus.csv`)) {
      const gpu = catalog.gpu(row.id)
      const pairs: readonly (readonly [string, Figure | undefined])[] = [
        ['memory_bandwidth_Bps', gpu.memory.bandwidth],
        ['memory_bytes', gpu.memory.reported ?? gpu.memory.nominal],
        ['fp16', gpu.flops.fp16],
        ['bf16', gpu.flops.bf16],
        ['fp8', gpu.flops.fp8],
        ['int8', gpu.flops.int8],
        ['fp4', gpu.flops.fp4],
        ['measured_matmul_bf16', gpu.measured?.bf16],
        ['scale_out_bandwidth_Bps_per_gpu_unidirectional', gpu.scaleOut],
        ['tdp_w', gpu.power.tdp],
        ['price_usd_h_low', gpu.price?.low],
        ['price_usd_h_high', gpu.price?.high],
      ]
      for (const [column, figure] of pairs) {
        expect(figure === undefined ? '' : figureValue(figure), `${row.id} ${column}`).toBeCloseTo(Number(row[column]), 3)
      }
    }
  })

  it.skipIf(!shared)('have nodes that agree with the table they were compiled from', () => {
    for (const row of readTable(`${shared}/reference/catalog/nodes.csv`)) {
      const node = catalog.node(row.id)
      expect([node.gpu, node.gpusPerNode, node.scaleUpDomain]).toEqual([row.gpu_id, Number(row.gpus_per_node), Number(row.scale_up_domain)])
      expect(figureValue(node.scaleUpBandwidth) / 1e9).toBeCloseTo(Number(row.scale_up_GBps_per_gpu_unidir), 6)
      expect(figureValue(node.scaleOutBandwidth) / 1e9, row.id).toBeCloseTo(Number(row.scale_out_GBps_per_gpu), 1)
    }
  })
})
