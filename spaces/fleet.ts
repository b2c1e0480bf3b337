import { z } from 'zod'
import type { Catalog } from './catalog.ts'
import { type Figure, figureValue, type Source } from './figure.ts'
import type { Gpu } from './gpu.ts'
import { InputError } from './issue.ts'
import type { Node } from './node.ts'
import { quantity } from './quantity.ts'
import { formatQuantity } from './units.ts'
import { inside, issueAt, type Where } from './where.ts'

/** A tier of links: GPUs whose ranks lie within `span` consecutive ranks talk at `bandwidth`. */
export interface LinkLevel {
  readonly kind: 'scale-up' | 'pcie' | 'scale-out'
  /** Consecutive GPUs reachable at this level. */
  readonly span: number
  /** Per GPU and direction, bytes/s; 0: nothing joins what is inside. */
  readonly bandwidth: number
  readonly topology: 'switch' | 'mesh' | 'bridge' | 'torus' | 'ring' | 'pcie' | 'network'
  /** To one peer, bytes/s, where a mesh or bridge gives less than `bandwidth`. */
  readonly pairBandwidth?: number
}

/** Where a dollar figure comes from; printed beside every $. */
export interface Price {
  /** Dollars per GPU-hour. */
  readonly usdPerGpuHour: number
  readonly source: string
  readonly date: string
}

/** Identical GPUs in identical nodes: what one plan runs on. */
export interface Pool {
  /** Name in plan keys: the GPU's id unless the study names the pool. */
  readonly id: string
  readonly gpu: Gpu
  readonly gpus: number
  readonly gpusPerNode: number
  /** Innermost first; the last spans the whole pool. Empty for a single GPU without a known link. */
  readonly links: readonly LinkLevel[]
  /** To GPUs outside the pool, per GPU and direction, bytes/s; absent where no network is known. */
  readonly network?: number
  /** Watts per GPU with its share of the node under load; undefined where neither the node's power nor the GPU's is known. */
  readonly wattsPerGpu: number | undefined
  /** Bytes per GPU that a plan may use before the engine's own share, and which figure that is (CUDA-visible, driver x 0.99, or stated). */
  readonly memory: { readonly bytes: number; readonly basis: string }
  readonly price: Price | undefined
}

/** A pool as a study writes it: a GPU or a node from the catalogue, how many, and what differs from the catalogue. */
export const poolSchema = z.strictObject({
  id: z.string().optional(),
  gpu: z.string().optional(),
  node: z.string().optional(),
  nodes: z.int().positive().optional(),
  gpus: z.int().positive().optional(),
  gpusPerNode: z.int().positive().optional(),
  /** Bytes per GPU that programs see, instead of the catalogue's. */
  memory: quantity('bytes', { least: 2 ** 27, most: 2 ** 50 }).optional(),
  /** Per GPU and direction. */
  scaleUpBandwidth: quantity('bytesPerSecond', { least: 1e7, most: 1e17 }).optional(),
  scaleOutBandwidth: quantity('bytesPerSecond', { least: 1e7, most: 1e17 }).optional(),
  /** Dollars per GPU-hour. */
  price: quantity('dollars', { most: 1e5 }).optional(),
})
export type PoolSpec = z.infer<typeof poolSchema>

/** GPUs of a server when neither the node nor the scale-up domain says: what vendors build. */
const usualGpusPerNode = 8

/** The driver keeps about 1 % of what it reports (0.5-2 % seen: catalogue figures that have both). */
const visibleShare = 0.99

/** Looks the pool's hardware up and resolves what the study left open. InputError for sizes that cannot be built. */
export function makePool(spec: PoolSpec, catalog: Catalog, where: Where = {}): Pool {
  const node = spec.node === undefined ? undefined : catalog.node(spec.node, inside(where, 'node'))
  const gpuName = spec.gpu ?? node?.gpu
  if (gpuName === undefined) throw new InputError(issueAt(where, { code: 'missing-key', message: 'needs a gpu or a node' }))
  const gpu = catalog.gpu(gpuName, inside(where, spec.gpu === undefined ? 'node' : 'gpu'))
  if (node !== undefined && catalog.gpu(node.gpu).id !== gpu.id) {
    throw new InputError(issueAt(inside(where, 'gpu'), { code: 'conflict', message: `node "${node.id}" holds ${node.gpu}, not ${gpu.id}` }))
  }
  const size = poolSize(spec, gpu, node, where)
  const network = spec.scaleOutBandwidth ?? optionalValue(node?.scaleOutBandwidth ?? gpu.scaleOut)
  return {
    id: spec.id ?? gpu.id,
    gpu,
    ...size,
    links: linksOf(spec, gpu, node, size, where),
    ...(network !== undefined && { network }),
    wattsPerGpu: wattsOf(gpu, node),
    memory: memoryOf(spec, gpu),
    price: spec.price === undefined ? listedPrice(gpu) : { usdPerGpuHour: spec.price, source: 'stated by the user', date: 'undated' },
  }
}

interface Size {
  readonly gpus: number
  readonly gpusPerNode: number
}

