import type { KvUpdate, Pointwise, Route, Sample } from '../graph.ts'
import type { RowWork } from '../work.ts'
import { activationBytes } from './linear.ts'

/** fp32 logits and scores. */
const scoreBytes = 4

/** Ops that move bytes in proportion to their rows and compute next to nothing. */
export function rowWiseWork(op: Pointwise | Route | KvUpdate | Sample): RowWork {
  const [read, write] = bytesPerRow(op)
  return { flops: 0, fixed: 0, read, write, sent: 0, messages: 0 }
}

function bytesPerRow(op: Pointwise | Route | KvUpdate | Sample): readonly [number, number] {
  switch (op.kind) {
    case 'pointwise':
      return [op.dims.read * activationBytes, op.dims.write * activationBytes]
    case 'kv-update':
      return [op.dims.bytes, op.dims.bytes]
    case 'route':
      return [op.dims.experts * scoreBytes, op.dims.topK * 2 * scoreBytes]
    case 'sample':
      return [op.dims.vocab * scoreBytes, scoreBytes]
  }
}
