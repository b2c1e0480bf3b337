import type { Gpu } from './gpu.ts'

/** A tier of links: GPUs whose ranks lie within `span` consecutive ranks talk at `bandwidth`. */
export interface LinkLevel {
  readonly kind: 'scale-up' | 'pcie' | 'scale-out'
  /** Consecutive GPUs reachable at this level. */
  readonly span: number
  /** Per GPU and direction, bytes/s. */
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
  /** Innermost first; the last spans the whole pool. */
  readonly links: readonly LinkLevel[]
  /** Watts per GPU with its share of the node under load. */
  readonly wattsPerGpu: number
  /** Bytes per GPU that a plan may use before the engine's own share, and which figure that is (CUDA-visible, driver x 0.99, or stated). */
  readonly memory: { readonly bytes: number; readonly basis: string }
  readonly price: Price | undefined
}
