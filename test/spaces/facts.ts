import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from '../needs.ts'

/** What a model-facts file computed on its own, to compare with. */
export interface Facts {
  readonly id: string
  readonly layer_order: string
  readonly weights: { readonly computed_bytes_text_without_mtp: number }
  readonly params: {
    readonly computed_total: number
    readonly computed_active: number
    readonly mtp: number
    readonly components: Readonly<Record<string, number>>
  }
  readonly kv: {
    readonly full_bytes_per_token_bf16: number
    readonly windowed_bytes_per_token_bf16: number
    readonly window_tokens: readonly number[]
    readonly indexer_bytes_per_token: number
    readonly state_bytes_per_seq: number
  }
}

const shared = needs('shared')

/** Empty where ../shared is absent. */
export const facts: readonly Facts[] = shared === undefined ? [] : read(join(shared, 'reference/catalog/model-facts'))

function read(folder: string): readonly Facts[] {
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Facts)
}
