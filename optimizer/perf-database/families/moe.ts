import { alone, type OperatorFamily, stepOf } from '../family.ts'
import { formatOf, unknownFormat } from '../formats.ts'

/**
 * The experts of the fullest rank for the tokens of all ranks, with the sorting and summing around them. `distribution` is of token
 * counts per expert: all alike, or a power law.
 */
export const moe: OperatorFamily = {
  name: 'MoE',
  file: 'moe_perf.parquet',
  kind: ['moe_dtype', 'kernel_source', 'distribution'],
  shape: ['hidden_size', 'inter_size', 'topk', 'num_experts', 'moe_tp_size', 'moe_ep_size'],
  point: ['num_tokens'],
  op: (row) => {
    const dtype = row.text('moe_dtype')
    const known = formatOf(dtype)
    if (known === undefined) return unknownFormat(dtype)
    const [hidden, experts, topK, ranks] = [
      row.number('hidden_size'),
      row.number('num_experts'),
      row.number('topk'),
      row.number('moe_ep_size'),
    ]
    if (ranks > experts) return { skip: `${ranks} ranks for ${experts} experts` }
    // Gate, up and down; experts without a gate have no third product.
    const products = row.text('kernel_source').includes('nongated') ? 2 : 3
    const weight = (products * hidden * row.number('inter_size')) / row.number('moe_tp_size')
    const dims = { experts, redundant: 0, topK, ranks, in: hidden, out: hidden, weight }
    const group = { axis: 'ep', size: ranks, stride: 1 }
    return {
      dtype,
      op: { kind: 'expert', ...alone('experts'), dims, group, formats: [[known.weights, 1]], activations: known.activations },
    }
  },
  step: (row) => ({ rows: row.number('num_tokens'), counts: stepOf({}) }),
}
