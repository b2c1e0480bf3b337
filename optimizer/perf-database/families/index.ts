import type { OperatorFamily } from '../family.ts'
import { contextAttention, generationAttention } from './attention.ts'
import { customAllReduce, nccl } from './collectives.ts'
import { gemm } from './gemm.ts'
import { contextMla, generationMla, mlaProducts } from './mla.ts'
import { moe } from './moe.ts'
import { gatedDelta, mamba2 } from './recurrent.ts'

/** Registry: every file of the layout that is read. */
export const operatorFamilies: readonly OperatorFamily[] = [
  gemm,
  contextAttention,
  generationAttention,
  contextMla,
  generationMla,
  mlaProducts,
  moe,
  customAllReduce,
  nccl,
  gatedDelta,
  mamba2,
]
