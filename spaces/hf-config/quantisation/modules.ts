import type { Attention } from '../../attention/index.ts'
import type { Ffn } from '../../ffn/index.ts'
import type { Tensor } from '../../tensor.ts'

/** Modules that a mixer's weights lie in, and what checkpoints call each weight; what is not listed is never quantised. */
interface Names {
  readonly blocks: readonly string[]
  readonly names: Readonly<Record<string, readonly string[]>>
}

const attention = ['self_attn', 'attn', 'attention', 'self_attention', 'mixer']
const fused = ['qkv_proj', 'query_key_value', 'Wqkv', 'W_pack', 'c_attn']
const output = ['o_proj', 'out_proj', 'dense', 'wo', 'c_proj']

const mixers: Readonly<Record<Attention['kind'], Names>> = {
  gqa: {
    blocks: attention,
    names: {
      q_proj: ['q_proj', ...fused],
      k_proj: ['k_proj', ...fused],
      v_proj: ['v_proj', ...fused],
      g_proj: ['g_proj'],
      o_proj: output,
      'indexer.q_proj': ['index_q_proj', 'indexer.q_proj'],
      'indexer.k_proj': ['index_k_proj', 'indexer.k_proj'],
    },
  },
  mla: {
    blocks: attention,
    names: {
      q_a_proj: ['q_a_proj', 'fused_qkv_a_proj'],
      q_b_proj: ['q_b_proj'],
      q_proj: ['q_proj'],
      kv_a_proj: ['kv_a_proj_with_mqa', 'fused_qkv_a_proj'],
      kv_b_proj: ['kv_b_proj'],
      g_proj: ['g_proj'],
      o_proj: ['o_proj'],
      'indexer.q_b_proj': ['indexer.wq_b'],
      'indexer.k_proj': ['indexer.wk'],
      'indexer.weights_proj': ['indexer.weights_proj', 'indexers_proj'],
    },
  },
  dsv4: {
    blocks: ['attn', 'self_attn'],
    names: {
      q_a_proj: ['wq_a', 'q_a_proj'],
      q_b_proj: ['wq_b', 'q_b_proj'],
      kv_proj: ['wkv', 'kv_proj'],
      o_a_proj: ['wo_a', 'o_a_proj'],
      o_b_proj: ['wo_b', 'o_b_proj'],
      'compressor.kv_gate_proj': ['compressor.wkv', 'compressor.wgate'],
      'indexer.q_b_proj': ['indexer.wq_b'],
      'indexer.weights_proj': ['indexer.weights_proj'],
      'indexer.compressor.kv_gate_proj': ['indexer.compressor.wkv', 'indexer.compressor.wgate'],
    },
  },
  gdn: {
    blocks: ['linear_attn'],
    names: {
      qk_proj: ['in_proj_qkv', 'in_proj_qkvz'],
      vz_proj: ['in_proj_z', 'in_proj_qkvz'],
      ba_proj: ['in_proj_ba', 'in_proj_a', 'in_proj_b'],
      o_proj: ['out_proj'],
    },
  },
  kda: {
    blocks: ['self_attn', 'linear_attn'],
    names: {
      qkv_proj: ['q_proj', 'k_proj', 'v_proj'],
      f_a_proj: ['f_a_proj'],
      f_b_proj: ['f_b_proj'],
      b_proj: ['b_proj'],
      g_a_proj: ['g_a_proj'],
      g_b_proj: ['g_b_proj'],
      g_proj: ['g_proj'],
      o_proj: ['o_proj'],
    },
  },
  lightning: { blocks: ['self_attn'], names: { qkv_proj: ['qkv_proj'], g_proj: ['output_gate'], o_proj: ['out_proj'] } },
  mamba1: {
    blocks: ['mixer', 'mamba'],
    names: { in_proj: ['in_proj'], x_proj: ['x_proj'], dt_proj: ['dt_proj'], o_proj: ['out_proj'] },
  },
  mamba2: {
    blocks: ['mixer', 'mamba'],
    names: { zx_proj: ['in_proj'], bc_proj: ['in_proj'], dt_proj: ['in_proj'], o_proj: ['out_proj'] },
  },
  none: { blocks: [], names: {} },
}

const mlpNames: Names['names'] = {
  gate_proj: ['gate_proj', 'gate_up_proj', 'w1'],
  up_proj: ['up_proj', 'gate_up_proj', 'w3', 'fc1', 'c_fc', 'dense_h_to_4h'],
  down_proj: ['down_proj', 'w2', 'fc2', 'c_proj', 'dense_4h_to_h'],
}
const ffnBlocks = ['mlp', 'block_sparse_moe', 'mixer', 'ffn', 'feed_forward']

/** Paths that a layer's weight may have, in front of them `layers.<n>`; none where it is never quantised. */
export function modulePaths(layer: number, part: { readonly attn: Attention; readonly ffn: Ffn }, tensor: Tensor): readonly string[] {
  const { blocks, names } = isOfFfn(tensor) ? ffnNames(part.ffn, tensor) : mixers[part.attn.kind]
  const own = names[tensor.name] ?? []
  return blocks.flatMap((block) => own.map((name) => `layers.${layer}.${block}.${name}`))
}

function isOfFfn({ component }: Tensor): boolean {
  return component === 'denseMlp' || component === 'routedExperts' || component === 'sharedExperts'
}

function ffnNames(ffn: Ffn, tensor: Tensor): Names {
  const names = Object.fromEntries(Object.entries(mlpNames).map(([name, spelled]) => [tensor.name.replace(/[^.]*$/, name), spelled]))
  if (tensor.component === 'routedExperts') return { blocks: expertBlocks(ffn), names }
  if (tensor.name === 'shared_expert_gate') return { blocks: ffnBlocks, names: { [tensor.name]: [tensor.name] } }
  if (tensor.component === 'denseMlp') return { blocks: ffnBlocks, names }
  const shared = ffnBlocks.flatMap((block) => ['shared_expert', 'shared_experts', 'shared_mlp'].map((name) => `${block}.${name}`))
  return { blocks: shared, names }
}

/** The first expert stands for all. Beside a dense FFN the experts lie in the layer itself, since `mlp` is that FFN. */
function expertBlocks(ffn: Ffn): readonly string[] {
  const beside = ffn.kind === 'moe' && ffn.parallelDenseIntermediate !== undefined
  const blocks = beside ? ['experts', 'moe.experts'] : ffnBlocks.map((block) => `${block}.experts`)
  return blocks.flatMap((block) => [`${block}.0`, block])
}
