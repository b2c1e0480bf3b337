interface Shape {
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly kv?: number
  readonly ffn: number
  readonly vocab: number
  readonly length: number
}

/** Keys that most decoders share. */
export function llama({ hidden, layers, heads, kv, ffn, vocab, length }: Shape) {
  return {
    model_type: 'llama',
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    ...(kv && { num_key_value_heads: kv }),
    intermediate_size: ffn,
    vocab_size: vocab,
    max_position_embeddings: length,
    tie_word_embeddings: false,
  }
}

/** Gemma's heads are 256 wide whatever its hidden size, and its head is tied without saying so. */
export function gemma(type: string, shape: Shape) {
  return { ...llama(shape), model_type: type, head_dim: 256, tie_word_embeddings: undefined }
}
