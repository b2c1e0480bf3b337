/** A number that a config.json may give, what it is called in a message, and the keys it goes by, in order of precedence. */
interface Alias {
  readonly what: string
  /** A dot steps into a nested object. */
  readonly keys: readonly string[]
  /** 0 is how configs write "there is none". */
  readonly zeroIsNone?: true
  readonly most?: number
}

/** Far above any published model; below what would make a run-length string or a table of layers absurd. */
const mostLayers = 1000

const table = {
  layers: { what: 'number of layers', keys: ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'], most: mostLayers },
  hidden: { what: 'hidden size', keys: ['hidden_size', 'n_embd', 'n_embed', 'd_model'] },
  vocab: { what: 'vocabulary size', keys: ['padded_vocab_size', 'vocab_size'] },
  maxPosition: {
    what: 'context length',
    keys: ['max_position_embeddings', 'n_positions', 'seq_length', 'max_sequence_length', 'max_seq_len', 'model_max_length'],
  },
  heads: { what: 'number of attention heads', keys: ['num_attention_heads', 'n_head', 'n_heads'] },
  kvHeads: {
    what: 'number of KV heads',
    keys: ['num_key_value_heads', 'num_kv_heads', 'n_head_kv', 'multi_query_group_num', 'num_attention_groups', 'attn_config.kv_n_heads'],
  },
  headDim: { what: 'head dimension', keys: ['head_dim', 'attention_head_dim', 'kv_channels'] },
  vHeadDim: { what: 'V head dimension', keys: ['v_head_dim'] },
  slidingHeads: {
    what: 'number of attention heads of sliding layers',
    keys: ['swa_num_attention_heads', 'attention_other_setting.num_attention_heads'],
  },
  slidingKvHeads: {
    what: 'number of KV heads of sliding layers',
    keys: ['swa_num_key_value_heads', 'attention_other_setting.num_attention_groups'],
  },
  slidingHeadDim: { what: 'head dimension of sliding layers', keys: ['swa_head_dim', 'attention_other_setting.head_dim'] },
  slidingVHeadDim: { what: 'V head dimension of sliding layers', keys: ['swa_v_head_dim'] },
  globalKvHeads: { what: 'number of KV heads of full layers', keys: ['num_global_key_value_heads'] },
  globalHeadDim: { what: 'head dimension of full layers', keys: ['global_head_dim'] },
  window: { what: 'sliding window', keys: ['sliding_window', 'sliding_window_size'], zeroIsNone: true },
  chunkWindow: { what: 'attention chunk', keys: ['attention_chunk_size'], zeroIsNone: true },
  slidingPattern: { what: 'period of full layers', keys: ['sliding_window_pattern', '_sliding_window_pattern'] },
  fullInterval: { what: 'period of full layers', keys: ['full_attention_interval'] },
  noRopeInterval: { what: 'period of layers without rotary positions', keys: ['no_rope_layer_interval'] },
  maxWindowLayers: { what: 'number of layers without a window', keys: ['max_window_layers'] },
  attentionPeriod: { what: 'period of attention layers', keys: ['attn_layer_period'] },

  qLoraRank: { what: 'rank of the Q latent', keys: ['q_lora_rank'] },
  kvLoraRank: { what: 'rank of the KV latent', keys: ['kv_lora_rank'] },
  qkNope: { what: 'Q and K dimension without positions', keys: ['qk_nope_head_dim'] },
  qkRope: { what: 'Q and K dimension with rotary positions', keys: ['qk_rope_head_dim'] },
  oGroups: { what: 'number of output projection groups', keys: ['o_groups'] },
  oLoraRank: { what: 'rank of the output projection', keys: ['o_lora_rank'] },
  indexHeads: { what: 'number of index heads', keys: ['index_n_heads', 'sparse_attention_config.sparse_num_index_heads'] },
  indexDim: { what: 'dimension of index heads', keys: ['index_head_dim', 'sparse_attention_config.sparse_index_dim'] },
  indexTopK: { what: 'number of tokens that the index chooses', keys: ['index_topk'] },
  indexBlocks: { what: 'number of blocks that the index chooses', keys: ['sparse_attention_config.sparse_topk_blocks'] },
  indexBlock: { what: 'tokens of an index block', keys: ['sparse_attention_config.sparse_block_size'] },
  hyperStreams: { what: 'number of residual streams', keys: ['hc_mult'], zeroIsNone: true, most: 64 },

  linearKeyHeads: { what: 'number of linear-attention key heads', keys: ['linear_num_key_heads'] },
  linearKeyDim: { what: 'dimension of linear-attention key heads', keys: ['linear_key_head_dim'] },
  linearValueHeads: { what: 'number of linear-attention value heads', keys: ['linear_num_value_heads'] },
  linearValueDim: { what: 'dimension of linear-attention value heads', keys: ['linear_value_head_dim'] },
  linearConv: { what: 'taps of the linear-attention convolution', keys: ['linear_conv_kernel_dim'] },
  kdaHeads: { what: 'number of linear-attention heads', keys: ['linear_attn_config.num_heads'] },
  kdaHeadDim: { what: 'dimension of linear-attention heads', keys: ['linear_attn_config.head_dim'] },
  kdaConv: { what: 'taps of the linear-attention convolution', keys: ['linear_attn_config.short_conv_kernel_size'] },
  mambaHeads: { what: 'number of Mamba heads', keys: ['mamba_num_heads', 'mamba_n_heads'] },
  mambaHeadDim: { what: 'dimension of Mamba heads', keys: ['mamba_head_dim', 'mamba_d_head'] },
  mambaGroups: { what: 'number of Mamba groups', keys: ['n_groups', 'mamba_n_groups'] },
  mambaState: { what: 'size of the Mamba state', keys: ['ssm_state_size', 'state_size', 'mamba_d_state'] },
  mambaConv: { what: 'taps of the Mamba convolution', keys: ['conv_kernel', 'mamba_d_conv'] },
  mambaExpand: { what: 'Mamba expansion', keys: ['mamba_expand', 'expand'] },
  mambaInner: { what: 'Mamba inner size', keys: ['intermediate_size'] },
  mambaDtRank: { what: 'rank of the Mamba step size', keys: ['mamba_dt_rank', 'time_step_rank'] },

  intermediate: { what: 'FFN size', keys: ['intermediate_size', 'ffn_hidden_size', 'ffn_dim', 'n_inner'] },
  denseIntermediate: { what: 'size of dense FFNs', keys: ['dense_intermediate_size', 'intermediate_size_mlp'] },
  experts: {
    what: 'number of experts',
    keys: ['n_routed_experts', 'num_local_experts', 'num_experts', 'moe_num_experts', 'ffn_config.moe_num_experts'],
    zeroIsNone: true,
  },
  topK: {
    what: 'experts per token',
    keys: [
      'num_experts_per_tok',
      'num_experts_per_token',
      'experts_per_token',
      'top_k_experts',
      'moe_topk',
      'moe_top_k',
      'moe_k',
      'ffn_config.moe_top_k',
    ],
  },
  expertGroups: { what: 'number of expert groups', keys: ['n_group', 'num_expert_group'], zeroIsNone: true },
  groupLimit: { what: 'expert groups per token', keys: ['topk_group'], zeroIsNone: true },
  moeIntermediate: { what: 'expert size', keys: ['moe_intermediate_size', 'ffn_config.ffn_hidden_size'] },
  sharedExperts: {
    what: 'number of shared experts',
    keys: ['n_shared_experts', 'num_shared_experts', 'moe_num_shared_experts', 'num_shared_expert'],
    zeroIsNone: true,
  },
  sharedIntermediate: {
    what: 'size of the shared experts',
    keys: ['shared_expert_intermediate_size', 'moe_shared_expert_intermediate_size', 'shared_intermediate_size', 'share_expert_dim'],
    zeroIsNone: true,
  },
  latent: { what: 'latent size of the experts', keys: ['moe_latent_size', 'routed_expert_hidden_size'], zeroIsNone: true },
  hashLayers: { what: 'number of hash-routed layers', keys: ['num_hash_layers'], zeroIsNone: true },
  firstDense: { what: 'number of dense layers in front', keys: ['first_k_dense_replace'], zeroIsNone: true },
  moeStep: { what: 'period of MoE layers', keys: ['decoder_sparse_step', 'interleave_moe_layer_step', 'moe_layer_interval'] },
  moePeriod: { what: 'period of MoE layers', keys: ['expert_layer_period'] },
  mtpLayers: {
    what: 'number of multi-token-prediction layers',
    keys: ['num_nextn_predict_layers', 'mtp_num_hidden_layers'],
    zeroIsNone: true,
    most: mostLayers,
  },
} satisfies Record<string, Alias>

export type Field = keyof typeof table

export const aliases: Readonly<Record<Field, Alias>> = table
