import { format } from '../../spaces/precision.ts'
import { compute, type Draft, exchange } from './draft.ts'

interface Index {
  readonly heads: number
  readonly dim: number
  /** Cache bytes of one entry. */
  readonly bytes: number
  /** Tokens of one entry. */
  readonly every: number
}

/** Scores the whole cache with small heads and keeps the best entries. Index keys are replicated: sequence shards gather them. */
export function score(draft: Draft, { heads, dim, bytes, every }: Index): void {
  const { phase, layout, precision } = draft.site
  const home = draft.at
  const own = draft.rows
  if (phase === 'prefill') {
    const group = { axis: 'sp', size: layout.sp, stride: layout.tp }
    const elements = bytes / every / format(precision.comm).bytes
    draft.rows = { scope: 'rank', share: 1 }
    exchange(draft, { kind: 'all-gather', name: 'index.keys', dims: { elements }, format: precision.comm, group }, 'gathered')
    draft.rows = own
  }
  // Entries beyond an empty window: all of them.
  const dims = { heads, qk: dim, v: 0, bytes, share: 1, ...(every > 1 ? { window: 0, every } : {}) }
  compute(draft, { kind: 'attention', form: 'softmax', name: 'index.score', phase, family: 'indexer', format: 'fp8', dims }, home)
}
