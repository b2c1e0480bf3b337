import { catalog, type context, planWith } from '../inputs.ts'

type Scene = Parameters<typeof context>[0]

/** A plan that breaks a rule before any other, and a neighbour that breaks none. */
export interface Example {
  readonly rule: string
  /** What breaks the rule, in words. */
  readonly refused: string
  readonly legal: Scene
  readonly illegal: Scene
  readonly message: string
  readonly numbers: Readonly<Record<string, number | string>>
}

/** Plans of DeepSeek-V3 on one stage of 64 GPUs. */
export function wide(changes: Parameters<typeof planWith>[0]) {
  return { model: catalog.model('deepseek-v3'), key: planWith({ r: 1, adp: 8, ep: 64, mtp: 1, ...changes }) }
}