/** Whole nodes, or part of one. */
function poolSize(spec: PoolSpec, gpu: Gpu, node: Node | undefined, where: Where): Size {
  const { nodes, gpus } = spec
  const bad = (key: string, message: string, suggestion?: string) =>
    new InputError(issueAt(inside(where, key), { code: 'out-of-range', message, suggestion }))
  if (gpus !== undefined && !(gpus >= 1)) throw bad('gpus', `must be at least 1, not ${gpus}`)
  if (nodes !== undefined && !(nodes >= 1)) throw bad('nodes', `must be at least 1, not ${nodes}`)
  if (gpus === undefined && nodes === undefined) throw bad('gpus', 'is missing: say how many gpus or nodes')
  const perNode = spec.gpusPerNode ?? node?.gpusPerNode ?? (gpus !== undefined && nodes !== undefined ? gpus / nodes : undefined)
  const gpusPerNode = perNode ?? gpu.gpusPerNode ?? Math.max(gpu.scaleUp?.domain ?? 1, usualGpusPerNode)
  if (node !== undefined && gpusPerNode !== node.gpusPerNode) {
    throw bad('gpusPerNode', `node "${node.id}" has ${node.gpusPerNode} GPUs, not ${gpusPerNode}`)
  }
  const total = gpus ?? (nodes as number) * gpusPerNode
  if (!Number.isInteger(gpusPerNode)) throw bad('gpus', `${total} GPUs are not ${nodes} nodes of equal size`)
  if (nodes !== undefined && total !== nodes * gpusPerNode) throw bad('gpus', `${total} GPUs are not ${nodes} nodes of ${gpusPerNode}`)
  if (total > gpusPerNode && total % gpusPerNode !== 0) {
    throw bad('gpus', `${total} GPUs do not fill nodes of ${gpusPerNode}`, 'say gpusPerNode where nodes have another size')
  }
  return { gpus: total, gpusPerNode: Math.min(gpusPerNode, total) }
}

/** Innermost first: the scale-up domain, the PCIe of a node it does not span, the network. */
function linksOf(spec: PoolSpec, gpu: Gpu, node: Node | undefined, { gpus, gpusPerNode }: Size, where: Where): readonly LinkLevel[] {
  const links: LinkLevel[] = []
  const domain = Math.min(node?.scaleUpDomain ?? ownDomain(gpu, gpusPerNode), gpus)
  const missing = (key: string, message: string) => new InputError(issueAt(inside(where, key), { code: 'missing-key', message }))
  if (domain > 1) {
    const bandwidth = spec.scaleUpBandwidth ?? optionalValue(node?.scaleUpBandwidth ?? gpu.scaleUp?.bandwidth)
    if (bandwidth === undefined) throw missing('scaleUpBandwidth', `must be given: ${gpu.id} lists none`)
    const pairBandwidth = optionalValue(gpu.scaleUp?.pairBandwidth)
    links.push({ kind: 'scale-up', span: domain, bandwidth, topology: gpu.scaleUp?.topology ?? 'switch', pairBandwidth })
  }
  const inNode = Math.min(gpusPerNode, gpus)
  if (inNode > domain || gpus === 1) {
    const stated = domain === 1 ? (spec.scaleUpBandwidth ?? optionalValue(node?.scaleUpBandwidth)) : undefined
    const bandwidth = stated ?? optionalValue(gpu.pcie ?? gpu.scaleUp?.bandwidth)
    if (bandwidth !== undefined) links.push({ kind: 'pcie', span: inNode, bandwidth, topology: 'pcie' })
    else if (gpus > 1) throw missing('scaleUpBandwidth', `must be given: ${gpu.id} lists neither a scale-up link nor PCIe`)
  }
  if (gpus > Math.max(domain, inNode)) {
    const bandwidth = spec.scaleOutBandwidth ?? optionalValue(node?.scaleOutBandwidth ?? gpu.scaleOut)
    if (bandwidth === undefined) throw missing('scaleOutBandwidth', `must be given: ${node?.id ?? gpu.id} lists no network`)
    links.push({ kind: 'scale-out', span: gpus, bandwidth, topology: 'network' })
  }
  return links
}

/** Without a node entry, a domain as small as a server does not leave it; a rack's does. */
function ownDomain(gpu: Gpu, gpusPerNode: number): number {
  const domain = gpu.scaleUp?.domain ?? 1
  return domain <= usualGpusPerNode ? Math.min(domain, gpusPerNode) : domain
}

function wattsOf(gpu: Gpu, node: Node | undefined): number | undefined {
  if (node?.power !== undefined) return figureValue(node.power) / node.gpusPerNode
  const tdp = optionalValue(gpu.power.tdp)
  return tdp === undefined ? undefined : tdp * (optionalValue(gpu.power.systemFactor) ?? 1)
}

function memoryOf(spec: PoolSpec, gpu: Gpu): Pool['memory'] {
  const { cudaVisible, reported, nominal } = gpu.memory
  if (spec.memory !== undefined) return { bytes: spec.memory, basis: 'stated by the user' }
  if (cudaVisible !== undefined) return { bytes: Math.floor(figureValue(cudaVisible)), basis: 'CUDA-visible' }
  const [figure, name] = reported === undefined ? [nominal as Figure, 'nominal'] : [reported, 'driver']
  return { bytes: Math.floor(figureValue(figure) * visibleShare), basis: `${name} x ${visibleShare}` }
}

/** The stated median, else the middle of the dated range. */
function listedPrice(gpu: Gpu): Price | undefined {
  if (gpu.price === undefined) return undefined
  const { low, high, median } = gpu.price
  if (median !== undefined) return { usdPerGpuHour: figureValue(median), ...priceSource(gpu, median, 'median') }
  const [from, to] = [figureValue(low), figureValue(high)]
  const range = `middle of ${formatQuantity('dollars', from)} to ${formatQuantity('dollars', to)}`
  return { usdPerGpuHour: (from + to) / 2, ...priceSource(gpu, high, range) }
}

function priceSource(gpu: Gpu, figure: Figure, what: string): Pick<Price, 'source' | 'date'> {
  const source: Source | undefined = typeof figure === 'number' ? undefined : gpu.sources[figure.from]
  return { source: `${what}, ${source?.title ?? `entry ${gpu.id}`}`, date: source?.date ?? 'undated' }
}

function optionalValue(figure: Figure | undefined): number | undefined {
  return figure === undefined ? undefined : figureValue(figure)
}
