import type { LinkLevel, Pool } from './fleet.ts'

/** GPUs that one worker of a pool may have: parts of a node that divide it, and whole nodes; at most all of the pool. Ascending. */
export function workerSizes({ gpus, gpusPerNode }: Pool): readonly number[] {
  const sizes: number[] = []
  for (let size = 1; size <= gpus; size++) if (fillsNodes(size, gpusPerNode)) sizes.push(size)
  return sizes
}

/** Workers of such a size lie side by side without one reaching into a node that it does not fill. */
export function fillsNodes(size: number, gpusPerNode: number): boolean {
  return size <= gpusPerNode ? gpusPerNode % size === 0 : size % gpusPerNode === 0
}

/** The GPUs of one worker as a pool of their own, under the name of the whole. */
export function workerPool(pool: Pool, gpus: number): Pool {
  const links: LinkLevel[] = []
  for (const link of pool.links) {
    links.push({ ...link, span: Math.min(link.span, gpus) })
    if (link.span >= gpus) break
  }
  return { ...pool, gpus, gpusPerNode: Math.min(pool.gpusPerNode, gpus), links }
}
