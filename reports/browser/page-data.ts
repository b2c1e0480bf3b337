/** What a report page carries for its script: small and columnar, so that 100,000 plans stay a few megabytes. */
export interface PageData {
  readonly points: number
  /** Columns a person can put on an axis or read on hover, in the order of `values`. Those of words (numbers stand for `labels`) are for hover alone. */
  readonly axes: readonly {
    readonly name: string
    readonly unit: string
    readonly better: 'low' | 'high' | null
    readonly doc: string
    readonly labels?: readonly string[]
  }[]
  /** Base64 of deflated byte planes of little-endian words: Float32 [axes][points], then Uint32 [packedIds][points]. */
  readonly packed: string
  /** Plan keys up to the batch; key = families[f] + `:b${batch}:c${chunk}`. */
  readonly families: readonly string[]
  /** Names of layouts; the first of them have a colour and a legend entry. */
  readonly layouts: readonly string[]
  /** How many of them. */
  readonly namedLayouts: number
  /** Rows of the front. */
  readonly front: readonly number[]
  /** Ends of the 80 % bands of the front's plans, by column; null: none. */
  readonly bands: readonly { readonly column: string; readonly lo: readonly (number | null)[]; readonly hi: readonly (number | null)[] }[]
  /** Rows of the recommended plans and what they are recommended for. */
  readonly recommended: readonly { readonly row: number; readonly label: string }[]
  /** Rows that meet every SLO and limit are 1 (base64 of one byte per point, deflated). */
  readonly feasible: string
  readonly objectives: readonly string[]
  /** Limits to draw, in the column's printed unit. */
  readonly slo: readonly { readonly column: string; readonly value: number; readonly label: string }[]
}

/** Whole-number arrays behind the axes in `packed`. */
export const packedIds = ['layout', 'family', 'batch', 'chunk', 'index'] as const

/** Columns a hover box lists, where the page carries them. */
export const hoverColumns: readonly string[] = [
  'ttft_ms',
  'tpot_ms',
  'e2e_ms',
  'out_tok_s_per_gpu',
  'tok_s_per_user',
  'concurrency',
  'usd_per_mtok_out',
  'memory_gib',
  'max_batch',
  'ttft_gap_percent',
  'tpot_gap_percent',
  'out_tok_s_gap_percent',
  'weak',
  'regime',
  'p_front',
  'p_slo',
]
